"""What the daemon tells of crawls: what stays as it is once, and not at each crawl."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.items import CrawlReport, CrawlState
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
    """A budget that binds: when the last crawl was put off, and until when."""

    last: float
    until: float


class Telling:
    """Tells of the crawls of one daemon's sources."""

    def __init__(self) -> None:
        self._changed: dict[str, str] = {}
        self._forbidden: dict[str, list[str]] = {}
        self._spent: dict[Purse, _Spent] = {}

    def forget(self, name: str) -> None:
        """A source is gone."""
        self._changed.pop(name, None)
        self._forbidden.pop(name, None)
        self._spent.pop(("source_budget", name), None)

    def report(self, source: Source, report: CrawlReport, seconds: float, now: datetime) -> None:
        """Tell of a crawl that came to its end after so many seconds; a warning where it tells something new."""
        counts = {key: report.total(key) for key in ("seen", "new", "updated", "copies", "failed", "requests")}
        fine = report.state in (CrawlState.DONE, CrawlState.STOPPED)
        facts: dict[str, object] = {"error": report.errors[0]} if report.errors else {}
        forbidden = [error for count in report.counts for error in count.errors if is_forbidden(error)]
        if forbidden:
            facts["forbidden"] = forbidden[0]
        if (budget := next((count.budget for count in report.counts if count.budget is not None), None)) is not None:
            facts["postponed"] = budget
        changed = "; ".join(line for count in report.counts for line in count.changes)
        if changed:
            facts["changed"] = changed
        if forbidden and all(is_forbidden(error) for count in report.counts for error in count.errors):
            # By what they forbid: a publisher may open one door and close another.
            fine = fine or self._forbidden.get(source.name) == forbidden
        if forbidden or report.state is CrawlState.DONE:
            self._forbidden[source.name] = forbidden
        level = logging.INFO if fine and not self._is_news(source.name, report, changed) else logging.WARNING
        facts = {**counts, "seconds": round(seconds, 1), **facts}
        tell("crawled", level=level, source=source.name, state=report.state, **facts)
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

    def _budgets(self, source: Source, report: CrawlReport, now: float) -> None:
        """Tell a budget that begins to put crawls off, and one that no longer does."""
        short: dict[Purse, float] = {}
        for count in report.counts:
            if count.budget is not None:
                purse = _purse(count.budget, source)
                short[purse] = max(short.get(purse, 0.0), count.room_at or 0.0)
        for purse, until in short.items():
            facts: dict[str, object] = {"until": datetime.fromtimestamp(until, UTC)} if until else {}
            if purse not in self._spent:
                tell("budget spent", level=logging.WARNING, setting=purse[0], source=source.name, **facts)
            self._spent[purse] = _Spent(now, max(now, until))
        if not self._spent or not report.total("requests"):
            return
        for setting in ("budget", "host_budget", "source_budget"):
            purse = _purse(setting, source)
            spent = self._spent.get(purse)
            if spent is not None and purse not in short and now >= max(spent.until, spent.last + ROOMY):
                del self._spent[purse]
                tell("budget has room again", setting=setting, source=source.name)


def _purse(setting: str, source: Source) -> Purse:
    """A budget: that of all, of a source's host, or of the source."""
    return setting, {"host_budget": host_of(source.url), "source_budget": source.name}.get(setting, "")
