"""The daemon: runs each source's crawl when it is due, for months, one daemon a store.

It is the clock's master and the engine's customer: `crawler.schedule` rings, `crawler.crawls` runs crawls by name in a
process of its own, the store remembers. When a run ends its source's next moment is written down; until then the old
one stays, so that a kill at any instant leaves the source overdue and it runs again at the next start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from crawler.agenda import Agenda
from crawler.config import Config
from crawler.daemon_dues import Dues
from crawler.daemon_engine import PING_EVERY, WarmEngine
from crawler.daemon_hubs import TEND_EVERY, Hubs
from crawler.daemon_lock import RENEW_EVERY, DaemonLock, Holder
from crawler.daemon_tally import Tally
from crawler.daemon_telling import Telling
from crawler.errors import ConfigError, EngineDied, PresswatchError, StoreError, StoreTooNew, UsageError
from crawler.event_loop import loop_factory
from crawler.health import Health, look
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, Pushed, SourceState
from crawler.logs import set_up, tell
from crawler.outage import FIRST_WAIT, LONGEST_WAIT, Outage
from crawler.politeness import host_of
from crawler.schedule import Clock, next_due, planned
from crawler.sd_notify import ServiceManager
from crawler.sources import Source
from crawler.upkeep import keep_up
from crawler.vital_signs import BOOK, SIGNS_EVERY, VitalSigns, to_plain
from storage import Store, open_store

if TYPE_CHECKING:
    from crawler.daemon_http import HealthServer
    from crawler.metrics import Present

P = ParamSpec("P")
T = TypeVar("T")

# How often the store is asked what changed; a person who adds a source sees it crawled within this many seconds.
LOOK_EVERY = 2.0
# Of the time, what looking may take: with ten thousand sources it is done less often.
LOOK_SHARE = 0.05
LONGEST_PAUSE = 30.0
STATUS_EVERY = 10.0
# So many hosts in a row without an answer from any: it is the network that is away, or its names.
SILENT_SOURCES = 5
# A difference between wall clock and steady clock that slow scheduling of this process doesn't explain.
JUMP = 5.0
# How often runs of other processes are looked through for dead ones.
SWEEP_EVERY = 60.0
# The store is maintained once a day, for the first time some minutes after the start, in a minute in which nothing is
# crawled or due; it is not waited for longer than some hours.
MAINTAIN_EVERY, FIRST_MAINTENANCE, QUIET_PATIENCE = 86_400.0, 600.0, 21_600.0
MAINTAIN_LOOK = 30.0
# The planner's books, small and written often enough that a kill costs nothing worth mentioning.
BOOKS, BOOKS_EVERY = "budget", 60.0
QUIET = timedelta(minutes=1)
# Crawls under way at once. A crawl waits for its host most of the time (one request a second by default), or for a
# time-out; the engine's own ceiling on requests keeps more of them from using more of the machine.
CRAWLS_AT_ONCE = 32
# A crawl that lets its own time limit pass by this much hangs: a page's deadline and a last answer fit in it.
OVERTIME = 60.0
# Runs of one source that may take an engine down with them before the source has to wait for its next moment.
ATTEMPTS = 2
# What a stop may take besides the drain: an engine that is killed, a store that is busy.
STOP_SECONDS = 15.0
# Waits for another writer are short, so that a stop is: what could not be asked is asked again.
BUSY_SECONDS = 5.0


def run(
    config: Config,
    *,
    reload: Callable[[], Config] | None = None,
    quiet: bool = False,
    takeover: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Run until SIGTERM or SIGINT and return the exit code, 0 unless something forced the end.

    A first signal stops cleanly within `config.drain` seconds, a second one at once. SIGHUP calls `reload` for new
    settings and keeps the old ones when it raises. Each event is one line on standard error, with `quiet` only
    warnings. 1 when another daemon took the store over. `takeover`: have the one that works on this store stop first.
    `StoreBusy` when another daemon works on this store, `StoreError` when the store can't be opened.
    """
    _log(config, quiet=quiet)
    store = open_store(config.store, now=now, busy_timeout=BUSY_SECONDS)
    try:
        patience = config.drain + STOP_SECONDS if takeover else None
        with (
            DaemonLock(store, config.store, now(), takeover=patience, asked=_tell_takeover) as lock,
            asyncio.Runner(loop_factory=loop_factory()) as runner,
        ):
            return runner.run(Daemon(config, store, lock, reload=reload, quiet=quiet, now=now).serve())
    finally:
        store.close()


class Daemon:
    """One life of the daemon: `serve` it once. The caller holds the lock and closes the store."""

    def __init__(
        self,
        config: Config,
        store: Store,
        lock: DaemonLock,
        *,
        reload: Callable[[], Config] | None = None,
        quiet: bool = False,
        now: Callable[[], datetime],
    ) -> None:
        self._quiet = quiet
        self._config = config
        self._store = store
        self._lock = lock
        self._code = 0
        self._reload = reload
        self._now = now
        self._clock = Clock(self._ring)
        self.tally = Tally()
        self._telling = Telling()
        self._agenda = Agenda(config)
        self._engines = WarmEngine(config, self.tally)
        self._hubs = Hubs(config, store, self._ask, self._read_pushed, now)
        self._service = ServiceManager()
        self._server: HealthServer | None = None
        self._listening = asyncio.Lock()
        self._moves: set[asyncio.Task[None]] = set()
        self._started = now()
        self._slots = asyncio.Semaphore(CRAWLS_AT_ONCE)
        self._stopping = asyncio.Event()
        self._at_once = asyncio.Event()
        self._dues = Dues(store, self._ask, self._stopping)
        self._sources: dict[str, Source] = {}
        self._states: dict[str, SourceState] = {}
        self._running = 0
        self._maintained = time.monotonic() - MAINTAIN_EVERY + FIRST_MAINTENANCE
        self._looked = False
        self._crawls: dict[str, asyncio.Task[None]] = {}
        self._refused: dict[str, str] = {}
        self._turns: dict[str, int] = {}
        self._moved: tuple[datetime, float] | None = None
        self._store_outage = Outage("store does not answer; trying again", "store answers again", self._stopping)
        self._network_outage = Outage(
            "network does not answer; trying again", "network answers again", self._stopping, enough=SILENT_SOURCES
        )

    async def serve(self) -> int:
        """Run crawls until a signal comes; the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, signal.Signals(number).name)
        loop.add_signal_handler(signal.SIGHUP, self._reload_config)
        tell("started", pid=os.getpid(), host=socket.gethostname(), store=_no_password(self._config.store))
        await self._listen(self._config.listen)
        life = asyncio.create_task(self._show_life())
        try:
            chores = [
                asyncio.create_task(self._engines.warm()),
                asyncio.create_task(self._repeat(self._look, LOOK_EVERY, LOOK_SHARE)),
                asyncio.create_task(self._repeat(self._sweep, SWEEP_EVERY)),
                asyncio.create_task(self._repeat(self._maintain, MAINTAIN_LOOK)),
                asyncio.create_task(self._repeat(self._keep_books, BOOKS_EVERY)),
                asyncio.create_task(self._repeat(self._give_sign, SIGNS_EVERY)),
                asyncio.create_task(self._repeat(self._tend_hubs, TEND_EVERY)),
                asyncio.create_task(self._repeat(self._renew, RENEW_EVERY)),
                asyncio.create_task(self._repeat(self._engines.watch, PING_EVERY)),
            ]
            await self._stopping.wait()
            self._service.stopping()
            await self._drain(chores)
        finally:
            life.cancel()
            await self._hubs.close()
            await self._listen("")
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)
                # One more signal must not turn an end in good order into a death by signal.
                signal.signal(number, signal.SIG_IGN)
        tell("stopped")
        return self._code

    async def _listen(self, address: str) -> None:
        """Answer at an address (empty: at none) and no more at another. `ConfigError`: it stays as it was."""
        async with self._listening:
            old = self._server
            if (old.listener.address if old is not None else "") == address:
                return
            if not address:
                if old is not None:
                    await old.listener.close()
                self._server = None
                return
            from crawler.daemon_http import HealthServer

            server = HealthServer(self, address)
            where = await (server.listener.start() if old is None else server.listener.start_in_place_of(old.listener))
            tell("listening", address=where)
            self._server = server

    async def _listen_elsewhere(self, address: str) -> None:
        try:
            await self._listen(address)
        except ConfigError as error:
            stays = self._server.listener.address if self._server is not None else None
            tell("can't listen elsewhere; reload again to retry", level=logging.WARNING, stays=stays, error=error)

    async def _show_life(self) -> None:
        """Tell the service manager how it goes, and that it goes only while this loop and the engine do."""
        watchdog = self._service.watchdog
        told = None
        while True:
            if self.ailment() is None:
                self._service.alive()
            waiting = len(self._crawls) - self._running
            status = f"{len(self._sources)} sources, {self._running} crawls under way, {waiting} waiting"
            if (wrong := self.unready() or self.ailment()) is not None:
                status = f"{wrong}; {status}"
            if status != told:
                told = status
                self._service.status(status)
            await asyncio.sleep(min(STATUS_EVERY, watchdog / 2 if watchdog else STATUS_EVERY))

    async def _give_sign(self) -> None:
        """Write down that this life goes on, and how."""
        signs = VitalSigns(
            at=self._now(),
            since=self._started,
            pid=os.getpid(),
            host=socket.gethostname(),
            running=self._running,
            waiting=len(self._crawls) - self._running,
            engine_starts=self.tally.engine_starts,
            engine_losses=dict(self.tally.engine_losses),
            trouble=self.unready() or self.ailment(),
        )
        await self._ask(self._store.plans.keep, BOOK, to_plain(signs))

    def present(self) -> Present:
        """What is under way, for `/metrics`."""
        from crawler.metrics import Present

        return Present(
            running=self._running,
            waiting=len(self._crawls) - self._running,
            sources=len(self._sources),
            started=self._started.timestamp(),
            store_away=self._store_outage.away,
        )

    def ailment(self) -> str | None:
        """What is wrong with the process itself; `None`: nothing."""
        return None if self._engines.alive else "the engine does not answer"

    def unready(self) -> str | None:
        """Why nothing is crawled now; `None`: it is."""
        if self._stopping.is_set():
            return "stopping"
        if self._store_outage.away:
            return "the store does not answer"
        if self._network_outage.away:
            return "the network does not answer"
        return None if self._looked else "starting"

    def gather(self) -> Health:
        """What the store tells; blocks."""
        return look(self._store, self._config, self._now())

    def _stop(self, name: str) -> None:
        if self._stopping.is_set():
            tell("stopping at once", signal=name)
            self._at_once.set()
            return
        tell("stopping", signal=name, crawls=len(self._crawls), drain=self._config.drain)
        self._stopping.set()

    async def _drain(self, chores: list[asyncio.Task[None]]) -> None:
        """Let crawls under way end within `drain` seconds, or until a second signal; then end them."""
        self._clock.stop()
        with suppress(StoreError):
            await self._keep_books()
        for chore in chores:
            chore.cancel()
        deadline = time.monotonic() + self._config.drain
        patience = asyncio.create_task(self._at_once.wait())
        stop = asyncio.create_task(self._engines.stop_crawls())
        pending: set[asyncio.Task[object]] = {stop, *self._crawls.values()}
        while pending and not self._at_once.is_set() and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait({*pending, patience}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            pending = {task for task in pending if not task.done()}
        cut_short = bool(self._crawls)
        if cut_short:
            tell("cut short", level=logging.WARNING, sources=",".join(sorted(self._crawls)))
        patience.cancel()
        stop.cancel()
        left = max(0.0, deadline - time.monotonic())
        await self._engines.close(0.0 if self._at_once.is_set() or cut_short else max(1.0, left))
        ending = [*chores, *self._crawls.values(), stop, patience]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        if cut_short:
            with suppress(StoreError):
                await self._sweep()

    def _reload_config(self) -> None:
        if self._reload is None:
            return
        self._service.reloading()
        try:
            self._renew_config(self._reload)
        finally:
            self._service.ready()

    def _renew_config(self, reload: Callable[[], Config]) -> None:
        try:
            fresh = reload()
        except (PresswatchError, OSError) as error:
            tell("settings refused", level=logging.WARNING, error=error)
            return
        if fresh.store != self._config.store:
            tell("settings: another store needs a restart", level=logging.WARNING, store=_no_password(fresh.store))
            fresh = replace(fresh, store=self._config.store)
        try:
            _log(fresh, quiet=self._quiet)
        except ConfigError as error:
            tell("settings refused", level=logging.WARNING, error=error)
            return
        self._config = fresh
        self._agenda.renew(fresh)
        self._engines.renew(fresh)
        self._hubs.renew(fresh)
        move = asyncio.create_task(self._listen_elsewhere(fresh.listen))
        self._moves.add(move)
        move.add_done_callback(self._moves.discard)
        tell("settings reloaded")

    async def _repeat(self, chore: Callable[[], Awaitable[None]], seconds: float, share: float = 1.0) -> None:
        """Do a chore now and every so many seconds; what goes wrong in one round is told and ends only that round.

        `share` is the part of the time that the chore may take: a longer one is done less often.
        """
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await chore()
            except Exception as error:  # noqa: BLE001 - a defect in one chore must not end it for the months to come
                tell("chore failed", level=logging.ERROR, error=f"{type(error).__name__}: {error}")
            pause = max(seconds, min(LONGEST_PAUSE, (time.monotonic() - began) * (1 / share - 1)))
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                continue

    async def _look(self) -> None:
        """See what sources there are and set the clock for those that are new, changed, or asked for sooner."""
        turns = dict(self._turns)
        listed = {source.name: source for source in await self._ask(self._store.sources.list)}
        states = {state.name: state for state in await self._ask(self._store.sources.states)}
        if self._looked:
            self._clock.look()
        jumped = self._clock_jumped()
        set_to = self._clock.due()
        for name in self._sources.keys() - listed.keys():
            self._clock.drop(name)
            self._refused.pop(name, None)
            self._telling.forget(name)
            tell("source removed", source=name)
        old, self._sources = self._sources, listed
        if not self._looked:
            await self._resume()
        await self._remember(listed)
        for name, source in listed.items():
            # What was read of a source whose turn began or ended meanwhile is no longer true.
            if name in self._crawls or turns.get(name) != self._turns.get(name):
                continue
            state = states.get(name, SourceState(name=name))
            if not source.enabled:
                self._clock.drop(name)
                continue
            if not jumped and source == old.get(name) and set_to.get(name) == state.next_due is not None:
                continue
            try:
                due = self._due(source, old.get(name), state)
            except UsageError as error:
                self._clock.drop(name)
                if self._refused.get(name) != str(error):
                    self._refused[name] = str(error)
                    tell("source refused", level=logging.ERROR, source=name, error=error)
                continue
            self._refused.pop(name, None)
            if state.next_due != due:
                await self._ask(self._store.sources.set_next_due, name, due)
            if name not in self._crawls and not self._stopping.is_set():
                self._clock.set(name, due)
        self._states = states
        if not self._looked:
            self._looked = True
            # Begun with all jobs there: each one added later is a look at all of them.
            self._clock.start()
            self._service.ready()
            tell("watching", sources=len(listed))

    async def _resume(self) -> None:
        """Go on with the books of an earlier life."""
        books = await self._ask(self._store.plans.get, BOOKS)
        if books is None:
            return
        try:
            self._agenda.resume(books)
        except UsageError as error:
            tell("budget's books not known", level=logging.WARNING, error=error)

    async def _keep_books(self) -> None:
        """Write down what of the budget was spent beyond the plan, or is owed."""
        if self._looked:
            await self._ask(self._store.plans.keep, BOOKS, self._agenda.books)

    async def _remember(self, listed: dict[str, Source]) -> None:
        """Hand the agenda what the store keeps of adaptive sources that it doesn't know yet."""
        unknown = sorted(self._agenda.unknown(listed))
        if not unknown:
            return
        learnt = await self._ask(self._store.sources.learnt, unknown[0] if len(unknown) == 1 else None)
        for name in unknown:
            try:
                self._agenda.watch(listed[name], learnt.get(name), self._now())
            except UsageError as error:
                tell("pace not known", level=logging.WARNING, source=name, error=error)

    def _clock_jumped(self) -> bool:
        """Whether the wall clock was set, or the machine slept, since the last look."""
        wall, steady = self._now(), time.monotonic()
        before, self._moved = self._moved, (wall, steady)
        if before is None:
            return False
        return abs((wall - before[0]).total_seconds() - (steady - before[1])) > JUMP

    def _due(self, source: Source, known: Source | None, state: SourceState) -> datetime:
        """When a source that is not being crawled is due (UTC)."""
        now, zone = self._now(), self._config.zone
        if known is not None and known.schedule != source.schedule:
            tell("source changed", source=source.name)
            return next_due(source, state.last_run, now, zone)
        if known is None and self._looked:
            tell("source watched", source=source.name, url=source.url)
        return planned(source, state.next_due, state.last_run, now, zone, failures=state.failures)

    async def _sweep(self) -> None:
        """Mark runs whose process died, and give their sources a run now."""
        for row in await self._ask(self._store.crawls.interrupted, self._now()):
            tell("run interrupted", level=logging.WARNING, run=row.id, source=row.source, since=row.started_at)
            if row.source is not None and row.kind is CrawlKind.SOURCE and row.source not in self._crawls:
                await self._ask(self._store.sources.set_next_due, row.source, self._now())

    async def _maintain(self) -> None:
        """Once a day, in a quiet minute: forget what the settings no longer keep, give space back.

        Where no minute is quiet for hours, only the forgetting, which stops nobody.
        """
        waited = time.monotonic() - self._maintained
        quiet = not self._crawls and not any(due < self._now() + QUIET for due in self._clock.due().values())
        if waited < MAINTAIN_EVERY or not (quiet or waited > MAINTAIN_EVERY + QUIET_PATIENCE):
            return
        began = time.monotonic()
        done = await self._ask(keep_up, self._store, self._config, self._now(), tidy=quiet)
        if "unfinished" not in done:
            self._maintained = time.monotonic()
        tell("store maintained", **done, seconds=round(time.monotonic() - began, 1))

    async def _renew(self) -> None:
        """Make sure of the lock; without it somebody else works on the store, and this life ends."""
        if not await self._ask(self._lock.renew):
            tell("another daemon took the store over", level=logging.ERROR)
            self._code = 1
            self._stopping.set()

    async def _ring(self, name: str, due: datetime) -> None:
        if name in self._crawls or self._stopping.is_set():
            return
        task = asyncio.create_task(self._turn(name, due))
        self._crawls[name] = task
        self._turns[name] = self._turns.get(name, 0) + 1
        task.add_done_callback(lambda done: self._turn_ended(name, done))

    def _turn_ended(self, name: str, task: asyncio.Task[None]) -> None:
        if self._crawls.get(name) is task:
            del self._crawls[name]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            tell("turn failed", level=logging.ERROR, source=name, error=error)

    async def _turn(self, name: str, due: datetime) -> None:
        """One source's turn: wait for a place, crawl, write down when it is due next."""
        async with self._slots, self._store_outage.turn(), self._network_outage.turn():
            source = self._sources.get(name)
            if source is None or not source.enabled or self._stopping.is_set():
                return
            self._running += 1
            try:
                report = await self._crawl(source, due)
            except StoreError as error:
                # What was due stays due.
                self._store_outage.failed("crawls", error)
                return
            finally:
                self._running -= 1
        if report is not None:
            await self._count(source, report)
            await self._note_outages(source, report)
            self._hubs.heard(name, report)
        ended = self._now()
        source = self._sources.get(name)
        # What a stop cut short is no failure, and stays due.
        if source is None or (self._stopping.is_set() if report is None else report.state is CrawlState.STOPPED):
            return
        try:
            upcoming = await self._following(source, due, ended, report)
        except UsageError as error:
            # Its schedule was changed meanwhile into one that can't be kept: the next look says so.
            tell("source refused", level=logging.ERROR, source=name, error=error)
            return
        await self._dues.keep((name, self._agenda.learnt(name), upcoming))
        # From here on it may ring again, before this task has quite ended.
        self._crawls.pop(name, None)
        self._turns[name] += 1
        if not self._stopping.is_set() and name in self._sources and self._sources[name].enabled:
            self._clock.set(name, upcoming)

    async def _following(self, source: Source, due: datetime, ended: datetime, report: CrawlReport | None) -> datetime:
        """When a source is due next (UTC), by what its run found."""
        if not source.schedule.adaptive and report is not None and report.state is CrawlState.DONE:
            return self._agenda.following(source, due, ended, report)
        appeared: list[datetime | None] = []
        if source.schedule.adaptive and report is not None and report.total("seen"):
            since = self._agenda.last_look(source.name)
            appeared = await self._ask(self._store.sources.appeared, source.name, since)
        failures, blocked = await self._ask(standing, self._store, source.name, host_of(source.url))
        return self._agenda.following(
            source,
            due,
            ended,
            report,
            appeared=appeared,
            failures=failures,
            blocked_until=blocked,
            pushed=self._hubs.delivers(source.name),
        )

    async def _tend_hubs(self) -> None:
        if self._looked:
            await self._hubs.tend(self._sources)

    async def _read_pushed(self, name: str, pushed: Pushed) -> bool:
        """Read what a hub delivered of a source, after a crawl of it that is under way, and by a look where that comes
        to nothing. False: a stop came before.
        """
        while (task := self._crawls.get(name)) is not None:
            await asyncio.wait([task])
        if self._stopping.is_set():
            return False
        reading = asyncio.create_task(self._pushed_turn(name, pushed))
        self._crawls[name] = reading
        self._turns[name] = self._turns.get(name, 0) + 1
        reading.add_done_callback(lambda done: self._turn_ended(name, done))
        await asyncio.wait([reading])
        # What rang meanwhile was passed over: the next look at the store sets the clock anew.
        self._turns[name] += 1
        return not self._stopping.is_set()

    async def _pushed_turn(self, name: str, pushed: Pushed) -> None:
        report: CrawlReport | None = None
        async with self._slots, self._store_outage.turn():
            source = self._sources.get(name)
            if source is None or not source.enabled or self._stopping.is_set():
                return
            self._running += 1
            try:
                report = await self._crawl(source, self._now(), pushed)
            except StoreError as error:
                self._store_outage.failed("crawls", error)
            finally:
                self._running -= 1
        if report is not None:
            await self._count(source, report)
        now, due = self._now(), self._clock.due().get(name)
        look = now if report is None or report.state in (CrawlState.FAILED, CrawlState.STOPPED) else None
        look = look or self._agenda.room(source, report, now)
        if look is not None and (due is None or look < due):
            await self._ask(self._store.sources.set_next_due, name, look)

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
            began = time.monotonic()
            tell("crawl" if pushed is None else "reading", source=source.name, due=due, attempt=attempt)
            try:
                report = await self._engines.crawl(order, seconds)
            except StoreError:
                if self._stopping.is_set():
                    return None
                raise
            except EngineDied as error:
                if self._stopping.is_set():
                    return None
                failure: Exception = error
                tell("engine died", level=logging.ERROR, source=source.name, attempt=attempt, error=error)
                await self._sweep()
                continue
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one source, the others go on
                if self._stopping.is_set():
                    return None
                failure = error
                tell("crawl failed", level=logging.ERROR, source=source.name, error=error)
                break
            if (trouble := store_trouble(report)) is not None:
                raise StoreError(trouble, source.name)
            self._telling.report(source, report, time.monotonic() - began, self._now())
            return report
        await self._ask(
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
        if self._store_outage.succeeded("crawls"):
            # Runs that could not write down their end are their process's, and end with it.
            self._engines.renew(self._config)
        received = report.total("bytes") + report.total("not_modified")
        if received:
            self._network_outage.succeeded()
        elif report.total("requests") and report.state is CrawlState.FAILED:
            errors = [error for count in report.counts for error in count.errors]
            self._network_outage.failed(host_of(source.url), errors[0] if errors else "no answer")

    async def _count(self, source: Source, report: CrawlReport) -> None:
        """Count what a crawl came to. What a first crawl finds was published before anybody asked."""
        self.tally.report(report)
        known = self._states.get(source.name)
        if report.total("new") and known is not None and known.last_success is not None:
            self.tally.discovered(await self._ask(self._store.articles.discovered, source.name, report.started_at))

    async def _ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A call of the store, off the event loop; tried again, with growing waits, while the store can't answer."""
        wait = FIRST_WAIT
        while True:
            try:
                answer = await asyncio.to_thread(call, *args, **kwargs)
            except StoreTooNew:
                raise
            except StoreError as error:
                if self._stopping.is_set():
                    raise
                self._store_outage.failed("daemon", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                self._store_outage.succeeded("daemon")
                return answer


def standing(store: Store, name: str, host: str) -> tuple[int, datetime | None]:
    """How often in a row a source found no door open, and until when its host wants to be left alone."""
    with store.together(write=False):
        return store.sources.failures(name), store.hosts.blocked_until(host)


def store_trouble(report: CrawlReport) -> str | None:
    """What the store refused in a crawl, `None`: nothing."""
    errors = [*report.errors, *(error for count in report.counts for error in count.errors)]
    return next((error for error in errors if error.startswith("store ")), None)


def _log(config: Config, *, quiet: bool) -> None:
    set_up(
        config.log_level,
        config.log_format,
        events=logging.WARNING if quiet else logging.INFO,
        file=config.log_file,
        file_bytes=config.log_file_bytes,
        files=config.log_files,
    )


def _tell_takeover(holder: Holder) -> None:
    tell("taking over", host=holder.host, pid=holder.pid, since=holder.since)


def _no_password(url: str) -> str:
    scheme, slashes, rest = url.partition("://")
    place = rest.rpartition("@")[2]
    return f"{scheme}{slashes}{place}"
