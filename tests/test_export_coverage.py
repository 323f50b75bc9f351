"""Coverage: what the runs tell of each source and hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.export.coverage import Hour, Watch, coverage
from crawler.items import ArticleMark, CrawlKind, CrawlState, RunRow, SourceCount

START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def run(hours: float, *counts: SourceCount, **changed: object) -> RunRow:
    values: dict[str, object] = {
        "id": round(hours * 60) + 1,
        "name": "daily",
        "kind": CrawlKind.SOURCE,
        "source": counts[0].source if len(counts) == 1 else None,
        "state": CrawlState.DONE,
        "due_at": None,
        "attempt": 1,
        "started_at": at(hours),
        "heartbeat_at": at(hours),
        "ended_at": at(hours + 0.1),
        "counts": counts,
        "errors": (),
    }
    return RunRow(**{**values, **changed})  # type: ignore[arg-type]


def told(*runs: RunRow, names: tuple[str, ...] = ("daily",), hours: int = 4, **more: object) -> list[Hour]:
    return list(
        coverage(names, runs, more.pop("marks", ()), since=START, until=at(hours), **more)  # type: ignore[arg-type]
    )


def states(hours: list[Hour]) -> str:
    letters = {Watch.WATCHED: "w", Watch.FAILED: "f", Watch.UNWATCHED: "-", Watch.FORGOTTEN: "?"}
    return "".join(letters[hour.state] for hour in hours)


GOOD = SourceCount(source="daily", seen=5, new=2, copies=1, not_modified=1)
SILENT = SourceCount(source="daily", not_modified=1)
BAD = SourceCount(source="daily", failed=1, unread=True, errors=["https://daily.example.com/: 503"])


def test_silence_is_not_an_outage() -> None:
    hours = told(run(0.5, GOOD), run(1.2, SILENT), run(2.2, BAD, state=CrawlState.FAILED))
    assert states(hours) == "wwf-"
    assert [(hour.looks, hour.failed_looks, hour.found) for hour in hours] == [
        (1, 0, 3),
        (1, 0, 0),
        (1, 1, 0),
        (0, 0, 0),
    ]
    assert [hour.error for hour in hours] == [None, None, "https://daily.example.com/: 503", None]
    assert [hour.next_look for hour in hours] == [at(1.2), None, None, None]


def test_one_good_look_is_enough_and_the_last_failure_is_told() -> None:
    later = SourceCount(source="daily", unread=True, errors=["refused"])
    (hour,) = told(run(0.7, later), run(0.1, BAD), run(0.4, GOOD), hours=1)
    assert (hour.state, hour.looks, hour.failed_looks, hour.error) == (Watch.WATCHED, 3, 2, "refused")


def test_sources_of_one_crawl_are_told_apart() -> None:
    many = run(1.5, GOOD, SourceCount(source="wire", unread=True), state=CrawlState.PARTIAL)
    hours = told(many, names=("daily", "idle", "wire"), hours=2)
    assert [hour.source for hour in hours] == ["daily"] * 2 + ["idle"] * 2 + ["wire"] * 2
    assert states(hours) == "-w---f"


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (run(0, GOOD, kind=CrawlKind.TOPIC), "-"),
        (run(0, SourceCount(source=""), kind=CrawlKind.URLS), "-"),
        (run(0, state=CrawlState.INTERRUPTED, source="daily"), "f"),
        (run(0, state=CrawlState.RUNNING, source="daily"), "-"),
        (run(0, SourceCount(source="daily"), state=CrawlState.STOPPED), "-"),
        (run(0, GOOD, state=CrawlState.STOPPED), "w"),
        (run(0, SourceCount(source="daily", failed=1), state=CrawlState.FAILED), "f"),
        (run(0, SourceCount(source="daily", failed=1), state=CrawlState.PARTIAL), "w"),
        (run(-0.5, GOOD), "-"),
    ],
)
def test_what_counts_as_a_look(one: RunRow, expected: str) -> None:
    assert states(told(one, hours=1)) == expected


def test_a_source_that_was_removed_and_runs_that_were_forgotten() -> None:
    gone = SourceCount(source="gone", seen=1)
    assert states(told(run(3, gone), names=(), kept_since=at(2))) == "??-w"
    assert told(run(3, gone), names=(), wanted=lambda name: name == "daily") == []


def test_articles_stand_in_the_hour_of_their_publication() -> None:
    marks = [ArticleMark(at(1.9), "daily", "https://d.example/1", "ko", "0", (), "0")] * 2
    marks += [ArticleMark(at(0), None, "https://d.example/2", "ko", "1", (), "1")]
    assert [hour.published for hour in told(run(3, GOOD), marks=marks)] == [0, 2, 0, 0]


def test_hours_begin_with_the_hour() -> None:
    hours = list(coverage(["daily"], [], [], since=at(0.75), until=at(2.25)))
    assert [hour.hour for hour in hours] == [at(0), at(1), at(2)]
