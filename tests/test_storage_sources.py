from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from storage_records import ENGLISH, KST, record

from crawler.errors import UnknownName, UsageError
from crawler.items import ArticleRecord, Moment, Precision, Topic
from crawler.source_health import (
    SUMMARY,
    CrawlObservation,
    DoorReading,
    SourceHistory,
    Summary,
    at_new_places,
    observe,
    summary,
    to_plain,
)
from crawler.sources import Limits, Schedule, Source, SourceDoor, SourceKind
from storage import Store, open_store
from storage.patterns import DroppedPattern
from storage.schema import sources

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FULL = Source(
    name="일간 데일리",
    url="https://daily.example.com/rss",
    kind=SourceKind.FEED,
    schedule=Schedule(every=None, cron="*/10 6-23 * * 1-5", zone="Asia/Seoul"),
    zone="Asia/Seoul",
    language="ko",
    topic_template="https://daily.example.com/tag/{topic}?page={page}",
    doors=(
        SourceDoor(url="https://daily.example.com/rss", kind=SourceKind.FEED, hub="https://hub.example.com/"),
        SourceDoor(url="https://daily.example.com/latest", kind=SourceKind.LISTING),
    ),
    headers={"Authorization": "DAILY_TOKEN"},
    limits=Limits(max_pages=7, max_articles=3, max_depth=1, max_seconds=60),
    delay=2.5,
    keep_unsure=True,
    enabled=False,
)


def test_a_source_is_read_back_as_it_was_added(store: Store) -> None:
    plain = Source(name="a", url="https://a.example.com/")
    store.sources.add(FULL)
    store.sources.add(plain)
    assert store.sources.get(FULL.name) == FULL
    assert store.sources.list() == [plain, FULL]


def test_update_keeps_the_state(store: Store) -> None:
    store.sources.add(Source(name="a", url="https://a.example.com/"))
    store.sources.record("a", at=NOON, ok=True, new=True)
    changed = Source(name="a", url="https://a.example.com/rss", kind=SourceKind.FEED)
    store.sources.update(changed)
    assert store.sources.get("a") == changed
    assert store.sources.state("a").last_run == NOON


def test_an_adaptive_schedule_keeps_its_bounds(store: Store) -> None:
    adaptive = Source(name="a", url="https://a.example.com/", schedule=Schedule(min_interval=300, max_interval=7200))
    store.sources.add(adaptive)
    assert store.sources.get("a") == adaptive
    assert store.sources.get("a").schedule.adaptive


def test_what_was_learnt_is_kept_beside_the_next_moment(store: Store) -> None:
    for name in ("a", "b"):
        store.sources.add(Source(name=name, url=f"https://{name}.example.com/"))
    assert store.sources.learnt() == {}
    store.sources.learn("a", {"version": 1, "days": [0.5]}, NOON)
    store.sources.learn("gone", {"version": 1}, NOON)
    assert store.sources.learnt() == {"a": {"version": 1, "days": [0.5]}}
    assert store.sources.learnt("b") == {}
    assert store.sources.state("a").next_due == NOON
    store.sources.update(Source(name="a", url="https://a.example.com/rss"))
    assert store.sources.learnt("a") == {"a": {"version": 1, "days": [0.5]}}


def test_what_appeared_in_a_source_since_a_moment(store: Store) -> None:
    hour = timedelta(hours=1)
    day = Moment(NOON, KST, Precision.DAY)
    one = record("https://a.example/1", at=NOON, published=NOON - hour)
    two = replace_published(record("https://a.example/2", text=ENGLISH, at=NOON + hour), day)
    store.articles.save([one], "a")
    store.articles.save([two], "a")
    store.articles.save(
        [record("https://a.example/1", at=NOON + 2 * hour, forms=("https://a.example/1?from=rss",))], "a"
    )
    store.articles.save([record("https://a.example/1", at=NOON + 3 * hour)], "b")
    assert store.sources.appeared("a", NOON) == [None]
    assert sorted(store.sources.appeared("a", None), key=str) == [NOON - hour, None]
    assert store.sources.appeared("b", NOON) == [NOON - hour]
    assert store.sources.appeared("b", NOON + 3 * hour) == []
    assert store.sources.appeared("nobody", None) == []


def replace_published(given: ArticleRecord, published: Moment) -> ArticleRecord:
    return replace(given, article=replace(given.article, published=published))


def test_failures_in_a_row_are_counted(store: Store) -> None:
    store.sources.add(Source(name="a", url="https://a.example.com/"))
    for failures in (1, 2):
        store.sources.record("a", at=NOON, ok=False, new=False, error="refused")
        assert store.sources.failures("a") == failures
    assert store.sources.failures("nobody") == 0


def test_names_that_are_wrong(store: Store) -> None:
    for ask in (store.sources.get, store.sources.state, store.sources.remove):
        with pytest.raises(UnknownName, match="'nobody': does not exist"):
            ask("nobody")
    with pytest.raises(UnknownName):
        store.sources.update(FULL)
    store.sources.add(FULL)
    with pytest.raises(UsageError, match="is there already"):
        store.sources.add(FULL)
    store.sources.remove(FULL.name)
    assert store.sources.list() == []


def test_the_state_tells_how_crawls_went(store: Store) -> None:
    store.sources.add(Source(name="a", url="https://a.example.com/"))
    state = store.sources.state("a")
    assert (state.last_run, state.failures, state.last_error, state.articles) == (None, 0, None, 0)
    hour = timedelta(hours=1)
    store.sources.record("a", at=NOON, ok=True, new=True)
    store.sources.record("a", at=NOON + hour, ok=False, new=False, error="HTTP 503")
    store.sources.record("a", at=NOON + 2 * hour, ok=False, new=False, error="timeout")
    state = store.sources.state("a")
    assert (state.last_run, state.last_success, state.last_new) == (NOON + 2 * hour, NOON, NOON)
    assert (state.failures, state.last_error) == (2, "timeout")
    store.sources.record("a", at=NOON + 3 * hour, ok=True, new=False)
    state = store.sources.states()[0]
    assert (state.failures, state.last_error, state.last_new) == (0, None, NOON)
    store.sources.record("removed meanwhile", at=NOON, ok=True, new=True)


def test_what_is_due(store_url: str) -> None:
    clock = NOON
    with open_store(store_url, now=lambda: clock) as store:
        for name in ("a", "b", "c", "off"):
            store.sources.add(Source(name=name, url=f"https://{name}.example.com/", enabled=name != "off"))
        store.sources.set_next_due("a", NOON + timedelta(hours=1))
        store.sources.set_next_due("b", NOON - timedelta(hours=1))
        assert store.sources.due(NOON) == [("b", NOON - timedelta(hours=1)), ("c", NOON)]
        assert [name for name, _ in store.sources.due(NOON + timedelta(hours=1))] == ["b", "c", "a"]
        store.sources.set_next_due("a", None)
        assert ("a", NOON) in store.sources.due(NOON)
        assert store.sources.state("b").next_due == NOON - timedelta(hours=1)


def test_a_history_is_kept_with_the_crawl_and_ends_with_the_doors_it_is_about(store: Store) -> None:
    source = Source(name="a", url="https://a.example.com/")
    store.sources.add(source)
    assert store.sources.history("a") == SourceHistory()
    seen = CrawlObservation(
        at=NOON, doors=(DoorReading(url=source.url, kind="listing", items=9),), pages=((0.5, 900),), new=4
    )
    history = observe(observe(SourceHistory(), seen), replace(seen, at=NOON + timedelta(days=1)))
    store.sources.record("a", at=NOON, ok=True, new=True, history=history)
    store.sources.record("a", at=NOON, ok=False, new=False, error="no answer")
    with store.glance() as glance:
        assert [(outline.name, told) for outline, _, told in glance.sources()] == [("a", summary(history))]
        assert glance.sources("a") == glance.sources()
        with pytest.raises(UnknownName):
            glance.sources("nobody")
    moved = replace(source, url="https://a.example.com/list")
    store.sources.update(moved, history=at_new_places(history, {source.url: moved.url}))
    assert list(store.sources.history("a").doors) == [moved.url]
    store.sources.update(source, history=history)
    store.sources.update(replace(source, enabled=False))
    assert store.sources.history("a") == history
    store.sources.update(replace(source, url="https://a.example.com/rss"))
    assert store.sources.history("a") == SourceHistory()
    assert store.sources.history("nobody") == SourceHistory()


def test_a_history_without_a_summary_or_with_one_of_another_form_is_summed_up_as_it_is_read(store: Store) -> None:
    history = SourceHistory()
    for day in range(9):
        seen = CrawlObservation(
            at=NOON + timedelta(days=day),
            doors=(DoorReading(url="https://a.example.com/", kind="feed", items=9 * (day < 8)),),
            new=4,
        )
        history = observe(history, seen)
    old, other = to_plain(history), to_plain(history)
    del old[SUMMARY], old["cut"]
    for door in old["doors"].values():
        del door["empty_since"], door["moved"]
    other[SUMMARY]["form"] = 0
    for name, plain in (("a", to_plain(history)), ("b", old), ("c", other), ("d", None)):
        store.sources.add(Source(name=name, url="https://a.example.com/"))
        with store._database.write() as connection:
            connection.execute(sa.update(sources).where(sources.c.name == name).values(history=plain or sa.null()))
    with store.glance() as glance:
        told = {outline.name: told for outline, _, told in glance.sources()}
    assert told["a"] == told["c"] == summary(history)
    assert told["b"] == summary(history)._replace(empty_since=None)
    assert told["d"] == Summary()


def test_dropped_patterns_are_kept_by_source_and_go_with_it(store: Store) -> None:
    store.sources.add(Source(name="a", url="https://a.example.com/"))
    photo = DroppedPattern("a.example.com/photo/#", "12 pages in a row", 1, NOON)
    store.patterns.drop("a", photo)
    store.patterns.drop("a", replace(photo, times=2, retry_at=NOON + timedelta(hours=12)))
    store.patterns.drop("a", replace(photo, pattern="a.example.com/*"))
    store.patterns.drop("b", photo)
    assert [(one.pattern, one.times) for one in store.patterns.list("a")] == [
        ("a.example.com/*", 1),
        ("a.example.com/photo/#", 2),
    ]
    store.patterns.forget("a", "a.example.com/*")
    assert len(store.patterns.list("a")) == 1
    store.sources.remove("a")
    assert (store.patterns.list("a"), store.patterns.list("b")) == ([], [photo])


def test_how_far_a_search_was_walked_is_kept_by_topic(store: Store) -> None:
    store.topics.add(Topic(name="메타"))
    url = "https://a.example.com/search?q=메타"
    assert store.searches.covered("메타", url) is None
    store.searches.cover("메타", url, NOON)
    store.searches.cover("메타", url, NOON - timedelta(days=30))
    store.searches.cover("다른", url, NOON)
    assert store.searches.covered("메타", url) == NOON - timedelta(days=30)
    store.topics.update(Topic(name="메타", aliases=("Meta",)))
    assert store.searches.covered("메타", url) is None
    store.searches.cover("메타", url, NOON)
    store.topics.remove("메타")
    assert store.searches.covered("메타", url) is None
    assert store.searches.covered("다른", url) == NOON
