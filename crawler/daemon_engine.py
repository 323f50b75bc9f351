"""The daemon's engine process: kept warm, watched, replaced."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import replace
from weakref import WeakSet

from crawler.config import Config
from crawler.crawls import Engine
from crawler.daemon_tally import Tally
from crawler.errors import EngineDied, EngineSlow, PresswatchError, StoreError
from crawler.items import CrawlOrder, CrawlReport
from crawler.logs import tell
from crawler.outage import FIRST_WAIT, LONGEST_WAIT
from crawler.patience import LONGEST_START, Patience
from crawler.request_meter import WINDOW
from crawler.wire import Vitals

# How often an engine is asked how it is, and how long it may take to say so: its loop never waits for a page, the store
# or the network, so one that is silent for longer hangs. Its crawls run again in a fresh one.
PING_EVERY = 5.0
PING_SECONDS = 15.0
# An engine that has grown finishes the crawls that it has; one grown so many times over is ended at once.
RUNAWAY = 2
# Settings that an engine is told while it works, or that are none of its business.
NOT_THE_ENGINES = ("budget", "host_budget", "source_budget", "looks", "host_looks", "listen")
# While a start waits, how late it sees that it is not wanted any more.
ENDING_LOOK = 0.5
# What a killed process needs to be gone.
KILLED_SECONDS = 1.0


class WarmEngine:
    """Keeps one engine process warm: started when first needed, replaced with growing waits when it dies.

    An engine of older settings finishes the crawls that it has and is then closed.
    """

    def __init__(self, config: Config, tally: Tally) -> None:
        self._config = config
        self._tally = tally
        self._vitals: dict[Engine, Vitals] = {}
        self._answered = time.monotonic()
        self._engine: Engine | None = None
        self._users: dict[Engine, int] = {}
        self._starting = asyncio.Lock()
        self._beginning: Engine | None = None
        self._leaving: set[Engine] = set()
        self._lost_ones: WeakSet[Engine] = WeakSet()
        self._ending = False
        self._refusal: tuple[float, StoreError] | None = None
        self._wait = 0.0
        self._not_before = 0.0
        self._patience = Patience()
        self._failing: str | None = None

    async def crawl(self, order: CrawlOrder, seconds: float) -> CrawlReport:
        """Run one crawl. `EngineDied` when its engine ends, or lets `seconds` pass and is killed for it; `StoreError`
        when an engine can't open the store.
        """
        engine = await self._ready()
        self._users[engine] = self._users.get(engine, 0) + 1
        try:
            report = await asyncio.wait_for(engine.crawl(order), seconds)
        except TimeoutError as error:
            hung = EngineDied(
                f"crawl '{order.name}' hung for {seconds:.0f} s and its engine was ended; see the source's limits",
                order.name,
            )
            self._lost(engine, "crawl hung", error=hung)
            raise hung from error
        except EngineDied as error:
            self._lost(engine, "died", error=error)
            raise
        else:
            self._wait = 0.0
            return report
        finally:
            # A stop that has ended all engines keeps no count of them.
            if engine in self._users:
                self._users[engine] -= 1
                await self._close_if_idle(engine)

    async def warm(self) -> None:
        """Start an engine before it is needed; one that the store keeps from starting is left to the first crawl."""
        with suppress(StoreError):
            await self._ready()

    @property
    def alive(self) -> bool:
        """Whether the engine answers; one that is not needed yet, or not any more, is well."""
        return not self._users or time.monotonic() - self._answered < 2 * (PING_EVERY + PING_SECONDS)

    @property
    def trouble(self) -> str | None:
        """Why no crawl begins; `None`: nothing keeps them from it."""
        return f"the engine does not start: {self._failing}" if self._failing is not None else None

    async def watch(self) -> None:
        """Ask each engine how it is: one that is silent is replaced at once, one that has grown after its crawls."""
        await asyncio.gather(*(self._ask(engine) for engine in list(self._users)))
        self._tally.engine_memory = sum(self._vitals[engine].memory for engine in self._users if engine in self._vitals)

    async def _ask(self, engine: Engine) -> None:
        try:
            vitals = await engine.ping(PING_SECONDS)
        except EngineDied as error:
            if engine in self._users:
                event = "engine died" if engine.pid is None else "engine does not answer"
                self._lost(engine, "silent", event, error=error)
                await self._close_if_idle(engine)
            return
        self._answered = time.monotonic()
        self._tally.vitals(self._vitals.get(engine, Vitals()), vitals)
        self._vitals[engine] = vitals
        limit = self._config.engine_memory * 1_000_000
        if limit and vitals.memory > limit and engine in self._users:
            await self._outgrown(engine, vitals.memory, limit)

    async def _outgrown(self, engine: Engine, memory: int, limit: int) -> None:
        if memory > RUNAWAY * limit:
            self._lost(engine, "memory", "engine ended, it uses too much memory", memory=memory, limit=limit)
        elif engine is self._engine:
            crawls = self._users[engine]
            tell("engine is replaced, it has grown", pid=engine.pid, memory=memory, limit=limit, crawls=crawls)
            self._engine = None
            self._tally.engine_losses["memory"] += 1
            await self._close_if_idle(engine)

    def renew(self, config: Config) -> None:
        """Use an engine of these settings from the next crawl on. Budgets bind those that there are as well, at once;
        where nothing but them was changed they go on.
        """
        before, self._config = self._config, config
        for engine in self._users:
            engine.bound(config)
        if _told(before, config):
            return
        self._engine = None
        for engine, users in list(self._users.items()):
            if users == 0:
                task = asyncio.create_task(self._close_if_idle(engine))
                task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def refresh(self) -> None:
        """Use a fresh engine, of the same settings, from the next crawl on."""
        self.renew(self._config)

    async def stop_crawls(self) -> None:
        """Ask every crawl under way to end and keep what it has; none begins any more."""
        self._end()
        for engine in list(self._users):
            await engine.stop_crawls()

    async def close(self, seconds: float) -> None:
        """End all engines, killing those that are not gone within `seconds`."""
        self._end()
        engines = [*self._users, *self._leaving]
        if seconds <= 0:
            # Whoever was killed for a stop has not died of anything worth telling.
            self._lost_ones.update(engines)
            for engine in engines:
                engine.kill()
        await asyncio.gather(*(engine.close(max(seconds, KILLED_SECONDS)) for engine in engines))
        self._users.clear()
        self._engine = None

    def _end(self) -> None:
        """One that is just beginning would begin crawls that nobody stops."""
        self._ending = True
        if self._beginning is not None:
            self._beginning.kill()

    async def _ready(self) -> Engine:
        asked = time.monotonic()
        async with self._starting:
            # Of many crawls that wait for one start all are told why it failed, and none tries again by itself.
            if self._engine is None and self._refusal is not None and self._refusal[0] > asked:
                raise self._refusal[1]
            while self._engine is None:
                if self._ending:
                    raise EngineDied("no engine is started any more, the daemon stops")
                if (left := self._not_before - time.monotonic()) > 0:
                    await asyncio.sleep(min(left, ENDING_LOOK))
                    continue
                config = self._config
                engine = self._beginning = Engine(config, window=WINDOW, create=False)
                began = time.monotonic()
                try:
                    await engine.start(self._patience.seconds)
                except StoreError as error:
                    self._refusal = time.monotonic(), error
                    raise
                except PresswatchError as error:
                    self._back_off()
                    slow = isinstance(error, EngineSlow)
                    if slow:
                        self._patience.ran_out()
                    if self._failing is None and not self._ending:
                        longest = {"patience_up_to": LONGEST_START} if slow else {}
                        tell("engine does not start; trying again", level=logging.ERROR, error=error, **longest)
                    self._failing = str(error)
                    continue
                finally:
                    self._beginning = None
                if self._config != config:
                    engine.bound(self._config)
                    if not _told(config, self._config):
                        await engine.close(KILLED_SECONDS)
                        continue
                took = time.monotonic() - began
                self._patience.started(took)
                if self._failing is not None:
                    self._failing = None
                    tell("engine starts again", seconds=round(took, 1))
                self._users[engine] = 0
                self._engine = engine
                self._tally.engine_starts += 1
                self._answered = time.monotonic()
            return self._engine

    def _lost(self, engine: Engine, why: str, event: str = "engine died", **facts: object) -> None:
        """An engine is of no use any more. Of many crawls that lose it only the first tells, and makes the next start
        wait longer.
        """
        if engine in self._lost_ones:
            return
        self._lost_ones.add(engine)
        tell(event, level=logging.ERROR, pid=engine.started_as, crawls=self._users.get(engine, 0), **facts)
        engine.kill()
        if self._engine is engine:
            self._engine = None
            self._tally.engine_losses[why] += 1
            self._back_off()

    def _back_off(self) -> None:
        self._wait = min(max(FIRST_WAIT, self._wait * 2), LONGEST_WAIT)
        self._not_before = time.monotonic() + self._wait

    async def _close_if_idle(self, engine: Engine) -> None:
        if engine is not self._engine and self._users.get(engine) == 0:
            del self._users[engine]
            self._vitals.pop(engine, None)
            self._leaving.add(engine)
            try:
                await engine.close(self._config.drain)
            finally:
                self._leaving.discard(engine)


def _told(before: Config, after: Config) -> bool:
    """Whether only such settings were changed as an engine is told, or need not know."""
    return before != after and replace(before, **{name: getattr(after, name) for name in NOT_THE_ENGINES}) == after
