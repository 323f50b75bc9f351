"""What the daemon answers over HTTP, when it is told to listen: `/healthz`, `/readyz` and `/metrics`.

Served in the daemon's own loop, so that an answer is a sign of life; what takes time is gathered in a thread, for one
request at a time. Meant for loopback or a private network: it asks nobody who they are, and tells source names.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Protocol

from aiohttp import web

from crawler.config import listen_address
from crawler.daemon_tally import Tally
from crawler.errors import ConfigError, StoreError
from crawler.health import Health
from crawler.metrics import CONTENT_TYPE, Present, exposition

AT_ONCE = 16
HEALTH_AGE = 10.0  # seconds for which what the store told is told again: it takes a second with 10,000 sources
HEALTH_SECONDS = 8.0  # a scrape gives up after ten
STOP_SECONDS = 1.0
LONGEST_HEAD = 4096

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
    """Answers on one address from `start` to `close`."""

    def __init__(self, watched: Watched, listen: str) -> None:
        self._watched = watched
        self._listen = listen
        self._places = asyncio.Semaphore(AT_ONCE)
        self._gathering = asyncio.Lock()
        self._health: tuple[float, Health] | None = None
        application = web.Application(middlewares=[self._bounded], client_max_size=1)
        application.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
            ]
        )
        self._runner = web.AppRunner(
            application,
            access_log=None,
            keepalive_timeout=30.0,
            shutdown_timeout=STOP_SECONDS,
            max_line_size=LONGEST_HEAD,
            max_field_size=LONGEST_HEAD,
        )

    async def start(self) -> str:
        """Listen, and say where. `ConfigError` when that can't be done."""
        host, port = listen_address(self._listen)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigError(
                f"listen: {self._listen} can't be listened on: {error.strerror or error}; choose another", "listen"
            ) from error
        address = self._runner.addresses[0]
        return f"{address[0]}:{address[1]}" if ":" not in address[0] else f"[{address[0]}]:{address[1]}"

    async def close(self) -> None:
        """Listen no more."""
        await self._runner.cleanup()

    @web.middleware
    async def _bounded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._places.locked():
            raise web.HTTPServiceUnavailable(text="busy\n")
        async with self._places:
            answer = await handler(request)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

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
