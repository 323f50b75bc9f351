"""What comes next: sources with an adaptive schedule meet the planner, all others keep to their clock while they can.

It holds the planner of one daemon and translates: sources and reports in, due moments out. It asks no store; what is
learnt is handed over for keeping.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crawler.config import Config
from crawler.errors import UsageError
from crawler.items import Ceiling, CrawlReport, CrawlState, DoorHints, SourceState, Waits
from crawler.logs import tell
from crawler.politeness import host_of
from crawler.request_meter import WINDOW
from crawler.revisit.heeding import from_plain, heed, merged, to_plain
from crawler.revisit.history import History
from crawler.revisit.planner import Bounds, Planner, purse_from
from crawler.revisit.setbacks import JITTER, LONGEST_RETRY, Breakers, after_failure, back_off, drawn
from crawler.schedule import bounds_of, following
from crawler.sources import Source

HOURS = 24.0
# Of what may be asked within an hour, what is planned for looks: articles, redirects and retries need the rest.
FOR_LOOKS = 0.5
# While a hub pushes what a source publishes it is looked at so many times more rarely, and not within so many seconds:
# often enough to see a hub that fell silent.
SAFETY, LEAST_SAFETY = 4.0, 1800.0
# A list this short tells of a page's design or of its search, hardly of what will fall off it.
LEAST_CAPACITY = 5
# A host that wants to be left alone for longer is asked again after a day whether it still does.
LONGEST_BLOCK = timedelta(days=1)
# Sources that wait for one host come back within so many seconds of each other.
APART = 300.0
# Sources whose looks are thought over in one go after more were allowed: each may have to be learnt first.
THOUGHT_OVER_AT_ONCE = 200
# Articles that could be asked for and were not (a crawl's own limits) are so at the next crawl, not at once.
LEFT_AGAIN = timedelta(minutes=1)


class Agenda:
    """The due moments of one daemon's sources. `now` is always an argument; times are aware datetimes in UTC."""

    def __init__(self, config: Config) -> None:
        self._zone = config.zone
        self._config = config
        self._planner = Planner(**_funds(config))
        self._queues: dict[tuple[str, str], float] = {}
        self._sources: dict[str, Source] = {}
        self._hints: dict[str, dict[str, DoorHints]] = {}
        self._listed = 0
        self._breakers = Breakers()
        self._waiting: set[str] = set()
        self._again: deque[str] = deque()
        self._next_again = datetime.min.replace(tzinfo=UTC)
        self._sooner = 0

    def renew(self, config: Config) -> None:
        """Go on under other settings."""
        before, after = _funds(self._config), _funds(config)
        fewer = 0 < self._config.source_budget < (config.source_budget or math.inf)
        if fewer or any(after[name] > before[name] for name in after):
            self._again = deque(self._sources)
        self._zone = config.zone
        self._config = config
        self._planner.fund(**after)
        # Who found no room under the old ones stands in no queue for the new ones.
        self._queues.clear()
        for source in self._sources.values():
            self._planner.rebound(source.name, self._bounds(source))

    def unknown(self, sources: Mapping[str, Source]) -> set[str]:
        """Names of adaptive sources whose past has not been handed over yet; sources that are gone are forgotten."""
        planned = {name for name, source in sources.items() if _planned(source)}
        gone = self._sources.keys() - planned
        for name in gone:
            self._planner.forget(name)
            self._hints.pop(name, None)
            del self._sources[name]
        if len(sources) != self._listed:
            self._listed = len(sources)
            self._breakers.keep({host_of(source.url) for source in sources.values()})
        return planned - self._sources.keys()

    def watch(self, source: Source, learnt: Mapping[str, Any] | None, now: datetime) -> None:
        """Plan for an adaptive source with what was kept of it. A past that can't be read raises `UsageError`, and the
        source is planned for as a new one. A schedule that can't be kept raises it too, and is not planned for.
        """
        bounds = self._bounds(source)
        zone = ZoneInfo(source.schedule.zone or source.zone or self._zone)
        problem, history = None, None
        if learnt is not None:
            try:
                history = History.from_dict(learnt)
                self._hints[source.name] = from_plain(learnt.get("hints"))
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
        if name not in self._planner:
            return None
        said = to_plain(self._hints.get(name, {}))
        return self._planner.history(name).to_dict() | ({"hints": said} if said else {})

    @property
    def books(self) -> dict[str, Any]:
        """What to keep of the budget's purse: how much was spent beyond the plan, or is owed."""
        return self._planner.purse.to_dict()

    def resume(self, books: Mapping[str, Any]) -> None:
        """Go on with the purse of an earlier life. `UsageError` when it can't be read."""
        self._planner.purse = purse_from(self._planner.purse.budget, books)

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
        pushed: bool = False,
        articles_from: datetime | None = None,
    ) -> datetime:
        """When a source is due next (UTC), later than `ended`, after a run that was due at `due`.

        `report`: what came of it, `None` when it came to no end; `appeared`: of each article that the source had not
        named before, when it was published; `failures`: runs in a row that found no door open; `blocked_until`: until
        when its host wants to be left alone; `pushed`: a hub delivers what it publishes, and looks are for safety;
        `articles_from`: when there is room for articles of it that wait.
        What its doors say of their pace is kept up to `max_interval`.
        `UsageError` for a schedule that can't be kept.
        """
        self.changed(source, ended)
        room = self.room(source, report, ended)
        if report is None or report.state is CrawlState.FAILED:
            moment = self._after_failure(source, due, ended, failures)
        elif room is not None and not _read(report):
            return room if articles_from is None else min(room, max(articles_from, ended + LEFT_AGAIN))
        else:
            self._breakers.succeeded(host_of(source.url))
            if self._plans(source):
                moment = self._after_look(source, ended, report, appeared, pushed=pushed)
            else:
                moment = following(source, due, ended, self._zone)
        for left in (room, articles_from):
            if left is not None:
                # What was left is asked for as soon as there is room, before the next look is due.
                moment = min(moment, max(left, ended + LEFT_AGAIN) if left is articles_from else left)
        if blocked_until is not None:
            moment = max(moment, min(blocked_until, ended + LONGEST_BLOCK))
        return max(moment, ended + timedelta(seconds=1))

    def sooner(
        self, states: Mapping[str, SourceState], now: datetime, skip: Callable[[str], bool] = lambda _: False
    ) -> dict[str, datetime]:
        """After more looks were allowed: sources whose look is worth its price sooner now, and when; what is overdue by
        that comes one after the other at the new pace. Asked again and again it goes through all sources, some at a
        time, but those to `skip`.
        """
        found: dict[str, datetime] = {}
        step = timedelta(seconds=WINDOW * HOURS / self._planner.purse.budget)
        for _ in range(min(THOUGHT_OVER_AT_ONCE, len(self._again))):
            name = self._again.popleft()
            source, state = self._sources.get(name), states.get(name)
            last = self._planner.history(name).last if name in self._planner else None
            if source is None or state is None or state.next_due is None or last is None or skip(name):
                continue
            if state.failures or state.next_due <= now or (state.waits is not None and state.waits.look):
                continue
            look = self._planner.next(name, last)
            planned = self._heeded(source, last, look.at) if name in self._hints else look.at
            due = datetime.fromtimestamp(planned, UTC)
            if due <= now:
                due = max(now, self._next_again)
                self._next_again = due + step
            if due < state.next_due:
                found[name] = due
        self._sooner += len(found)
        if self._sooner and not self._again:
            tell("looks brought forward", sources=self._sooner)
            self._sooner = 0
        return found

    def _plans(self, source: Source) -> bool:
        return source.name in self._planner and source.schedule.adaptive

    def _after_failure(self, source: Source, due: datetime, ended: datetime, failures: int) -> datetime:
        """When a source is tried again. One that keeps to an interval or a cron line waits longer from the second
        failure in a row on, and then for a moment that its line names.
        """
        now = ended.timestamp()
        left_alone = self._breakers.failed(host_of(source.url), now)
        if self._plans(source):
            longest = bounds_of(source.schedule).max_interval
            wait = after_failure(source.name, max(1, failures), None, longest=longest)
            return datetime.fromtimestamp(max(now + wait, min(left_alone, now + longest)), UTC)
        regular = following(source, due, ended, self._zone)
        own = (following(source, regular, regular, self._zone) - regular).total_seconds()
        longest = max(own, LONGEST_RETRY)
        wait = back_off(source.name, failures - 1, first=2 * own, longest=longest)
        moment = datetime.fromtimestamp(max(now + wait, min(left_alone, now + longest)), UTC)
        if moment <= regular:
            return regular
        return moment if source.schedule.cron is None else following(source, moment, moment, self._zone)

    def _after_look(
        self, source: Source, ended: datetime, report: CrawlReport, appeared: Sequence[datetime | None], *, pushed: bool
    ) -> datetime:
        """When an adaptive source that could be read is worth another look."""
        now = ended.timestamp()
        seen = report.total("seen")
        times = [moment.timestamp() for moment in appeared if moment is not None]
        capacity = seen if seen >= LEAST_CAPACITY else None
        look = self._planner.looked(source.name, now, len(appeared), times, capacity=capacity)
        self._hints[source.name] = merged(self._hints.get(source.name, {}), report.hints)
        # A cache may be fresh for longer than a listing holds what it shows.
        latest = self._planner.next(source.name, now, price=math.inf).at
        until = min(self._heeded(source, now, look.at), max(look.at, latest))
        if pushed and look.because != "capacity":
            until = max(until, now + max(LEAST_SAFETY, SAFETY * (look.at - now)))
        until = min(until, max(look.at, now + bounds_of(source.schedule).max_interval))
        return datetime.fromtimestamp(until, UTC)

    def _heeded(self, source: Source, now: float, planned: float) -> float:
        """A planned look, put off as the source's doors ask for."""
        name = source.name
        pace = float(self._planner.rhythm(name).daily.mean())
        asked = heed(self._hints[name].values(), max(1, len(source.doors)), pace)
        return asked.after(now, planned, lambda start, end: self._planner.expected(name, start, end))

    def _bounds(self, source: Source) -> Bounds:
        """Of the waits of a source: those of its schedule, within half of what it may take."""
        cost = float(max(1, len(source.doors)))
        bounds = bounds_of(source.schedule, cost)
        if not self._config.source_budget:
            return bounds
        least = min(bounds.max_interval, WINDOW * cost / (FOR_LOOKS * self._config.source_budget))
        return replace(bounds, min_interval=max(bounds.min_interval, least))

    def waits(
        self,
        source: Source,
        report: CrawlReport | None,
        due: datetime,
        articles: Sequence[Ceiling],
        before: Waits | None = None,
    ) -> Waits | None:
        """What of a source waits for room in budgets after a run, when it is `due` next: its look where the run could
        send nothing, and `articles` under these ceilings. `before`: what of it waited when the run began.
        """
        found: dict[tuple[str, str], Ceiling] = {}
        for one in (*_short(report), *(before.ceilings if before is not None else ())):
            found.setdefault(one.key, one)
        keys = {one.key for one in (*_short(report), *articles)}
        self._waiting.discard(source.name)
        if not keys:
            return None
        self._waiting.add(source.name)
        ceilings = (
            found.get(key) or Ceiling(setting=key[0], whose=key[1], limit=getattr(self._config, key[0], 0))
            for key in sorted(keys)
        )
        return Waits(ceilings=tuple(ceilings), until=due, look=_put_off(report))

    def may_wait(self, source: Source, report: CrawlReport | None, state: SourceState | None) -> bool:
        """Whether articles of a source may wait for room in a budget, by its last run or by one before."""
        return bool(_short(report)) or source.name in self._waiting or (state is not None and state.waits is not None)

    def room(self, source: Source, report: CrawlReport | None, ended: datetime) -> datetime | None:
        """When a source that found a budget spent may go on (UTC): when there is room, one source after the other at
        the pace that the budget allows; or one that found its host left alone. `None`: neither was.
        """
        short = [count for count in report.counts if count.room_at is not None] if report is not None else []
        if not short:
            return None
        now, latest = ended.timestamp(), max(short, key=lambda count: count.room_at or 0.0)
        at = latest.room_at or now
        if latest.budget is None:
            # Its host is left alone: sources that wait for one come back apart.
            moment = at + min(APART, JITTER * (at - now)) * drawn(source.name, 0)
            return datetime.fromtimestamp(min(max(moment, now + 1), now + LONGEST_BLOCK.total_seconds()), UTC)
        setting, whose = latest.budget, latest.budget_of
        limit = getattr(self._config, setting, 0)
        self._queues = {key: moment for key, moment in self._queues.items() if moment > now}
        step = WINDOW / limit if limit else 0.0
        moment = max(at, self._queues.get((setting, whose), 0.0) + step, now + 1)
        self._queues[setting, whose] = moment
        return datetime.fromtimestamp(moment, UTC)


def _funds(config: Config) -> dict[str, float]:
    """What the planner may spend on looks a day: as set, within half of the ceilings on all requests."""

    def within(looks: float, ceiling: int) -> float:
        return min(looks, FOR_LOOKS * ceiling) if ceiling else looks

    return {
        "budget": within(config.looks, config.budget) * HOURS,
        "host_budget": within(config.host_looks, config.host_budget) * HOURS,
    }


def _read(report: CrawlReport) -> bool:
    """Whether a run saw what its doors show, or that it is what it was."""
    return bool(report.total("seen") or report.total("not_modified"))


def _put_off(report: CrawlReport | None) -> bool:
    """Whether a run could not even look, for want of room in a budget."""
    return bool(_short(report)) and report is not None and report.state is not CrawlState.FAILED and not _read(report)


def _short(report: CrawlReport | None) -> list[Ceiling]:
    """The ceilings that left a run no room, with the limits that it met."""
    counts = report.counts if report is not None else ()
    return [
        Ceiling(setting=count.budget, whose=count.budget_of, limit=count.budget_limit)
        for count in counts
        if count.budget is not None
    ]


def _planned(source: Source) -> bool:
    return source.enabled and source.schedule.adaptive
