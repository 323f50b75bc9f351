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
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ParamSpec, TypeVar

from crawler.agenda import Agenda, host_of
from crawler.config import Config
from crawler.crawls import Engine
from crawler.errors import EngineDied, PresswatchError, StoreError, StoreTooNew, UsageError
from crawler.health import LEASE_SECONDS, DaemonLock
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, SourceState
from crawler.schedule import Clock, next_due, planned
from crawler.sources import Source
from storage import Store, open_store

P = ParamSpec("P")
T = TypeVar("T")

# How often the store is asked what changed; a person who adds a source sees it crawled within this many seconds.
LOOK_EVERY = 2.0
# A difference between wall clock and steady clock that slow scheduling of this process doesn't explain.
JUMP = 5.0
# How often runs of other processes are looked through for dead ones.
SWEEP_EVERY = 60.0
PRUNE_EVERY = 86_400.0
# Crawls under way at once. A crawl waits for its host most of the time (one request a second by default); the engine's
# own ceiling on requests keeps more of them from using more of the machine.
CRAWLS_AT_ONCE = 8
# A crawl that lets its own time limit pass by this much hangs: a page's deadline and a last answer fit in it.
OVERTIME = 60.0
# Runs of one source that may take an engine down with them before the source has to wait for its next moment.
ATTEMPTS = 2
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
# Waits for another writer are short, so that a stop is: what could not be asked is asked again.
BUSY_SECONDS = 5.0

log = logging.getLogger("presswatch.daemon")


def run(
    config: Config,
    *,
    reload: Callable[[], Config] | None = None,
    quiet: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Run until SIGTERM or SIGINT and return the exit code, 0 unless something forced the end.

    A first signal stops cleanly within `config.drain` seconds, a second one at once. SIGHUP calls `reload` for new
    settings and keeps the old ones when it raises. Each event is one line on standard error, with `quiet` only
    warnings. 1 when another daemon took the store over.
    `StoreBusy` when another daemon works on this store, `StoreError` when the store can't be opened.
    """
    _log_to_stderr(quiet=quiet)
    store = open_store(config.store, now=now, busy_timeout=BUSY_SECONDS)
    try:
        with DaemonLock(store, config.store, now()) as lock:
            return asyncio.run(Daemon(config, store, lock, reload=reload, now=now).serve())
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
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._store = store
        self._lock = lock
        self._code = 0
        self._reload = reload
        self._now = now
        self._clock = Clock(self._ring)
        self._agenda = Agenda(config)
        self._engines = WarmEngine(config)
        self._slots = asyncio.Semaphore(CRAWLS_AT_ONCE)
        self._stopping = asyncio.Event()
        self._at_once = asyncio.Event()
        self._sources: dict[str, Source] = {}
        self._crawls: dict[str, asyncio.Task[None]] = {}
        self._refused: dict[str, str] = {}
        self._turns: dict[str, int] = {}
        self._moved: tuple[datetime, float] | None = None
        self._store_away = False

    async def serve(self) -> int:
        """Run crawls until a signal comes; the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, signal.Signals(number).name)
        loop.add_signal_handler(signal.SIGHUP, self._reload_config)
        tell("started", pid=os.getpid(), host=socket.gethostname(), store=_no_password(self._config.store))
        try:
            self._clock.start()
            chores = [
                asyncio.create_task(self._repeat(self._look, LOOK_EVERY)),
                asyncio.create_task(self._repeat(self._sweep, SWEEP_EVERY)),
                asyncio.create_task(self._repeat(self._prune, PRUNE_EVERY)),
                asyncio.create_task(self._repeat(self._renew, LEASE_SECONDS / 3)),
            ]
            await self._stopping.wait()
            await self._drain(chores)
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)
                # One more signal must not turn an end in good order into a death by signal.
                signal.signal(number, signal.SIG_IGN)
        tell("stopped")
        return self._code

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
        for chore in chores:
            chore.cancel()
        deadline = time.monotonic() + self._config.drain
        patience = asyncio.create_task(self._at_once.wait())
        stop = asyncio.create_task(self._engines.stop_crawls())
        pending: set[asyncio.Task[object]] = {stop, *self._crawls.values()}
        while pending and not self._at_once.is_set() and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait({*pending, patience}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            pending = {task for task in pending if not task.done()}
        if self._crawls:
            tell("cut short", level=logging.WARNING, sources=",".join(sorted(self._crawls)))
        patience.cancel()
        stop.cancel()
        left = max(0.0, deadline - time.monotonic())
        await self._engines.close(0.0 if self._at_once.is_set() or self._crawls else max(1.0, left))
        ending = [*chores, *self._crawls.values(), stop, patience]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _reload_config(self) -> None:
        if self._reload is None:
            return
        try:
            fresh = self._reload()
        except (PresswatchError, OSError) as error:
            tell("settings refused", level=logging.WARNING, error=error)
            return
        if fresh.store != self._config.store:
            tell("settings: another store needs a restart", level=logging.WARNING, store=_no_password(fresh.store))
            fresh = replace(fresh, store=self._config.store)
        self._config = fresh
        self._agenda.renew(fresh)
        self._engines.renew(fresh)
        tell("settings reloaded")

    async def _repeat(self, chore: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Do a chore now and every so many seconds; what goes wrong in one round is told and ends only that round."""
        while not self._stopping.is_set():
            try:
                await chore()
            except PresswatchError as error:
                tell("chore failed", level=logging.ERROR, error=error)
            try:
                await asyncio.wait_for(self._stopping.wait(), seconds)
            except TimeoutError:
                continue

    async def _look(self) -> None:
        """See what sources there are and set the clock for those that are new, changed, or asked for sooner."""
        turns = dict(self._turns)
        listed = {source.name: source for source in await self._ask(self._store.sources.list)}
        states = {state.name: state for state in await self._ask(self._store.sources.states)}
        self._clock.look()
        jumped = self._clock_jumped()
        set_to = self._clock.due()
        for name in self._sources.keys() - listed.keys():
            self._clock.drop(name)
            self._refused.pop(name, None)
            tell("source removed", source=name)
        old, self._sources = self._sources, listed
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
        if known is None:
            tell("source watched", source=source.name, url=source.url)
        return planned(source, state.next_due, state.last_run, now, zone)

    async def _sweep(self) -> None:
        """Mark runs whose process died, and give their sources a run now."""
        for row in await self._ask(self._store.crawls.interrupted, self._now()):
            tell("run interrupted", level=logging.WARNING, run=row.id, source=row.source, since=row.started_at)
            if row.source is not None and row.kind is CrawlKind.SOURCE and row.source not in self._crawls:
                await self._ask(self._store.sources.set_next_due, row.source, self._now())

    async def _prune(self) -> None:
        """Forget raw pages older than the settings allow."""
        before = self._now() - timedelta(days=self._config.keep_pages_days)
        await self._ask(self._store.pages.prune, before)

    async def _renew(self) -> None:
        """Keep the daemon's lease up; without it somebody else works on the store, and this life ends."""
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
        async with self._slots:
            source = self._sources.get(name)
            if source is None or not source.enabled or self._stopping.is_set():
                return
            report = await self._crawl(source, due)
        ended = self._now()
        source = self._sources.get(name)
        if source is None or (report is not None and report.state is CrawlState.STOPPED):
            return
        try:
            upcoming = await self._following(source, due, ended, report)
        except UsageError as error:
            # Its schedule was changed meanwhile into one that can't be kept: the next look says so.
            tell("source refused", level=logging.ERROR, source=name, error=error)
            return
        learnt = self._agenda.learnt(name)
        if learnt is None:
            await self._ask(self._store.sources.set_next_due, name, upcoming)
        else:
            await self._ask(self._store.sources.learn, name, learnt, upcoming)
        # From here on it may ring again, before this task has quite ended.
        self._crawls.pop(name, None)
        self._turns[name] += 1
        if not self._stopping.is_set() and name in self._sources and self._sources[name].enabled:
            self._clock.set(name, upcoming)

    async def _following(self, source: Source, due: datetime, ended: datetime, report: CrawlReport | None) -> datetime:
        """When a source is due next (UTC), by what its run found."""
        if not source.schedule.adaptive:
            return self._agenda.following(source, due, ended, report)
        appeared: list[datetime | None] = []
        if report is not None and report.total("seen"):
            since = self._agenda.last_look(source.name)
            appeared = await self._ask(self._store.sources.appeared, source.name, since)
        failures = await self._ask(self._store.sources.failures, source.name)
        blocked = await self._ask(self._store.hosts.blocked_until, host_of(source))
        return self._agenda.following(
            source, due, ended, report, appeared=appeared, failures=failures, blocked_until=blocked
        )

    async def _crawl(self, source: Source, due: datetime) -> CrawlReport | None:
        """Crawl one source, again in a fresh engine when the first one died; `None` when no run came to its end."""
        seconds = source.limits.max_seconds + OVERTIME
        for attempt in range(1, ATTEMPTS + 1):
            order = CrawlOrder(
                kind=CrawlKind.SOURCE, name=source.name, sources=(source.name,), due_at=due, attempt=attempt
            )
            began = time.monotonic()
            tell("crawl", source=source.name, due=due, attempt=attempt)
            try:
                report = await self._engines.crawl(order, seconds)
            except EngineDied as error:
                if self._stopping.is_set():
                    return None
                failure: Exception = error
                tell("engine died", level=logging.ERROR, source=source.name, attempt=attempt, error=error)
                await self._sweep()
                continue
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one source, the others go on
                failure = error
                tell("crawl failed", level=logging.ERROR, source=source.name, error=error)
                break
            _tell_report(source.name, report, time.monotonic() - began)
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
                if not self._store_away:
                    self._store_away = True
                    tell("store does not answer; trying again", level=logging.WARNING, error=error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                if self._store_away:
                    self._store_away = False
                    tell("store answers again")
                return answer


class WarmEngine:
    """Keeps one engine process warm: started when first needed, replaced with growing waits when it dies.

    An engine of older settings finishes the crawls that it has and is then closed.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._engine: Engine | None = None
        self._users: dict[Engine, int] = {}
        self._starting = asyncio.Lock()
        self._wait = 0.0
        self._not_before = 0.0

    async def crawl(self, order: CrawlOrder, seconds: float) -> CrawlReport:
        """Run one crawl. `EngineDied` when its engine ends, or lets `seconds` pass and is killed for it."""
        engine = await self._ready()
        self._users[engine] = self._users.get(engine, 0) + 1
        try:
            report = await asyncio.wait_for(engine.crawl(order), seconds)
        except TimeoutError as error:
            self._lost(engine)
            raise EngineDied(
                f"crawl '{order.name}' hung for {seconds:.0f} s and its engine was ended; see the source's limits",
                order.name,
            ) from error
        except EngineDied:
            self._lost(engine)
            raise
        else:
            self._wait = 0.0
            return report
        finally:
            self._users[engine] -= 1
            await self._close_if_idle(engine)

    def renew(self, config: Config) -> None:
        """Use an engine of these settings from the next crawl on."""
        self._config = config
        self._engine = None
        for engine, users in list(self._users.items()):
            if users == 0:
                task = asyncio.create_task(self._close_if_idle(engine))
                task.add_done_callback(lambda done: done.exception())

    async def stop_crawls(self) -> None:
        """Ask every crawl under way to end and keep what it has."""
        for engine in list(self._users):
            await engine.stop_crawls()

    async def close(self, seconds: float) -> None:
        """End all engines, killing those that are not gone within `seconds`."""
        for engine in list(self._users):
            if seconds > 0:
                await engine.close(seconds)
            else:
                engine.kill()
        self._users.clear()
        self._engine = None

    async def _ready(self) -> Engine:
        async with self._starting:
            while self._engine is None:
                await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
                engine = Engine(self._config)
                try:
                    await engine.start()
                except PresswatchError as error:
                    self._back_off()
                    tell("engine does not start", level=logging.ERROR, error=error, wait=self._wait)
                    continue
                self._users[engine] = 0
                self._engine = engine
            return self._engine

    def _lost(self, engine: Engine) -> None:
        engine.kill()
        # Of many crawls that lose one engine, only the first makes the next start wait longer.
        if self._engine is engine:
            self._engine = None
            self._back_off()

    def _back_off(self) -> None:
        self._wait = min(max(FIRST_WAIT, self._wait * 2), LONGEST_WAIT)
        self._not_before = time.monotonic() + self._wait

    async def _close_if_idle(self, engine: Engine) -> None:
        if engine is not self._engine and self._users.get(engine) == 0:
            del self._users[engine]
            await engine.close(self._config.drain)


def tell(event: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Log one event as a line of ``key=value`` pairs; times in ISO 8601, texts quoted where they need it."""
    log.log(level, "%s", " ".join([f"event={_word(event)}", *(f"{key}={_word(fact)}" for key, fact in facts.items())]))


def _word(fact: object) -> str:
    text = fact.isoformat(timespec="seconds") if isinstance(fact, datetime) else "-" if fact is None else str(fact)
    text = " ".join(text.split())
    plain = text and all(char.isprintable() and char not in ' "=' for char in text)
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _tell_report(name: str, report: CrawlReport, seconds: float) -> None:
    counts = {key: report.total(key) for key in ("seen", "new", "updated", "copies", "failed", "requests")}
    level = logging.INFO if report.state in (CrawlState.DONE, CrawlState.STOPPED) else logging.WARNING
    errors = {"error": report.errors[0]} if report.errors else {}
    tell("crawled", level=level, source=name, state=report.state, **counts, seconds=round(seconds, 1), **errors)


def _no_password(url: str) -> str:
    scheme, slashes, rest = url.partition("://")
    place = rest.rpartition("@")[2]
    return f"{scheme}{slashes}{place}"


class _Line(logging.Formatter):
    """``time=… level=… event=…`` in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return f"time={moment} level={record.levelname.lower()} {record.getMessage()}"


def _log_to_stderr(*, quiet: bool) -> None:
    """The daemon's own events are what it has to say: they are shown whatever the level for libraries is."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.WARNING if quiet else logging.INFO)
