"""The daemon: runs each source's crawl when it is due, for months, one daemon a store.

It is the clock's master and the engine's customer: `crawler.schedule` rings, `crawler.crawls` runs crawls by name in a
process of its own, the store remembers. Turns of sources are in `crawler.daemon_turns`, the look at what sources there
are in `crawler.daemon_roster`.
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
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crawler.agenda import Agenda
from crawler.config import Config
from crawler.daemon_engine import PING_EVERY, WarmEngine
from crawler.daemon_hubs import TEND_EVERY
from crawler.daemon_lock import RENEW_EVERY, DaemonLock, Holder, refuse_lost
from crawler.daemon_roster import BOOKS_EVERY, LOOK_EVERY, LOOK_SHARE, Roster
from crawler.daemon_signals import Signals
from crawler.daemon_store import FileWatch, StoreCalls
from crawler.daemon_tally import Tally
from crawler.daemon_telling import Telling
from crawler.daemon_turns import Turns
from crawler.errors import ConfigError, PresswatchError, StoreError
from crawler.event_loop import loop_factory
from crawler.health import Health, look
from crawler.logs import set_up, tell
from crawler.malloc import share_one_heap
from crawler.outage import Outage
from crawler.sd_notify import ServiceManager
from crawler.upkeep import LogBound, keep_up
from crawler.vital_signs import BOOK, SIGNS_EVERY, VitalSigns, to_plain
from storage import Older, Store, open_store

if TYPE_CHECKING:
    from crawler.daemon_http import HealthServer
    from crawler.metrics import Present

LONGEST_PAUSE = 30.0
STATUS_EVERY = 10.0
# So many hosts in a row without an answer from any: it is the network that is away, or its names.
SILENT_SOURCES = 5
# How often runs are looked through for dead ones: those of other processes, or that could not write down their end.
SWEEP_EVERY = 20.0
# How often the store's file is looked for, and its log measured.
FILE_EVERY, LOG_EVERY = 1.0, 30.0
# The store is maintained once a day, for the first time some minutes after the start, in a minute in which nothing is
# crawled or due; it is not waited for longer than some hours.
MAINTAIN_EVERY, FIRST_MAINTENANCE, QUIET_PATIENCE = 86_400.0, 600.0, 21_600.0
MAINTAIN_LOOK = 30.0
QUIET = timedelta(minutes=1)
# What a stop may take besides the drain (an engine that is killed, a store that is busy), and after how much more than
# the drain whatever still hangs is left behind.
STOP_SECONDS, HUNG_SECONDS = 15.0, 10.0
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
    Where another store takes the place of an SQLite file it goes on with that.
    `StoreBusy` when another daemon works on this store, `NoStore` when it waits for the store's file, which is gone,
    `StoreError` when the store can't be opened.
    """
    share_one_heap()
    _log(config, quiet=quiet)
    refuse_lost(config.store)
    service, anew = ServiceManager(), False
    with Signals() as signals:
        while True:
            store = open_store(config.store, now=now, busy_timeout=BUSY_SECONDS, create=not anew, older=Older.LEAVE)
            try:
                store.prefer_wal()  # before the lock notes which log is the file's
                patience = config.drain + STOP_SECONDS if takeover and not anew else None
                anew = False
                with (
                    DaemonLock(store, config.store, now(), takeover=patience, asked=_tell_takeover) as lock,
                    asyncio.Runner(loop_factory=loop_factory()) as runner,
                ):
                    store.upgrade()  # an older daemon on it has stopped
                    daemon = Daemon(config, store, lock, signals, service, reload=reload, quiet=quiet, now=now)
                    code = runner.run(daemon.serve())
                    anew, config = daemon.begins_anew, daemon.config
            finally:
                if not anew:
                    store.close()
            if not anew:
                return code
            if (log := store.leave()) is not None:
                tell("the log of the store that was replaced is kept", level=logging.WARNING, file=log)


class Daemon:
    """One life of the daemon: `serve` it once. The caller holds the lock and closes the store.

    A life ends with its store's file: where another store lies in its place the caller `begins_anew` with that.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        lock: DaemonLock,
        signals: Signals,
        service: ServiceManager,
        *,
        reload: Callable[[], Config] | None = None,
        quiet: bool = False,
        now: Callable[[], datetime],
    ) -> None:
        self._quiet = quiet
        self.config = config
        self._store = store
        self._lock = lock
        self._signals = signals
        self._code = 0
        self._reload = reload
        self._now = now
        self.tally = Tally()
        self._agenda = Agenda(config)
        self._engines = WarmEngine(config, self.tally)
        self._service = service
        self._server: HealthServer | None = None
        self._listening = asyncio.Lock()
        self._moves: set[asyncio.Task[None]] = set()
        self._started = now()
        self._stopping = asyncio.Event()
        self._at_once = asyncio.Event()
        self._maintained = time.monotonic() - MAINTAIN_EVERY + FIRST_MAINTENANCE
        self.begins_anew = False
        self._calls = StoreCalls(self._stopping)
        self._calls.outage.on_back += [self._engines.refresh, self._store_is_back]
        self._file = FileWatch(store, self._calls, self._begin_anew)
        self._log = LogBound(store)
        self._network = Outage(
            "network does not answer; trying again", "network answers again", self._stopping, enough=SILENT_SOURCES
        )
        telling = Telling()
        self._turns = Turns(
            config,
            store,
            self._calls,
            agenda=self._agenda,
            engines=self._engines,
            network=self._network,
            tally=self.tally,
            telling=telling,
            stopping=self._stopping,
            now=now,
        )
        self._roster = Roster(
            config,
            store,
            self._calls,
            turns=self._turns,
            agenda=self._agenda,
            telling=telling,
            ready=self._watching,
            stopping=self._stopping,
            now=now,
        )

    async def serve(self) -> int:
        """Run crawls until a signal comes; the exit code."""
        tell("started", pid=os.getpid(), host=socket.gethostname(), store=_no_password(self.config.store))
        await self._listen(self.config.listen)
        life = asyncio.create_task(self._show_life())
        try:
            chores = [
                asyncio.create_task(self._engines.warm()),
                asyncio.create_task(self._repeat(self._file.look, FILE_EVERY)),
                asyncio.create_task(self._repeat(self._bound_log, LOG_EVERY)),
                asyncio.create_task(self._repeat(self._roster.look, LOOK_EVERY, LOOK_SHARE)),
                asyncio.create_task(self._repeat(self._turns.sweep, SWEEP_EVERY)),
                asyncio.create_task(self._repeat(self._maintain, MAINTAIN_LOOK)),
                asyncio.create_task(self._repeat(self._roster.keep_books, BOOKS_EVERY)),
                asyncio.create_task(self._repeat(self._give_sign, SIGNS_EVERY)),
                asyncio.create_task(self._repeat(self._tend_hubs, TEND_EVERY)),
                asyncio.create_task(self._repeat(self._renew, RENEW_EVERY)),
                asyncio.create_task(self._repeat(self._engines.watch, PING_EVERY)),
            ]
            self._signals.patience = self.config.drain + HUNG_SECONDS
            self._signals.attach(self._hear)
            await self._stopping.wait()
            if not self.begins_anew:
                self._service.stopping()
            await self._drain(chores)
        finally:
            life.cancel()
            await self._turns.hubs.close()
            await self._listen("")
            self._signals.detach()
        if not self.begins_anew:
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
            turns = self._turns
            status = f"{len(turns.sources)} sources, {turns.running} crawls under way, {turns.waiting} waiting"
            if (wrong := self.unready() or self.ailment()) is not None:
                status = f"{wrong}; {status}"
            if status != told:
                told = status
                self._service.status(status)
                self._lock.say(wrong)
            await asyncio.sleep(min(STATUS_EVERY, watchdog / 2 if watchdog else STATUS_EVERY))

    async def _watching(self) -> None:
        self._service.ready()
        await self._sign_now()

    def _store_is_back(self) -> None:
        sign = asyncio.create_task(self._sign_now())
        self._moves.add(sign)
        sign.add_done_callback(self._moves.discard)

    async def _sign_now(self) -> None:
        """So that nobody is told for half a minute more of a trouble that is over."""
        with suppress(StoreError):
            self._lock.say(self.unready() or self.ailment())
            await self._give_sign()

    async def _give_sign(self) -> None:
        """Write down that this life goes on, and how."""
        await self._calls(self._keep_sign)

    def _keep_sign(self) -> None:
        """Blocks. Made up as it is written: of a store that was away for long it tells how it is now."""
        signs = VitalSigns(
            at=self._now(),
            since=self._started,
            pid=os.getpid(),
            host=socket.gethostname(),
            running=self._turns.running,
            waiting=self._turns.waiting,
            engine_starts=self.tally.engine_starts,
            engine_losses=dict(self.tally.engine_losses),
            trouble=self.unready() or self.ailment(),
        )
        self._store.plans.keep(BOOK, to_plain(signs))

    def present(self) -> Present:
        """What is under way, for `/metrics`."""
        from crawler.metrics import Present

        return Present(
            running=self._turns.running,
            waiting=self._turns.waiting,
            sources=len(self._turns.sources),
            started=self._started.timestamp(),
            store_away=self._calls.outage.away,
        )

    def ailment(self) -> str | None:
        """What is wrong with the process itself; `None`: nothing."""
        return None if self._engines.alive else "the engine does not answer"

    def unready(self) -> str | None:
        """Why nothing is crawled now; `None`: it is."""
        if self._stopping.is_set():
            return "stopping"
        if self._calls.outage.away:
            return f"the store does not answer, and is asked again within a minute: {self._calls.outage.reason}"
        if (trouble := self._engines.trouble) is not None:
            return trouble
        if self._network.away:
            return "the network does not answer"
        return None if self._roster.looked else "starting"

    def gather(self) -> Health:
        """What the store tells; blocks."""
        return look(self._store, self.config, self._now())

    def _hear(self, number: signal.Signals) -> None:
        if number is signal.SIGHUP:
            self._reload_config()
        elif self._stopping.is_set() and not self.begins_anew:
            tell("stopping at once", signal=number.name)
            self._at_once.set()
        else:
            tell("stopping", signal=number.name, crawls=len(self._turns.under_way), drain=self.config.drain)
            self.begins_anew = False
            self._stopping.set()

    async def _drain(self, chores: list[asyncio.Task[None]]) -> None:
        """Let crawls under way end within `drain` seconds, or until a second signal; then end them."""
        deadline = time.monotonic() + self.config.drain
        self._turns.clock.stop()
        for chore in chores:
            chore.cancel()
        patience = asyncio.create_task(self._at_once.wait())
        stop = asyncio.create_task(self._engines.stop_crawls())
        books = asyncio.create_task(self._roster.keep_books())
        pending: set[asyncio.Task[object]] = {stop, books, *self._turns.under_way.values()}
        while pending and not self._at_once.is_set() and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait({*pending, patience}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            pending = {task for task in pending if not task.done()}
        cut_short = bool(self._turns.under_way)
        if cut_short:
            tell("cut short", level=logging.WARNING, sources=",".join(sorted(self._turns.under_way)))
        patience.cancel()
        stop.cancel()
        left = max(0.0, deadline - time.monotonic())
        await self._engines.close(0.0 if self._at_once.is_set() or cut_short else max(1.0, left))
        ending = [*chores, *self._turns.under_way.values(), stop, books, patience]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        if cut_short:
            with suppress(StoreError):
                await self._turns.sweep()

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
        if fresh.store != self.config.store:
            tell("settings: another store needs a restart", level=logging.WARNING, store=_no_password(fresh.store))
            fresh = replace(fresh, store=self.config.store)
        try:
            _log(fresh, quiet=self._quiet)
        except ConfigError as error:
            tell("settings refused", level=logging.WARNING, error=error)
            return
        changed = [one.name for one in fields(fresh) if getattr(fresh, one.name) != getattr(self.config, one.name)]
        self.config = fresh
        self._signals.patience = fresh.drain + HUNG_SECONDS
        self._agenda.renew(fresh)
        self._engines.renew(fresh)
        self._turns.renew(fresh)
        self._roster.renew(fresh)
        move = asyncio.create_task(self._listen_elsewhere(fresh.listen))
        self._moves.add(move)
        move.add_done_callback(self._moves.discard)
        tell("settings reloaded", changed=",".join(changed) or None)

    async def _repeat(self, chore: Callable[[], Awaitable[None]], seconds: float, share: float = 1.0) -> None:
        """Do a chore now and every so many seconds; what goes wrong in one round is told and ends only that round.

        `share` is the part of the time that the chore may take: a longer one is done less often.
        """
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await chore()
            except Exception as error:  # noqa: BLE001 - a defect in one chore must not end it for the months to come
                if not self._given_up(error):
                    tell("chore failed", level=logging.ERROR, error=f"{type(error).__name__}: {error}")
            pause = max(seconds, min(LONGEST_PAUSE, (time.monotonic() - began) * (1 / share - 1)))
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                continue

    def _given_up(self, error: Exception) -> bool:
        """Whether it is only that a stop waits for no store."""
        return self._stopping.is_set() and isinstance(error, StoreError)

    def _begin_anew(self, event: str) -> None:
        if not self._stopping.is_set():
            tell(event, level=logging.WARNING)
            self.begins_anew = True
            self._stopping.set()

    async def _bound_log(self) -> None:
        await self._calls(self._log.look)

    async def _maintain(self) -> None:
        """Once a day, in a quiet minute: forget what the settings no longer keep, give space back.

        Where no minute is quiet for hours, only the forgetting, which stops nobody.
        """
        waited = time.monotonic() - self._maintained
        quiet = not self._turns.under_way and not any(
            due < self._now() + QUIET for due in self._turns.clock.due().values()
        )
        if waited < MAINTAIN_EVERY or not (quiet or waited > MAINTAIN_EVERY + QUIET_PATIENCE):
            return
        began = time.monotonic()
        done = await self._calls(keep_up, self._store, self.config, self._now(), tidy=quiet)
        if "unfinished" not in done:
            self._maintained = time.monotonic()
        tell("store maintained", **done, seconds=round(time.monotonic() - began, 1))

    async def _renew(self) -> None:
        """Make sure of the lock; without it somebody else works on the store, and this life ends."""
        if not await self._calls(self._lock.renew):
            tell("another daemon took the store over", level=logging.ERROR)
            self._code = 1
            self._stopping.set()

    async def _tend_hubs(self) -> None:
        if self._roster.looked:
            await self._turns.hubs.tend(self._turns.sources)


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
