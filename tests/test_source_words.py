"""A source's word, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.items import SourceState
from crawler.source_health import LEAST_DAYS, Summary, Usual
from crawler.source_words import (
    FAILING_AFTER,
    QUIET_AFTER,
    RANKS,
    SLOW_AFTER,
    UNHEALTHY,
    SourceWord,
    account,
    judge,
)
from crawler.sources import Source

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOURCE = Source(name="the paper", url="https://a.example/feed")
FINE = SourceState(name="the paper", last_run=NOW, last_success=NOW, last_new=NOW)
KNOWN = Summary(days=LEAST_DAYS, week=(2.0,) * 7)
SILENT = replace(FINE, last_new=NOW - QUIET_AFTER - HOUR)
FAILED = replace(FINE, failures=FAILING_AFTER)
ROBOTS = "https://a.example/feed: robots.txt of a.example disallows it for presswatch"
PLACE = {"https://a.example/feed": "https://b.example/feed"}


def word(state: SourceState, told: Summary = KNOWN, *, blocked: datetime | None = None, enabled: bool = True):
    return judge(replace(SOURCE, enabled=enabled), state, told, blocked_until=blocked, now=NOW)


@pytest.mark.parametrize(
    ("state", "told", "expected"),
    [
        (FINE, KNOWN, SourceWord.OK),
        (FINE, Summary(), SourceWord.OK),
        (SourceState(name="a"), Summary(), SourceWord.NEVER_RUN),
        (replace(FINE, failures=FAILING_AFTER - 1), KNOWN, SourceWord.OK),
        (FAILED, KNOWN, SourceWord.FAILING),
        (replace(FINE, failures=1, last_success=None, last_new=None), Summary(), SourceWord.FAILING),
        (replace(FAILED, last_error=ROBOTS), KNOWN, SourceWord.FORBIDDEN),
        (replace(FAILED, last_error="https://a.example/feed: the server answered 403"), KNOWN, SourceWord.FORBIDDEN),
        (replace(FAILED, last_error="https://a.example/feed: the server answered 500"), KNOWN, SourceWord.FAILING),
        (replace(FAILED, last_error="a.example: its robots.txt answered 503"), KNOWN, SourceWord.FAILING),
        (SILENT, KNOWN, SourceWord.QUIET),
        (SILENT, Summary(days=LEAST_DAYS - 1), SourceWord.NEW),
        (replace(FINE, last_new=None), Summary(), SourceWord.NEW),
        (replace(FINE, last_new=None), KNOWN, SourceWord.QUIET),
        (replace(FINE, last_new=NOW - QUIET_AFTER + HOUR), KNOWN, SourceWord.OK),
        (SILENT, KNOWN._replace(longest_silence=30), SourceWord.OK),
        (replace(FINE, last_new=NOW - 46 * DAY), KNOWN._replace(longest_silence=30), SourceWord.QUIET),
        (SILENT, KNOWN._replace(empty_since=NOW - 9 * DAY, usual=Usual(items={"a": 0.5})), SourceWord.EMPTY),
        (FINE, KNOWN._replace(empty_since=NOW - HOUR, usual=Usual(items={"a": 0.5})), SourceWord.OK),
        (FINE, Summary(empty_since=NOW - HOUR, usual=Usual(items={"a": 0.0})), SourceWord.EMPTY),
        (FINE, KNOWN._replace(changes=("0 items",)), SourceWord.CHANGED),
        (FINE, KNOWN._replace(last_new=NOW, silent_from=NOW - HOUR), SourceWord.CHANGED),
        (FINE, KNOWN._replace(last_new=NOW, silent_from=NOW + HOUR), SourceWord.OK),
        (FINE, KNOWN._replace(overflowing=True), SourceWord.OVERFLOWING),
        (FINE, KNOWN._replace(cut=SLOW_AFTER), SourceWord.SLOW),
        (FINE, KNOWN._replace(cut=SLOW_AFTER - 1), SourceWord.OK),
        (FINE, KNOWN._replace(moved=PLACE), SourceWord.MOVED),
        (SILENT, KNOWN._replace(moved=PLACE), SourceWord.MOVED),
        (FINE, KNOWN._replace(moved=PLACE, changes=("0 items",)), SourceWord.CHANGED),
    ],
)
def test_a_sources_word(state: SourceState, told: Summary, expected: SourceWord) -> None:
    assert word(state, told) is expected
    assert word(state, told, blocked=NOW - HOUR) is expected
    failed = expected in (SourceWord.FAILING, SourceWord.FORBIDDEN)
    assert word(state, told, blocked=NOW + HOUR) is (expected if failed else SourceWord.BLOCKED)
    assert word(state, told, enabled=False) is SourceWord.OFF


def test_each_word_has_a_rank_and_those_that_need_a_person_come_first() -> None:
    assert sorted(RANKS.values()) == list(range(len(SourceWord)))
    assert max(RANKS[one] for one in UNHEALTHY) < min(RANKS[one] for one in SourceWord if one not in UNHEALTHY)


def said(of: SourceWord, state: SourceState = FINE, told: Summary = KNOWN, **more) -> str | None:
    given = {"zone": ZoneInfo("Asia/Seoul"), "daemon": True, **more}
    return account(of, SOURCE, state, told, **given)


def test_each_word_says_what_it_means_and_what_to_do() -> None:
    assert said(SourceWord.OK) is None
    failing = said(SourceWord.FAILING, replace(FAILED, last_error="no answer"))
    assert failing is not None
    assert failing.startswith("the last 2 looks failed, last read 2026-11-22 21:00: no answer; ")
    assert "`presswatch source probe https://a.example/feed`" in failing
    assert "never read" in (said(SourceWord.FAILING, SourceState(name="a", failures=1)) or "")
    forbidden = said(SourceWord.FORBIDDEN, replace(FAILED, last_error=ROBOTS))
    assert "`presswatch source remove 'the paper'`" in (forbidden or "")
    answered = said(SourceWord.FORBIDDEN, replace(FAILED, last_error="x: the server answered 401"))
    assert "--header" in (answered or "")
    assert "--name 'the paper' --replace" in (said(SourceWord.CHANGED) or "")
    assert "since 2026-11-22 21:00" in (said(SourceWord.EMPTY, told=KNOWN._replace(empty_since=NOW)) or "")
    blocked = said(SourceWord.BLOCKED, blocked=(NOW, "answered 429"))
    assert blocked == "its host is left alone until 2026-11-22 21:00: answered 429; it is asked again then"
    moved = said(SourceWord.MOVED, told=KNOWN._replace(moved=PLACE)) or ""
    assert moved.startswith("https://a.example/feed is https://b.example/feed for good now; it is followed")
    assert "`presswatch source move 'the paper'`" in moved
    assert "nothing new since 2026-11-14 20:00" in (said(SourceWord.QUIET, SILENT) or "")
    assert "the daemon does" in (said(SourceWord.NEVER_RUN) or "")
    assert "`presswatch crawl --source 'the paper'`" in (said(SourceWord.NEVER_RUN, daemon=False) or "")
    new = said(SourceWord.NEW, added_at=NOW)
    assert new == "nothing new since it was added, 2026-11-22 21:00; its usual pace is known after 7 days"
    assert "`presswatch source resume 'the paper'`" in (said(SourceWord.OFF) or "")
    assert all(said(one) for one in SourceWord if one not in (SourceWord.OK, SourceWord.BLOCKED, SourceWord.MOVED))
