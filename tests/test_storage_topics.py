from __future__ import annotations

import pytest
from storage_records import ENGLISH, LONG, many, record

from crawler.errors import UnknownName, UsageError
from crawler.items import ArticleFilter, Topic
from storage import Store

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
