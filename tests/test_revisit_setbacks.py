"""Reasons to look later: failures, what a server asks for, what a feed says of itself."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from crawler.items import DoorHints
from crawler.revisit.heeding import Heed, from_plain, heed, merged, to_plain, told
from crawler.revisit.setbacks import (
    LONGEST_RETRY,
    Breaker,
    Circuit,
    after_failure,
    after_skipped,
    back_off,
    least_wait,
)


def test_waits_double_up_to_a_ceiling_and_differ_between_sources() -> None:
    waits = [back_off("paper", n) for n in range(1, 12)]
    assert all(0.75 * 60 * 2**n <= waits[n] <= 1.25 * 60 * 2**n for n in range(6))
    assert waits[-1] <= LONGEST_RETRY
    assert back_off("paper", 0) == 0
    assert len({back_off(f"source {n}", 3) for n in range(50)}) == 50
    assert back_off("paper", 3) == back_off("paper", 3)


@given(failures=st.integers(-5, 10**9), asked=st.none() | st.floats())
def test_a_wait_after_failure_is_bounded_whatever_is_asked(failures: int, asked: float | None) -> None:
    assert 0 <= after_failure("a", failures, asked) <= 86_400


def test_retry_after_lengthens_a_wait_and_never_shortens_it() -> None:
    assert after_failure("a", 1, 3600) == 3600
    assert after_failure("a", 6, 1) == back_off("a", 6)


def test_a_feeds_words_count_unless_its_record_contradicts_them() -> None:
    def said(**words: int) -> DoorHints:
        return DoorHints(url="https://a.example/feed", **words)  # type: ignore[arg-type]

    assert least_wait(said(), 10) == 0
    assert least_wait(said(refresh=1200), 10) == 1200
    assert least_wait(said(refresh=36_000), 1) == 1800
    assert least_wait(said(refresh=3600), 200) == 0
    assert least_wait(said(refresh=86_400), 0.5) == 1800
    assert least_wait(said(max_age=300), 1000) == 300
    assert least_wait(said(max_age=86_400), 1000) == 900
    assert least_wait(said(refresh=0, max_age=-1), 1) == 0


MONDAY = 1_763_942_400.0  # 24 November 2025, 00:00 GMT


@given(st.floats(0, 4e9), st.sets(st.integers(0, 23)), st.sets(st.integers(0, 6)))
def test_a_look_leaves_the_hours_and_days_that_a_feed_wants_skipped(
    moment: float, hours: set[int], days: set[int]
) -> None:
    later = after_skipped(moment, hours, days)
    assert moment <= later <= moment + 8 * 86_400
    told = datetime.fromtimestamp(later, UTC)
    if len(hours) < 24 and len(days) < 7:
        assert told.hour not in hours
        assert told.weekday() not in days
    else:
        assert later == moment


def test_what_several_doors_say_counts_as_far_as_all_say_it_and_is_kept_small() -> None:
    one = DoorHints(url="https://a.example/1", refresh=1200, skip_hours=(0, 1, 2), skip_days=(6,))
    two = DoorHints(url="https://a.example/2", refresh=600, skip_hours=(1, 2))
    assert heed([one], 2, 1.0) == Heed()
    both = heed([one, two], 2, 1.0)
    assert both == Heed(600, frozenset({1, 2}), frozenset())
    night = MONDAY + 3600
    assert both.after(night - 600, night, lambda *_: 0.1) == MONDAY + 3 * 3600
    assert both.after(night - 600, night, lambda *_: 5.0) == night
    assert both.after(night, night + 60, lambda *_: 5.0) == night + 600
    known = merged({}, [one, two])
    assert list(from_plain(to_plain(known)).values()) == list(known.values())
    unchanged = merged(known, [DoorHints(url=one.url, anew=False, max_age=60)])
    assert [hints.refresh for hints in unchanged.values()] == [1200, 600]
    assert [hints.max_age for hints in unchanged.values()] == [60, None]
    assert from_plain([{"door": 3}, "x", {"door": "a", "refresh": "soon", "skip_hours": 7}]) == {
        "a": DoorHints(url="a")
    }
    assert from_plain("broken") == {}
    told_lines = told(known.values(), both)
    assert "come back every 20 min; skip the hours 0, 1, 2 GMT; skip Sun" in told_lines[0]
    assert "no look within 10 min" in told_lines[1]


def test_a_hosts_breaker_opens_lets_one_try_and_closes() -> None:
    breaker = Breaker("a.example", threshold=3)
    for _ in range(2):
        breaker = breaker.failed(0.0)
    assert breaker.ask(0.0)[1]
    breaker = breaker.failed(0.0)
    assert breaker.state is Circuit.OPEN
    assert not breaker.ask(1.0)[1]
    breaker, goes = breaker.ask(breaker.until)
    assert goes
    assert breaker.state is Circuit.HALF_OPEN
    assert not breaker.ask(breaker.until - 1)[1]
    worse = breaker.failed(breaker.until)
    assert worse.state is Circuit.OPEN
    assert worse.until - breaker.until > 60
    assert breaker.succeeded() == Breaker("a.example", threshold=3)


def test_a_breaker_opens_at_once_when_the_server_asks_for_it() -> None:
    breaker = Breaker("a.example").failed(0.0, asked=7200)
    assert breaker.until == 7200
    assert not breaker.ask(7199)[1]


def test_one_that_tried_and_died_does_not_hold_the_others_forever() -> None:
    breaker = Breaker("a.example", threshold=1).failed(0.0)
    breaker, _ = breaker.ask(breaker.until)
    later, goes = breaker.ask(breaker.until)
    assert goes
    assert later.until > breaker.until
