"""Reasons to look later: failures, what a server asks for, what a feed says of itself."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from crawler.revisit.setbacks import LONGEST_RETRY, Breaker, Circuit, FeedHints, after_failure, back_off, least_wait


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
    assert least_wait(FeedHints(), 10) == 0
    assert least_wait(FeedHints(ttl=20), 10) == 1200
    assert least_wait(FeedHints(ttl=600), 1) == 1800
    assert least_wait(FeedHints(ttl=60), 200) == 0
    assert least_wait(FeedHints(period="hourly", frequency=1), 100) == 0
    assert least_wait(FeedHints(period="daily"), 0.5) == 1800
    assert least_wait(FeedHints(period="hourly", frequency=6), 1) == 600
    assert least_wait(FeedHints(max_age=300), 1000) == 300
    assert least_wait(FeedHints(max_age=86_400), 1000) == 900
    assert least_wait(FeedHints(ttl=math.nan, max_age=-1, period="sometimes", frequency=0), 1) == 0


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
