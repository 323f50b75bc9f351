"""What comes next: sources with an adaptive schedule meet the planner, all others keep to their clock.

It holds the planner of one daemon and translates: sources and reports in, due moments out. It asks no store; what is
learnt is handed over for keeping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crawler.config import Config
from crawler.errors import UsageError
from crawler.items import CrawlReport, CrawlState
from crawler.politeness import host_of
from crawler.revisit.history import History
from crawler.revisit.planner import Planner
from crawler.revisit.setbacks import Breaker, FeedHints, after_failure, least_wait
from crawler.schedule import bounds_of, following
from crawler.sources import Source

HOURS = 24.0
# A list this short tells of a page's design or of its search, hardly of what will fall off it.
LEAST_CAPACITY = 5
# A host that wants to be left alone for longer is asked again after a day whether it still does.
LONGEST_BLOCK = timedelta(days=1)


class Agenda:
    """The due moments of one daemon's sources. `now` is always an argument; times are aware datetimes in UTC."""

    def __init__(self, config: Config) -> None:
        self._zone = config.zone
        self._planner = Planner(config.budget * HOURS, host_budget=config.host_budget * HOURS)
        self._sources: dict[str, Source] = {}
        self._breakers: dict[str, Breaker] = {}

    def renew(self, config: Config) -> None:
        """Go on under other settings."""
        self._zone = config.zone
        self._planner.fund(config.budget * HOURS, host_budget=config.host_budget * HOURS)

    def unknown(self, sources: Mapping[str, Source]) -> set[str]:
        """Names of adaptive sources whose past has not been handed over yet; sources that are gone are forgotten."""
        planned = {name for name, source in sources.items() if _planned(source)}
        gone = self._sources.keys() - planned
        for name in gone:
            self._planner.forget(name)
            del self._sources[name]
        if gone and self._breakers:
            hosts = {host_of(source.url) for source in self._sources.values()}
            self._breakers = {host: breaker for host, breaker in self._breakers.items() if host in hosts}
        return planned - self._sources.keys()

    def watch(self, source: Source, learnt: Mapping[str, Any] | None, now: datetime) -> None:
        """Plan for an adaptive source with what was kept of it. A past that can't be read raises `UsageError`, and the
        source is planned for as a new one. A schedule that can't be kept raises it too, and is not planned for.
        """
        bounds = bounds_of(source.schedule, float(max(1, len(source.doors))))
        zone = ZoneInfo(source.schedule.zone or source.zone or self._zone)
        problem, history = None, None
        if learnt is not None:
            try:
                history = History.from_dict(learnt)
            except UsageError as error:
                problem = error
        self._sources[source.name] = source
        self._planner.watch(
            source.name, now.timestamp(), history=history, bounds=bounds, zone=zone, host=host_of(source.url)
        )
        if problem is not None:
            raise problem

    def changed(self, source: Source, now: datetime) -> None:
        """Go on with a source that is asked for otherwise now, and keep what was learnt of it."""
        if self._sources.get(source.name) not in (None, source) and _planned(source):
            self.watch(source, self.learnt(source.name), now)

    def learnt(self, name: str) -> dict[str, Any] | None:
        """What to keep of a source: at most 2 KB of JSON; `None` for one that is not planned for."""
        return self._planner.history(name).to_dict() if name in self._planner else None

    def last_look(self, name: str) -> datetime | None:
        """When the source was last looked at, by what was learnt of it."""
        last = self._planner.history(name).last if name in self._planner else None
        return None if last is None else datetime.fromtimestamp(last, UTC)

    def following(
        self,
        source: Source,
        due: datetime,
        ended: datetime,
        report: CrawlReport | None,
        *,
        appeared: Sequence[datetime | None] = (),
        failures: int = 0,
        blocked_until: datetime | None = None,
        hints: FeedHints | None = None,
    ) -> datetime:
        """When a source is due next (UTC), later than `ended`, after a run that was due at `due`.

        `report`: what came of it, `None` when it came to no end; `appeared`: of each article that the source had not
        named before, when it was published; `failures`: runs in a row that found no door open; `blocked_until`: until
        when its host wants to be left alone; `hints`: what its feed says of its pace, kept up to `max_interval`.
        `UsageError` for a schedule that can't be kept.
        """
        if source.name not in self._planner or not source.schedule.adaptive:
            return following(source, due, ended, self._zone)
        self.changed(source, ended)
        host, now = host_of(source.url), ended.timestamp()
        longest = bounds_of(source.schedule).max_interval
        breaker = self._breakers.get(host, Breaker(host))
        if report is None or report.state is CrawlState.FAILED:
            breaker = self._breakers[host] = breaker.failed(now)
            wait = after_failure(source.name, max(1, failures), None, longest=longest)
            until = max(now + wait, min(breaker.until, now + longest))
        else:
            if breaker != Breaker(host):
                self._breakers[host] = breaker.succeeded()
            seen = report.total("seen")
            times = [moment.timestamp() for moment in appeared if moment is not None]
            capacity = seen if seen >= LEAST_CAPACITY else None
            until = self._planner.looked(source.name, now, len(appeared), times, capacity=capacity).at
            if hints is not None:
                pace = float(self._planner.rhythm(source.name).daily.mean())
                until = max(until, now + min(longest, least_wait(hints, pace)))
        moment = datetime.fromtimestamp(until, UTC)
        if blocked_until is not None:
            moment = max(moment, min(blocked_until, ended + LONGEST_BLOCK))
        return max(moment, ended + timedelta(seconds=1))


def _planned(source: Source) -> bool:
    return source.enabled and source.schedule.adaptive
