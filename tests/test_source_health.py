from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.source_health import (
    DAYS,
    MAX_DOORS,
    CrawlObservation,
    DoorReading,
    SourceHistory,
    Usual,
    changes,
    changes_told,
    expected_in_a_day,
    from_plain,
    observe,
    overflows,
    summary,
    summary_from_plain,
    to_plain,
    usual,
)

START = datetime(2026, 9, 7, 9, tzinfo=UTC)  # a Monday
LIST = "https://paper.example.com/tech"
FEED = "https://paper.example.com/rss"
DAY = timedelta(days=1)
GOOD = (0.93, 2300)


def crawl(at: datetime, *, items: int = 20, kind: str | None = "listing", url: str = LIST, new: int = 0, pages=()):
    return CrawlObservation(at=at, doors=(DoorReading(url=url, kind=kind, items=items),), pages=tuple(pages), new=new)


def days(count: int, each, history: SourceHistory | None = None, start: datetime = START) -> SourceHistory:
    """A crawl a day; `each` gives what was new by weekday (0 Monday) or day number."""
    history = history or SourceHistory()
    for number in range(count):
        at = start + number * DAY
        new = each(number, at.weekday())
        history = observe(history, crawl(at, new=new, pages=[GOOD] * min(new, 5)))
    return history


def test_a_healthy_source_says_nothing() -> None:
    history = days(40, lambda _n, weekday: 12 if weekday < 5 else 4)
    assert changes(history, START + 39 * DAY + timedelta(hours=5)) == ()


def test_what_is_usual_is_told_once_it_is_known() -> None:
    assert usual(SourceHistory()) == Usual()
    told = usual(days(15, lambda _n, _w: 12))
    assert (told.new_a_day, told.confidence, told.length, dict(told.items)) == (12.0, 0.93, 2300, {LIST: 20.0})


def test_a_listing_that_names_nothing_is_told_at_once_with_when_and_what_was_usual() -> None:
    history = observe(observe(SourceHistory(), crawl(START)), crawl(START + DAY, items=0, kind=None))
    (told,) = changes(history, START + DAY)
    assert told == f"layout changed? 0 items on {LIST} since 2026-09-08 09:00 UTC, usually 20"
    history = observe(history, crawl(START + 2 * DAY, items=0, kind=None))
    assert "since 2026-09-08 09:00" in changes(history, START + 2 * DAY)[0]
    assert changes(observe(history, crawl(START + 3 * DAY)), START + 3 * DAY) == ()


def test_a_feed_may_be_empty_once() -> None:
    history = observe(SourceHistory(), crawl(START, kind="feed", url=FEED))
    history = observe(history, crawl(START + DAY, kind="feed", url=FEED, items=0))
    assert changes(history, START + DAY) == ()
    history = observe(history, crawl(START + 2 * DAY, kind="feed", url=FEED, items=0))
    assert "0 items" in changes(history, START + 2 * DAY)[0]


def test_far_fewer_items_are_told_when_they_last() -> None:
    history = observe(SourceHistory(), crawl(START, items=40))
    for number in range(1, 4):
        assert changes(history, START) == ()
        history = observe(history, crawl(START + number * DAY, items=3))
    assert "3 items" in changes(history, START)[0]


@pytest.mark.parametrize("items", [0, 1, 2])
def test_a_door_with_few_items_may_have_none(items: int) -> None:
    history = SourceHistory()
    for number in range(6):
        history = observe(history, crawl(START + number * DAY, items=items))
    assert changes(observe(history, crawl(START + 9 * DAY, items=0)), START + 9 * DAY) == ()


def test_a_door_that_is_something_else_now() -> None:
    history = observe(SourceHistory(), crawl(START, kind="feed", url=FEED))
    history = observe(history, crawl(START + DAY, kind="listing", url=FEED, items=4))
    assert changes(history, START + DAY) == (f"{FEED} was a feed and is a listing now",)
    for number in range(30):
        history = observe(history, crawl(START + number * DAY, kind="listing", url=FEED, items=4))
    assert changes(history, START) == ()


def test_a_door_that_is_not_there_is_told_the_second_time() -> None:
    history = observe(SourceHistory(), crawl(START, kind="feed", url=FEED))
    history = observe(history, crawl(START + DAY, kind="missing", url=FEED, items=0))
    assert changes(history, START + DAY) == ()
    history = observe(history, crawl(START + 2 * DAY, kind="missing", url=FEED, items=0))
    assert changes(history, START + 2 * DAY) == (f"{FEED} was a feed and is not there any more",)


def test_a_door_that_comes_back_is_no_change() -> None:
    history = observe(SourceHistory(), crawl(START, kind="missing", url=FEED, items=0))
    history = observe(history, crawl(START + DAY, kind="missing", url=FEED, items=0))
    history = observe(history, crawl(START + 2 * DAY, kind="feed", url=FEED, items=9))
    assert changes(history, START + 2 * DAY) == ()


def test_a_door_that_breaks_off_is_told_the_second_time_and_kept() -> None:
    broken = CrawlObservation(at=START, doors=(DoorReading(url=FEED, kind="feed", items=20, cut=True),))
    history = observe(observe(SourceHistory(), crawl(START, kind="feed", url=FEED)), broken)
    assert changes(history, START) == ()
    history = from_plain(json.loads(json.dumps(to_plain(observe(history, broken)))))
    (line,) = changes(history, START)
    assert line.startswith(f"{FEED} breaks off before its end, the last 2 times")
    assert changes(observe(history, crawl(START, kind="feed", url=FEED)), START) == ()


def test_confidence_and_length_that_fall() -> None:
    good = observe(SourceHistory(), crawl(START, new=20, pages=[GOOD] * 20))
    doubtful = observe(good, crawl(START + DAY, new=5, pages=[(0.31, 2200)] * 6))
    assert changes(doubtful, START + DAY) == ("articles' confidence .93 -> .31: layout changed?",)
    short = observe(good, crawl(START + DAY, new=5, pages=[(0.9, 180)] * 6))
    assert changes(short, START + DAY)[0].startswith("text length 2,300 -> 180 letters")
    assert changes(observe(good, crawl(START + DAY, pages=[(0.0, 0)] * 2)), START + DAY) == ()


def test_what_stays_changed_becomes_the_usual() -> None:
    history = observe(SourceHistory(), crawl(START, pages=[GOOD] * 40))
    history = observe(history, crawl(START + DAY, pages=[(0.9, 300)] * 6))
    assert changes(history, START)
    assert changes(observe(history, crawl(START + DAY, pages=[(0.9, 300)] * 500)), START) == ()


def test_silence_of_a_busy_source_is_told_in_days() -> None:
    history = days(30, lambda _n, _w: 12)
    end = START + 29 * DAY
    for number in range(1, 4):
        history = observe(history, crawl(end + number * DAY))
    assert changes(history, end + 3 * DAY) == ("nothing new for 3 d, usually 12 a day",)


def test_a_weekend_does_not_cry_wolf() -> None:
    history = days(26, lambda _n, weekday: 12 if weekday < 5 else 0)  # ends on a Friday
    friday = START + 25 * DAY
    assert friday.weekday() == 4
    for number in (1, 2):
        history = observe(history, crawl(friday + number * DAY))
    assert changes(history, friday + 2.9 * DAY) == ()
    monday = observe(history, crawl(friday + 3 * DAY))
    assert changes(monday, friday + 3 * DAY) == ()
    for number in (4, 5, 6):
        monday = observe(monday, crawl(friday + number * DAY))
    assert "nothing new for 6 d" in changes(monday, friday + 6 * DAY)[0]


def test_a_new_source_is_not_judged_by_its_first_crawl_or_first_weekend() -> None:
    history = observe(SourceHistory(), crawl(START + 3 * DAY, new=500, pages=[GOOD] * 9))  # a Thursday
    history = observe(history, crawl(START + 4 * DAY, new=30))
    for number in (5, 6):
        history = observe(history, crawl(START + number * DAY))
        assert changes(history, START + number * DAY + timedelta(hours=12)) == ()


@pytest.mark.parametrize("gap", [3, 7, 14])
def test_a_source_that_publishes_seldom_does_not_cry_wolf(gap: int) -> None:
    history = days(56, lambda number, _w: 1 if number % gap == 0 else 0)
    now = START + 55 * DAY
    for number in range(1, gap + 2):
        history = observe(history, crawl(now + number * DAY))
        assert changes(history, now + number * DAY) == ()


def test_days_on_which_nobody_asked_are_no_silence() -> None:
    history = days(30, lambda _n, _w: 12)
    later = START + 60 * DAY
    assert changes(history, later) == ()
    assert changes(observe(history, crawl(later, new=9)), later) == ()


def test_a_history_is_small_whatever_comes() -> None:
    history = SourceHistory()
    for number in range(90):
        url = f"{LIST}?{number}"
        history = observe(history, crawl(START + number * DAY, url=url, new=3, pages=[GOOD] * 50))
    assert len(history.doors) == MAX_DOORS
    assert len(history.days) == DAYS
    assert len(json.dumps(to_plain(history))) < 40_000


def test_what_is_expected_of_a_day_is_what_such_weekdays_brought() -> None:
    assert expected_in_a_day(summary(days(5, lambda _n, _w: 12)), 0, 0.5) is None, "no pace yet"
    told = summary(days(29, lambda _n, weekday: 12 if weekday < 5 else 2))
    assert [expected_in_a_day(told, 0, over) for over in (0.0, 0.5, 1.0)] == [2.0, 7.0, 12.0]
    assert expected_in_a_day(told, 2, 0.5) == 12.0


def test_a_door_that_moved_for_good_is_remembered_until_it_is_asked_where_it_is() -> None:
    history = observe(SourceHistory(), crawl(START))
    place = f"{LIST}/new"
    history = observe(history, CrawlObservation(at=START + DAY, moved={LIST: place, FEED: place}))
    assert summary(history).moved == {LIST: place}
    assert changes(history, START + DAY) == ()
    assert summary(observe(history, CrawlObservation(at=START + 2 * DAY))).moved == {LIST: place}, "not asked"
    assert summary(observe(history, CrawlObservation(at=START + 2 * DAY, moved={LIST: None}))).moved == {}


def test_doors_that_name_nothing_are_empty_since_the_last_of_them_is() -> None:
    history = SourceHistory()
    for number in range(3):
        history = observe(history, crawl(START + number * DAY, kind="feed", url=FEED, items=2 * (number == 0)))
        history = observe(history, crawl(START + number * DAY + timedelta(hours=1), items=0))
    told = summary(history)
    assert told.empty_since == START + DAY
    assert not told.never_named
    assert summary(observe(history, crawl(START + 4 * DAY, items=1))).empty_since is None
    never = observe(observe(SourceHistory(), crawl(START, items=0)), CrawlObservation(at=START + DAY))
    assert summary(never).never_named


def test_looks_that_were_cut_short_are_counted_in_a_row() -> None:
    history = SourceHistory()
    for short, cut in ((True, 1), (True, 2), (False, 0), (True, 1)):
        history = observe(history, replace(crawl(START), cut_short=short))
        assert summary(history).cut == cut


observations = st.builds(
    CrawlObservation,
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    doors=st.lists(
        st.builds(
            DoorReading,
            url=st.sampled_from([LIST, FEED]),
            kind=st.sampled_from(["feed", "listing", "missing", None]),
            items=st.integers(0, 500),
        ),
        max_size=3,
    ).map(tuple),
    pages=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 100_000)), max_size=8).map(tuple),
    new=st.integers(0, 300),
    moved=st.dictionaries(st.sampled_from([LIST, FEED]), st.none() | st.just(f"{LIST}/new")),
    cut_short=st.booleans(),
)


@given(
    st.lists(observations, max_size=25),
    st.integers(-400, 400).map(lambda days: START + days * DAY),
)
def test_any_history_can_be_kept_and_judged(seen: list[CrawlObservation], now: datetime) -> None:
    history = SourceHistory()
    for one in seen:
        history = observe(history, one)
    plain = json.loads(json.dumps(to_plain(history)))
    assert from_plain(plain) == history
    told = summary(history)
    assert summary_from_plain(plain["summary"]) == told
    assert all(line for line in changes(history, now))
    assert changes_told(told, now) == changes(history, now)
    if told.silent_from is not None:
        before, after = (changes(history, told.silent_from + moment) for moment in (-timedelta(minutes=1), DAY))
        assert (before, len(after)) == (told.changes, len(told.changes) + 1)


def test_a_source_that_shows_nothing_but_new_articles_overflows_until_it_is_looked_at_often_enough() -> None:
    history = SourceHistory()

    def look(new: int, shown: int = 10) -> bool:
        nonlocal history
        seen = replace(crawl(START + history.crawls * timedelta(minutes=1), new=new), shown=shown)
        history = observe(history, seen)
        assert from_plain(json.loads(json.dumps(to_plain(history)))) == history
        return overflows(history)

    assert not look(10), "a first crawl meets what was there before"
    assert not look(10), "a batch"
    assert not look(10)
    assert look(10)
    assert look(9), "one look does not make it well"
    assert not any([look(2) for _ in range(4)][-1:])
    for _ in range(20):
        assert not look(3, shown=3), "so few items are a page's design"
    for number in range(40):
        assert not look(10 if number % 5 == 0 else 0)
    plain = to_plain(history)
    del plain["full"]
    assert from_plain(plain).full == 0.0, "what an earlier version kept"
