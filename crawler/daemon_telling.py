"""What the daemon tells of crawls: what stays as it is once, and not at each crawl."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crawler.items import CrawlReport, CrawlState, source_errors
from crawler.logs import tell
from crawler.politeness import host_of, is_forbidden
from crawler.sources import Source

# A budget is spent and has room in turn for as long as it is too small: it has room when for so long nothing was put
# off for it (seconds).
ROOMY = 600.0

_number = re.compile(r"\d[\d.,:]*")
Purse = tuple[str, str]


@dataclass(slots=True)
class _Spent:
    """A budget that binds: when the last crawl was put off, until when, of which source, and how many it allows."""

    last: float
    until: float
    source: str
    limit: int


class Telling:
    """Tells of the crawls of one daemon's sources."""

    def __init__(self) -> None:
        self._changed: dict[str, str] = {}
        self._failing: dict[str, str] = {}
        self._forbidden: dict[str, list[str]] = {}
        self._spent: dict[Purse, _Spent] = {}

    def forget(self, name: str) -> None:
        """A source is gone."""
        self._changed.pop(name, None)
        self._failing.pop(name, None)
        self._forbidden.pop(name, None)
        self._spent.pop(("source_budget", name), None)

    def report(self, source: Source, report: CrawlReport, seconds: float, now: datetime) -> None:
        """Tell of a crawl that came to its end after so many seconds; a warning where it tells something new."""
        counts = {key: report.total(key) for key in ("seen", "new", "updated", "copies", "failed", "requests")}
        fine = report.state in (CrawlState.DONE, CrawlState.STOPPED)
        of_sources = source_errors(report.counts)
        errors = [*report.errors, *of_sources]
        forbidden = [error for error in of_sources if is_forbidden(error)]
        failed = [error for error in errors if not is_forbidden(error)]
        facts: dict[str, object] = {"error": failed[0]} if failed else {}
        if forbidden:
            facts["forbidden"] = forbidden[0]
        if report.order.attempt > 1:
            facts["attempt"] = report.order.attempt
        if (budget := next((count.budget for count in report.counts if count.budget is not None), None)) is not None:
            facts["postponed"] = budget
        changed = "; ".join(line for count in report.counts for line in count.changes)
        if changed:
            facts["changed"] = changed
        if forbidden and len(forbidden) == len(of_sources):
            # By what they forbid: a publisher may open one door and close another.
            fine = fine or self._forbidden.get(source.name) == forbidden
        if forbidden or report.state is CrawlState.DONE:
            self._forbidden[source.name] = forbidden
        news = self._is_news(source.name, report, changed)
        news |= self._fails_anew(source.name, "" if fine else f"{report.state} {errors[:1]}")
        level, event = logging.WARNING if news else logging.INFO, "crawled"
        if report.order.due_at is not None:
            late = (now - report.order.due_at).total_seconds() - seconds
            facts = {"late": round(max(0.0, late), 1), **facts}
        facts = {**counts, "seconds": round(seconds, 1), **facts}
        if budget is not None and not report.total("requests"):
            level, event = logging.DEBUG, "put off"
        tell(event, level=level, source=source.name, state=report.state, **facts)
        self._budgets(source, report, now.timestamp())

    def _is_news(self, name: str, report: CrawlReport, changed: str) -> bool:
        # The numbers in it differ from crawl to crawl.
        kind = _number.sub("", changed)
        if not kind:
            if report.total("seen") or report.total("not_modified"):
                self._changed.pop(name, None)
            return False
        told, self._changed[name] = self._changed.get(name), kind
        return told != kind

    def _fails_anew(self, name: str, failure: str) -> bool:
        """Whether a source fails otherwise than at its last crawl; one that does not (empty) is forgotten."""
        kind = _number.sub("", failure)
        told = self._failing.pop(name, "")
        if kind:
            self._failing[name] = kind
        return kind not in ("", told)

    def _budgets(self, source: Source, report: CrawlReport, now: float) -> None:
        """Tell a budget that begins to put crawls off, and one that no longer does."""
        short: dict[Purse, _Spent] = {}
        for count in report.counts:
            if count.budget is not None:
                until = max(now, count.room_at or 0.0)
                short[count.budget, count.budget_of] = _Spent(now, until, source.name, count.budget_limit)
        for purse, spent in short.items():
            told = self._spent.get(purse)
            if told is None or told.limit != spent.limit:
                facts: dict[str, Any] = {
                    "limit": spent.limit,
                    "source": source.name,
                    "until": datetime.fromtimestamp(spent.until, UTC),
                }
                tell("budget spent", level=logging.WARNING, **_named(purse), **facts)
            self._spent[purse] = spent
        if not self._spent or not report.total("requests"):
            return
        for purse, spent in list(self._spent.items()):
            takes = source.name == spent.source or purse[1] in ("", source.name, host_of(source.url))
            if takes and purse not in short and now >= max(spent.until, spent.last + ROOMY):
                del self._spent[purse]
                tell("budget has room again", **_named(purse))


def _named(purse: Purse) -> dict[str, Any]:
    """A budget, and the host or source that it is of where it is not of all together."""
    return {"setting": purse[0]} | ({"of": purse[1]} if purse[1] else {})
