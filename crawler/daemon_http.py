"""What the daemon answers over HTTP, when it is told to listen: `/healthz`, `/readyz` and `/metrics`.

Served in the daemon's own loop, so that an answer is a sign of life; what takes time is gathered in a thread, for one
request at a time. Meant for loopback or a private network: it asks nobody who they are, and tells source names.
"""

from __future__ import annotations

import asyncio
import time
from copy import deepcopy
from typing import Protocol

from aiohttp import web

from crawler.daemon_tally import Tally
from crawler.errors import StoreError
from crawler.health import Health
from crawler.listening import Listener
from crawler.metrics import CONTENT_TYPE, Present, exposition

HEALTH_AGE = 10.0  # seconds for which what the store told is told again: it takes a second with 10,000 sources
HEALTH_SECONDS = 8.0  # a scrape gives up after ten
LONGEST_HEAD = 4096


class Watched(Protocol):
    """What is asked of the daemon."""

    tally: Tally

    def present(self) -> Present:
        """What is so at this moment."""

    def ailment(self) -> str | None:
        """What is wrong with the process, such as an engine that does not answer; `None`: nothing."""

    def unready(self) -> str | None:
        """Why it does not do its work now, such as a store that is away; `None`: it does."""

    def gather(self) -> Health:
        """What the store tells; called in a thread. `StoreError`."""


class HealthServer:
    """Answers at its `listener` while that listens."""

    def __init__(self, watched: Watched, listen: str) -> None:
        self._watched = watched
        self._gathering = asyncio.Lock()
        self._health: tuple[float, Health] | None = None
        routes = [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
        ]
        self.listener = Listener("listen", listen, routes, body=1, head=LONGEST_HEAD, idle=30.0)

    async def _healthz(self, _request: web.Request) -> web.Response:
        return _told(self._watched.ailment())

    async def _readyz(self, _request: web.Request) -> web.Response:
        return _told(self._watched.unready() or self._watched.ailment())

    async def _metrics(self, _request: web.Request) -> web.Response:
        health = await self._gathered()
        body = await asyncio.to_thread(exposition, deepcopy(self._watched.tally), self._watched.present(), health)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _gathered(self) -> Health | None:
        """What the store told a moment ago, `None` while it does not answer."""
        async with self._gathering:
            if self._health is None or time.monotonic() - self._health[0] > HEALTH_AGE:
                try:
                    health = await asyncio.wait_for(asyncio.to_thread(self._watched.gather), HEALTH_SECONDS)
                except (StoreError, TimeoutError):
                    return None
                self._health = (time.monotonic(), health)
            return self._health[1]


def _told(wrong: str | None) -> web.Response:
    return web.Response(text="ok\n" if wrong is None else f"{wrong}\n", status=200 if wrong is None else 503)
