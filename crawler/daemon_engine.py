"""The daemon's engine process: kept warm, watched, replaced."""

from __future__ import annotations

import asyncio
import logging
import time

from crawler.config import Config
from crawler.crawls import Engine
from crawler.errors import EngineDied, PresswatchError
from crawler.items import CrawlOrder, CrawlReport
from crawler.logs import tell

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0


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
