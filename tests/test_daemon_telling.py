"""What is told of crawls, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.daemon_telling import Telling
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, SourceCount
from crawler.sources import Source

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
GULL, TERN = (Source(name=name, url=f"https://{name}.example/rss") for name in ("gull", "tern"))


class Teller:
    """Crawls of which is told, and what was told of them since the last question."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._telling = Telling()
        self._caplog = caplog

    def told(
        self, source: Source = GULL, minutes: float = 0, state: CrawlState = CrawlState.DONE, **count: Any
    ) -> list[tuple[str, str]]:
        self._caplog.clear()
        counts = SourceCount(source=source.name, requests=3, seen=int(state is CrawlState.DONE), **count)
        order = CrawlOrder(kind=CrawlKind.SOURCE, name=source.name, sources=(source.name,))
        report = CrawlReport(order=order, state=state, started_at=NOW, ended_at=NOW, counts=(counts,))
        self._telling.report(source, report, 1.0, NOW + timedelta(minutes=minutes))
        return [(record.levelname, record.getMessage()) for record in self._caplog.records]


@pytest.fixture
def teller(caplog: pytest.LogCaptureFixture) -> Teller:
    caplog.set_level("INFO", "presswatch.daemon")
    return Teller(caplog)


def test_what_changed_is_a_warning_once(teller: Teller) -> None:
    quiet = ["nothing new for 9 d, usually 12 a day"]
    fewer = ["layout changed? 0 items on https://gull.example/, usually 30"]
    new, known = [("WARNING", "crawled")], [("INFO", "crawled")]
    assert teller.told(changes=quiet) == new
    assert teller.told(changes=["nothing new for 10 d, usually 12 a day"]) == known
    assert teller.told(TERN, changes=quiet) == new
    assert teller.told(changes=quiet + fewer) == new
    assert teller.told(state=CrawlState.FAILED) == new
    assert teller.told(changes=quiet + fewer) == known
    assert teller.told() == known
    assert teller.told(changes=quiet + fewer) == new


def test_what_robots_txt_forbids_is_a_warning_once_until_it_no_longer_does(teller: Teller) -> None:
    def refused(path: str) -> list[str]:
        return [f"https://gull.example/{path}: robots.txt of gull.example disallows it for presswatch"]

    new, known = [("WARNING", "crawled")], [("INFO", "crawled")]
    assert teller.told(state=CrawlState.FAILED, errors=refused("rss")) == new
    assert teller.told(state=CrawlState.FAILED, errors=refused("rss")) == known
    assert teller.told(state=CrawlState.PARTIAL, errors=refused("rss")) == known
    assert teller.told(state=CrawlState.FAILED, errors=refused("rss") + refused("atom")) == new
    assert teller.told(state=CrawlState.FAILED, errors=["https://gull.example/rss: the server answered 404"]) == new
    assert teller.told() == known
    assert teller.told(state=CrawlState.FAILED, errors=refused("rss")) == new


def test_a_spent_budget_is_told_when_it_begins_to_bind_and_when_it_no_longer_does(teller: Teller) -> None:
    spent = {
        "budget": "host_budget",
        "budget_of": "gull.example",
        "budget_limit": 9,
        "room_at": (NOW + timedelta(minutes=20)).timestamp(),
    }
    crawled = ("INFO", "crawled")
    assert teller.told(**spent) == [crawled, ("WARNING", "budget spent")]
    assert teller.told(minutes=1, **spent) == [crawled]
    assert teller.told(TERN, minutes=25) == [crawled], "of another host"
    assert teller.told(minutes=19) == [crawled], "the room is not there yet"
    assert teller.told(minutes=25) == [crawled, ("INFO", "budget has room again")]
    assert teller.told(minutes=26) == [crawled]
    assert teller.told(minutes=27, **spent) == [crawled, ("WARNING", "budget spent")]


def test_a_budget_that_has_room_now_and_then_is_still_spent(teller: Teller) -> None:
    for minutes in range(0, 60, 5):
        spent = {"budget": "budget", "room_at": (NOW + timedelta(minutes=minutes + 1)).timestamp()}
        told = teller.told(minutes=minutes, **spent)
        assert ("WARNING", "budget spent") in told if minutes == 0 else len(told) == 1
        assert len(teller.told(TERN, minutes=minutes + 3)) == 1
