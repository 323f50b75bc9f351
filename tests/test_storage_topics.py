from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from storage_records import ENGLISH, LONG, NOON, many, record

from crawler.errors import UnknownName, UsageError
from crawler.items import ArticleFilter, KnownUrl, Topic
from storage import Store, open_store

ZUCK = Topic(name="저커버그", aliases=("Zuckerberg", "주커버그"), all=("메타",), none=("메타버스",), lang="ko")


def test_a_topic_is_read_back_as_it_was_added(store: Store) -> None:
    store.topics.add(ZUCK)
    store.topics.add(Topic(name="AI"))
    assert store.topics.get("저커버그") == ZUCK
    assert store.topics.list() == [Topic(name="AI"), ZUCK]
    changed = Topic(name="AI", aliases=("인공지능",))
    store.topics.update(changed)
    assert store.topics.get("AI") == changed


def test_names_that_are_wrong(store: Store) -> None:
    for ask in (store.topics.get, store.topics.remove, store.articles.assign_topic):
        with pytest.raises(UnknownName, match="'nobody': does not exist"):
            ask("nobody")
    with pytest.raises(UnknownName):
        store.topics.update(ZUCK)
    store.topics.add(ZUCK)
    with pytest.raises(UsageError, match="is there already"):
        store.topics.add(ZUCK)


class TestUnmatched:
    URL = "https://news.example.com/weather"

    def of(self, store: Store, topic: str | None) -> KnownUrl | None:
        return store.articles.known([self.URL], "daily", topic).get(self.URL)

    def test_is_told_to_crawls_of_that_topic_only(self, store_url: str) -> None:
        clock = NOON
        with open_store(store_url, now=lambda: clock) as store:
            store.topics.add(ZUCK)
            store.topics.add(Topic(name="AI"))
            store.topics.unmatched(ZUCK, {self.URL: NOON - timedelta(hours=1)})
            assert self.of(store, "저커버그") == KnownUrl(article_id=None, unmatched_at=NOON - timedelta(hours=1))
            assert self.of(store, "AI") is None
            assert self.of(store, None) is None
            store.topics.unmatched(ZUCK, {f"{self.URL}?utm_source=x": NOON})
            assert self.of(store, "저커버그") == KnownUrl(article_id=None, unmatched_at=NOON)
            clock = NOON + timedelta(days=7, minutes=1)
            assert self.of(store, "저커버그") is None

    def test_is_bounded_by_its_age(self, store_url: str) -> None:
        clock = NOON
        with open_store(store_url, now=lambda: clock) as store:
            store.topics.add(ZUCK)
            store.topics.add(Topic(name="AI"))
            for day in range(30):
                clock = NOON + timedelta(days=day)
                for topic in (ZUCK, Topic(name="AI")):
                    store.topics.unmatched(topic, {f"{self.URL}/{day}/{number}": clock for number in range(5)})
            with store._database.read() as connection:
                assert connection.execute(sa.text("SELECT count(*) FROM unmatched")).scalar_one() <= 8 * 10

    def test_ends_with_the_topic_as_it_was(self, store: Store) -> None:
        store.topics.add(ZUCK)
        read = {self.URL: datetime.now(UTC)}
        store.topics.unmatched(ZUCK, read)
        assert self.of(store, ZUCK.name) is not None
        wider = replace(ZUCK, all=())
        store.topics.update(wider)
        assert self.of(store, ZUCK.name) is None
        store.topics.unmatched(ZUCK, read)
        assert self.of(store, ZUCK.name) is None, "it was matched with the old one"
        store.topics.unmatched(wider, read)
        assert self.of(store, ZUCK.name) is not None
        store.topics.remove(ZUCK.name)
        store.topics.unmatched(wider, read)
        store.topics.add(wider)
        assert self.of(store, ZUCK.name) is None
        store.topics.unmatched(wider, {})

    def test_says_nothing_of_an_article_that_belongs_to_the_topic(self, store: Store) -> None:
        store.topics.add(ZUCK)
        store.topics.unmatched(ZUCK, {self.URL: datetime.now(UTC)})
        store.articles.save([record(self.URL)], "daily")
        known = self.of(store, ZUCK.name)
        assert known is not None
        assert known.article_id is not None
        assert known.unmatched_at is not None
        store.articles.save([replace(record(self.URL), topics=(ZUCK.name,))], "daily")
        known = self.of(store, ZUCK.name)
        assert known is not None
        assert known.unmatched_at is None


def test_a_new_topic_takes_in_what_is_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.topics.ASSIGN_BATCH", 4)
    store.articles.save([*many(10), record(text=ENGLISH, title="Tram", language="en")], "daily")
    seq = store.change_seq()
    store.topics.add(Topic(name="저커버그"))
    assert store.articles.assign_topic("저커버그") == 10
    rows = list(store.articles.rows(ArticleFilter(after_seq=seq)))
    assert len(rows) == 10
    assert {row.topics for row in rows} == {("저커버그",)}
    assert store.articles.assign_topic("저커버그") == 10
    assert store.change_seq() == seq + 10, "assigning again changes nothing"
    assert store.check() == []


def test_a_changed_topic_lets_go(store: Store) -> None:
    store.topics.add(Topic(name="t", aliases=("메타",)))
    store.articles.save([record(topics=("t",))], "daily")
    store.topics.update(Topic(name="t", aliases=("없는 말",)))
    assert store.articles.assign_topic("t") == 0
    row = store.articles.get(record().id)
    assert (row.topics, row.change_seq) == ((), 2)


def test_removing_a_topic_tells_the_exports(store: Store) -> None:
    store.topics.add(Topic(name="t"))
    store.articles.save([record(topics=("t",)), *many(2)], "daily")
    seq = store.change_seq()
    store.topics.remove("t")
    assert [row.id for row in store.articles.rows(ArticleFilter(after_seq=seq))] == [record().id]
    assert store.articles.get(record().id).topics == ()
    assert store.check() == []


def test_membership_follows_the_text(store: Store) -> None:
    for name in ("a", "b"):
        store.topics.add(Topic(name=name))
    store.articles.save([record(topics=("a",))], "daily")
    store.articles.save([record(topics=("a", "b"))], "daily")
    assert store.articles.get(record().id).topics == ("a", "b")
    store.articles.save([record()], "daily")
    assert store.articles.get(record().id).topics == ("a", "b"), "the same text belongs where it belonged"
    store.articles.save([record(text=f"{LONG} 고쳤다.", topics=("b",))], "daily")
    assert store.articles.get(record().id).topics == ("b",)
