"""The daemon's turns: a source's clock rings, it is crawled, and what is due next is written down.

When a run ends its source's next moment is written down; until then the old one stays, so that a kill at any instant
leaves the source overdue and it runs again at the next start.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta

from crawler.agenda import Agenda
from crawler.config import Config
from crawler.daemon_dues import Dues
from crawler.daemon_engine import WarmEngine
from crawler.daemon_hubs import Hubs
from crawler.daemon_store import StoreCalls
from crawler.daemon_tally import Tally
from crawler.daemon_telling import Telling
from crawler.errors import EngineDied, StoreError, UsageError
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, Pushed, SourceState, Waits, source_errors
from crawler.logs import tell
from crawler.outage import Outage
from crawler.politeness import host_of, is_forbidden
from crawler.revisit.setbacks import drawn
from crawler.schedule import Clock, following
from crawler.sources import Source
from storage import Store
from storage.waiting_rows import WaitingArticles

# Crawls under way at once. A crawl waits for its host most of the time (one request a second by default), or for a
# time-out; the engine's own ceiling on requests keeps more of them from using more of the machine.
CRAWLS_AT_ONCE = 32
# A crawl that lets its own time limit pass by this much hangs: a page's deadline and a last answer fit in it.
OVERTIME = 60.0
# A source that robots.txt forbids is looked at as often as that is read, once a day where it is kept for longer, and
# not together with all others of its kind.
LONGEST_FORBIDDEN, FORBIDDEN_JITTER = 86_400.0, 0.1
# Sources named in a line that tells of many.
MOST_NAMED = 10
# Runs of one source that may take an engine down with them before the source has to wait for its next moment.
ATTEMPTS = 2


class Turns:
    """Every source's turns; `clock` rings for them, `sources` and `states` are what the last look at the store found.

    `network` is the outage of the network, `stopping` begins nothing more.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        calls: StoreCalls,
        *,
        agenda: Agenda,
        engines: WarmEngine,
        network: Outage,
        tally: Tally,
        telling: Telling,
        stopping: asyncio.Event,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._store = store
        self._calls = calls
        self._agenda = agenda
        self._engines = engines
        self._network = network
        self._tally = tally
        self._telling = telling
        self._stopping = stopping
        self._now = now
        self._slots = asyncio.Semaphore(CRAWLS_AT_ONCE)
        self._dues = Dues(store, calls, stopping)
        self.clock = Clock(self._ring)
        self.hubs = Hubs(config, store, calls, self.read_pushed, now)
        self.sources: dict[str, Source] = {}
        self.states: dict[str, SourceState] = {}
        self.under_way: dict[str, asyncio.Task[None]] = {}
        self.running = 0
        """Of those under way, how many are crawled; the others wait."""
        self._unreported: dict[str, datetime] = {}
        self.turnover: dict[str, int] = {}
        """How many of a source's turns began or ended."""

    @property
    def waiting(self) -> int:
        """How many of those under way are not crawled yet."""
        return len(self.under_way) - self.running

    def renew(self, config: Config) -> None:
        """Go on under other settings."""
        self._config = config
        self.hubs.renew(config)

    async def sweep(self) -> None:
        """Mark runs whose process died, and give their sources a run now."""
        rows = await self._calls(self._store.crawls.interrupted, self._now())
        if len(rows) == 1:
            row = rows[0]
            tell("run interrupted", level=logging.WARNING, run=row.id, source=row.source, since=row.started_at)
        elif rows:
            sources = ",".join(row.source or row.name for row in rows[:MOST_NAMED])
            more = {"more": len(rows) - MOST_NAMED} if len(rows) > MOST_NAMED else {}
            tell("runs interrupted", level=logging.WARNING, runs=len(rows), sources=sources, **more)
        for row in rows:
            if row.source is not None and row.kind is CrawlKind.SOURCE and row.source not in self.under_way:
                await self._calls(self._store.sources.set_next_due, row.source, self._now())

    async def _ring(self, name: str, due: datetime) -> None:
        if name in self.under_way or self._stopping.is_set():
            return
        self._begin(name, self._turn(name, due))

    def _begin(self, name: str, turn: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(turn)
        self.under_way[name] = task
        self.turnover[name] = self.turnover.get(name, 0) + 1
        task.add_done_callback(lambda done: self._turn_ended(name, done))
        return task

    def _turn_ended(self, name: str, task: asyncio.Task[None]) -> None:
        if self.under_way.get(name) is task:
            del self.under_way[name]
        error = None if task.cancelled() else task.exception()
        if error is not None and not (self._stopping.is_set() and isinstance(error, StoreError)):
            tell("turn failed", level=logging.ERROR, source=name, error=error)

    async def _turn(self, name: str, due: datetime) -> None:
        """One source's turn: wait for a place, crawl, write down when it is due next."""
        async with self._slots, self._calls.outage.turn(), self._network.turn():
            source = self.sources.get(name)
            if source is None or not source.enabled or self._stopping.is_set():
                return
            self.running += 1
            try:
                report = await self._crawl(source, due)
            except StoreError as error:
                # What was due stays due.
                self._calls.outage.failed("crawls", error)
                return
            finally:
                self.running -= 1
        if report is not None:
            await self._count(source, report)
            await self._note_outages(source, report)
            self.hubs.heard(name, report)
        ended = self._now()
        source = self.sources.get(name)
        # What a stop cut short is no failure, and stays due.
        if source is None or (self._stopping.is_set() if report is None else report.state is CrawlState.STOPPED):
            return
        try:
            upcoming, waits = await self._following(source, due, ended, report)
        except UsageError as error:
            # Its schedule was changed meanwhile into one that can't be kept: the next look says so.
            tell("source refused", level=logging.ERROR, source=name, error=error)
            return
        await self._dues.keep((name, self._agenda.learnt(name), upcoming, waits))
        # From here on it may ring again, before this task has quite ended.
        self.under_way.pop(name, None)
        self.turnover[name] += 1
        if not self._stopping.is_set() and name in self.sources and self.sources[name].enabled:
            self.clock.set(name, upcoming)

    async def _following(
        self, source: Source, due: datetime, ended: datetime, report: CrawlReport | None
    ) -> tuple[datetime, Waits | None]:
        """When a source is due next (UTC), by what its run found, and what of it waits for room in budgets."""
        waiting = await self._articles(source, report)
        first = min((some.first for some in waiting), default=None)
        upcoming = await self._due(source, due, ended, report, first)
        return upcoming, self._waits(source, report, upcoming, waiting)

    async def _articles(self, source: Source, report: CrawlReport | None) -> list[WaitingArticles]:
        """Articles of a source that wait for room in budgets, where there may be any."""
        if not self._agenda.may_wait(source, report, self.states.get(source.name)):
            return []
        return await self._calls(self._store.waits.articles_of, source.name)

    def _waits(
        self, source: Source, report: CrawlReport | None, due: datetime, waiting: list[WaitingArticles]
    ) -> Waits | None:
        state = self.states.get(source.name)
        before = state.waits if state is not None else None
        return self._agenda.waits(source, report, due, [some.ceiling for some in waiting], before)

    async def _due(
        self,
        source: Source,
        due: datetime,
        ended: datetime,
        report: CrawlReport | None,
        articles_from: datetime | None,
    ) -> datetime:
        if not source.schedule.adaptive and report is not None and report.state is CrawlState.DONE:
            return self._agenda.following(source, due, ended, report, articles_from=articles_from)
        appeared: list[datetime | None] = []
        if source.schedule.adaptive and report is not None and report.total("seen"):
            since = self._agenda.last_look(source.name)
            appeared = await self._calls(self._store.sources.appeared, source.name, since)
        failures, blocked = await self._calls(standing, self._store, source.name, host_of(source.url))
        moment = self._agenda.following(
            source,
            due,
            ended,
            report,
            appeared=appeared,
            failures=failures,
            blocked_until=blocked,
            pushed=self.hubs.delivers(source.name),
            articles_from=articles_from,
        )
        if report is None or not forbidden(report):
            return moment
        # Until its robots.txt is read anew nothing but that could be different.
        later = max(moment, ended + timedelta(seconds=forbidden_wait(source.name, self._config)))
        return later if source.schedule.cron is None else following(source, later, later, self._config.zone)

    async def read_pushed(self, name: str, pushed: Pushed) -> bool:
        """Read what a hub delivered of a source, after a crawl of it that is under way, and by a look where that comes
        to nothing. False: a stop came before.
        """
        while (task := self.under_way.get(name)) is not None:
            await asyncio.wait([task])
        if self._stopping.is_set():
            return False
        await asyncio.wait([self._begin(name, self._pushed_turn(name, pushed))])
        # What rang meanwhile was passed over: the next look at the store sets the clock anew.
        self.turnover[name] += 1
        return not self._stopping.is_set()

    async def _pushed_turn(self, name: str, pushed: Pushed) -> None:
        report: CrawlReport | None = None
        async with self._slots, self._calls.outage.turn():
            source = self.sources.get(name)
            if source is None or not source.enabled or self._stopping.is_set():
                return
            self.running += 1
            try:
                report = await self._crawl(source, self._now(), pushed)
            except StoreError as error:
                self._calls.outage.failed("crawls", error)
            finally:
                self.running -= 1
        if report is not None:
            await self._count(source, report)
        now, due = self._now(), self.clock.due().get(name)
        look = now if report is None or report.state in (CrawlState.FAILED, CrawlState.STOPPED) else None
        look = look or self._agenda.room(source, report, now)
        if look is not None and (due is None or look < due):
            waits = self._waits(source, report, look, await self._articles(source, report))
            await self._calls(self._store.sources.settle, [(name, None, look, waits)])

    async def _crawl(self, source: Source, due: datetime, pushed: Pushed | None = None) -> CrawlReport | None:
        """Crawl one source, again in a fresh engine when the first one died; `None` when no run came to its end."""
        seconds = source.limits.max_seconds + OVERTIME
        for attempt in range(1, ATTEMPTS + 1):
            order = CrawlOrder(
                kind=CrawlKind.SOURCE,
                name=source.name,
                sources=(source.name,),
                due_at=due,
                attempt=attempt,
                pushed=pushed,
            )
            began, started = time.monotonic(), self._now()
            if pushed is None:
                tell("crawl", level=logging.DEBUG, source=source.name, due=due, attempt=attempt)
            else:
                tell("reading", source=source.name, attempt=attempt)
            try:
                report = await self._engines.crawl(order, seconds)
            except StoreError:
                if self._stopping.is_set():
                    return None
                self._unreported.setdefault(source.name, started)
                raise
            except EngineDied as error:
                if self._stopping.is_set():
                    return None
                self._unreported.setdefault(source.name, started)
                failure: Exception = error
                await self.sweep()
                continue
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one source, the others go on
                if self._stopping.is_set():
                    return None
                failure = error
                tell("crawl failed", level=logging.ERROR, source=source.name, error=error)
                break
            if (trouble := store_trouble(report)) is not None:
                # What it stored before is stored; of a source that is counted in the store later it is among that.
                if source.name not in self._unreported:
                    self._tally.report(report)
                raise StoreError(trouble, source.name)
            self._telling.report(source, report, time.monotonic() - began, self._now())
            return report
        await self._calls(
            self._store.sources.record,
            source.name,
            at=self._now(),
            ok=False,
            new=False,
            error=str(failure) or type(failure).__name__,
        )
        return None

    async def _note_outages(self, source: Source, report: CrawlReport) -> None:
        """See by a crawl that the store takes what it is given, and that the network answers."""
        if self._calls.outage.succeeded("crawls"):
            # Runs that could not write down their end are their process's, and end with it.
            self._engines.refresh()
        received = report.total("bytes") + report.total("not_modified")
        if received:
            self._network.succeeded()
        elif report.total("requests") and report.state is CrawlState.FAILED:
            errors = source_errors(report.counts)
            self._network.failed(host_of(source.url), errors[0] if errors else "no answer")

    async def _count(self, source: Source, report: CrawlReport) -> None:
        """Count what a crawl came to. What a first crawl finds was published before anybody asked."""
        self._tally.report(report)
        if (since := self._unreported.pop(source.name, None)) is not None:
            # What runs stored that ended without a report.
            met = await self._calls(self._store.articles.met_first, source.name, since)
            self._tally.articles["new"] += max(0, met - report.total("new") - report.total("copies"))
        known = self.states.get(source.name)
        if report.total("new") and known is not None and known.last_success is not None:
            self._tally.discovered(await self._calls(self._store.articles.discovered, source.name, report.started_at))


def standing(store: Store, name: str, host: str) -> tuple[int, datetime | None]:
    """How often in a row a source found no door open, and until when its host wants to be left alone."""
    with store.together(write=False):
        return store.sources.failures(name), store.hosts.blocked_until(host)


def forbidden(report: CrawlReport) -> bool:
    """Whether nothing was read because robots.txt disallows it."""
    errors = source_errors(report.counts)
    return report.state is CrawlState.FAILED and bool(errors) and all(map(is_forbidden, errors))


def forbidden_wait(name: str, config: Config) -> float:
    """Seconds after which a source that robots.txt forbids is looked at again."""
    if not config.obey_robots:
        return 0.0
    return min(LONGEST_FORBIDDEN, config.robots_lifetime) * (1 + FORBIDDEN_JITTER * drawn(name, 0))


def store_trouble(report: CrawlReport) -> str | None:
    """What the store refused in a crawl, `None`: nothing."""
    errors = [*report.errors, *source_errors(report.counts)]
    return next((error for error in errors if error.startswith("store ")), None)
