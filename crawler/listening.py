"""An address that the daemon answers on: bound, bounded, and given up; what it answers is its user's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from aiohttp import web

from crawler.config import listen_address
from crawler.errors import ConfigError

AT_ONCE: Final = 16
STOP_SECONDS: Final = 1.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Listener:
    """Answers on one address from `start` to `close`, at most `AT_ONCE` requests at a time; others are told to come
    again (503, with `busy` headers).

    `setting` is what the address stands in (`listen` …), `body` and `head` the largest body and header line taken, in
    bytes, `idle` the seconds after which a connection without a request is closed.
    """

    def __init__(
        self,
        setting: str,
        address: str,
        routes: Iterable[web.RouteDef],
        *,
        body: int,
        head: int,
        idle: float,
        busy: Mapping[str, str] | None = None,
    ) -> None:
        self.address = address
        """As configured."""
        self._setting = setting
        self._routes = tuple(routes)
        self._body = body
        self._head = head
        self._idle = idle
        self._busy = busy
        self._places = asyncio.Semaphore(AT_ONCE)
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen, and say where. `ConfigError` when that can't be done."""
        host, port = listen_address(self.address)
        application = web.Application(middlewares=[self._bounded], client_max_size=self._body)
        application.add_routes(self._routes)
        runner = web.AppRunner(
            application,
            access_log=None,
            keepalive_timeout=self._idle,
            shutdown_timeout=STOP_SECONDS,
            max_line_size=self._head,
            max_field_size=self._head,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise ConfigError(
                f"{self._setting}: {self.address} can't be listened on: {error.strerror or error}; choose another",
                self._setting,
            ) from error
        self._runner = runner
        bound = runner.addresses[0]
        return f"{bound[0]}:{bound[1]}" if ":" not in bound[0] else f"[{bound[0]}]:{bound[1]}"

    async def start_in_place_of(self, old: Listener) -> str:
        """Listen, and then no more at `old`; say where. `ConfigError` when that can't be done: `old` goes on."""
        try:
            where = await self.start()
        except ConfigError:
            if listen_address(self.address)[1] != listen_address(old.address)[1]:
                raise
            # Another address of the same port may be free only when the old one is given up.
            await old.close()
            try:
                return await self.start()
            except ConfigError:
                await old.start()
                raise
        await old.close()
        return where

    async def close(self) -> None:
        """Listen no more."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @web.middleware
    async def _bounded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._places.locked():
            raise web.HTTPServiceUnavailable(text="busy\n", headers=self._busy)
        async with self._places:
            answer = await handler(request)
        # What is answered may be a stranger's word, and a browser must not take it for a page.
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "no-store"
        return answer
