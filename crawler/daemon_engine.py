"""The daemon's engine process: kept warm, watched, replaced."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from crawler.config import Config
from crawler.crawls import Engine
from crawler.daemon_tally import Tally
from crawler.errors import EngineDied, PresswatchError
from crawler.items import CrawlOrder, CrawlReport
from crawler.logs import tell
from crawler.outage import FIRST_WAIT, LONGEST_WAIT
from crawler.request_meter import WINDOW
from crawler.wire import Vitals

# How often an engine is asked how it is, and how long it may take to say so: its loop never waits for a page, the store
# or the network, so one that is silent for longer hangs. Its crawls run again in a fresh one.
PING_EVERY = 5.0
PING_SECONDS = 15.0
# An engine that has grown finishes the crawls that it has; one grown so many times over is ended at once.
RUNAWAY = 2
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
        self._wait = 0.0
        self._not_before = 0.0
        self._failing = False

    async def crawl(self, order: CrawlOrder, seconds: float) -> CrawlReport:
        """Run one crawl. `EngineDied` when its engine ends, or lets `seconds` pass and is killed for it."""
        engine = await self._ready()
        self._users[engine] = self._users.get(engine, 0) + 1
        try:
            report = await asyncio.wait_for(engine.crawl(order), seconds)
        except TimeoutError as error:
            self._lost(engine, "crawl hung")
            raise EngineDied(
                f"crawl '{order.name}' hung for {seconds:.0f} s and its engine was ended; see the source's limits",
                order.name,
            ) from error
        except EngineDied:
            self._lost(engine, "died")
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
        """Start an engine before it is needed."""
        await self._ready()

    @property
    def alive(self) -> bool:
        """Whether the engine answers; one that is not needed yet, or not any more, is well."""
        return not self._users or time.monotonic() - self._answered < 2 * (PING_EVERY + PING_SECONDS)

    async def watch(self) -> None:
        """Ask each engine how it is: one that is silent is replaced at once, one that has grown after its crawls."""
        await asyncio.gather(*(self._ask(engine) for engine in list(self._users)))
        self._tally.engine_memory = sum(self._vitals[engine].memory for engine in self._users if engine in self._vitals)

    async def _ask(self, engine: Engine) -> None:
        try:
            vitals = await engine.ping(PING_SECONDS)
        except EngineDied as error:
            if engine in self._users:
                tell("engine does not answer", level=logging.ERROR, pid=engine.pid, error=error)
                self._lost(engine, "silent")
                if self._users.get(engine) == 0:
                    await self._close_if_idle(engine)
            return
        self._answered = time.monotonic()
        self._tally.vitals(self._vitals.get(engine, Vitals()), vitals)
        self._vitals[engine] = vitals
        limit = self._config.engine_memory * 1_000_000
        if limit and vitals.memory > limit and engine in self._users:
            await self._outgrown(engine, vitals.memory, limit)

    async def _outgrown(self, engine: Engine, memory: int, limit: int) -> None:
        facts: dict[str, Any] = {"pid": engine.pid, "memory": memory, "limit": limit, "crawls": self._users[engine]}
        if memory > RUNAWAY * limit:
            tell("engine ended, it uses too much memory", level=logging.ERROR, **facts)
            self._lost(engine, "memory")
        elif engine is self._engine:
            tell("engine is replaced, it has grown", **facts)
            self._engine = None
            self._tally.engine_losses["memory"] += 1
            await self._close_if_idle(engine)

    def renew(self, config: Config) -> None:
        """Use an engine of these settings from the next crawl on."""
        self._config = config
        self._engine = None
        for engine, users in list(self._users.items()):
            if users == 0:
                task = asyncio.create_task(self._close_if_idle(engine))
                task.add_done_callback(lambda done: done.exception())

    def refresh(self) -> None:
        """Use a fresh engine, of the same settings, from the next crawl on."""
        self.renew(self._config)

    async def stop_crawls(self) -> None:
        """Ask every crawl under way to end and keep what it has."""
        for engine in list(self._users):
            await engine.stop_crawls()

    async def close(self, seconds: float) -> None:
        """End all engines, killing those that are not gone within `seconds`."""
        for engine in list(self._users):
            if seconds <= 0:
                engine.kill()
            await engine.close(max(seconds, KILLED_SECONDS))
        self._users.clear()
        self._engine = None

    async def _ready(self) -> Engine:
        async with self._starting:
            while self._engine is None:
                await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
                engine = Engine(self._config, window=WINDOW)
                try:
                    await engine.start()
                except PresswatchError as error:
                    self._back_off()
                    if not self._failing:
                        self._failing = True
                        tell("engine does not start; trying again", level=logging.ERROR, error=error)
                    continue
                if self._failing:
                    self._failing = False
                    tell("engine starts again")
                self._users[engine] = 0
                self._engine = engine
                self._tally.engine_starts += 1
                self._answered = time.monotonic()
            return self._engine

    def _lost(self, engine: Engine, why: str) -> None:
        engine.kill()
        # Of many crawls that lose one engine, only the first makes the next start wait longer.
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
            await engine.close(self._config.drain)
