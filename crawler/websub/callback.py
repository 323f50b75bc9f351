"""Where hubs come: they ask whether a subscription is meant, and deliver. On an address of its own, behind a proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from aiohttp import web

from crawler.config import listen_address
from crawler.errors import ConfigError, StoreError
from crawler.websub.protocol import TOKEN_BYTES, Enquiry, enquiry

AT_ONCE: Final = 16
PUSH_BYTES: Final = 4_000_000
"""Largest body taken; a feed is seldom above one megabyte. Held in memory until it is read."""
BODY_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 40.0
LONGEST_HEAD: Final = 16_384  # a challenge stands in the query
LONGEST_TOKEN: Final = 2 * TOKEN_BYTES
STOP_SECONDS: Final = 1.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Recipient(Protocol):
    """What decides about those who come. `StoreError` when it can't."""

    async def is_meant(self, token: str, asked: Enquiry) -> bool:
        """Whether a subscription is asked for as the hub says."""

    async def expects(self, token: str) -> bool:
        """Whether anything may be delivered there at all."""

    async def deliver(
        self, token: str, body: bytes, *, signature: str | None, content_type: str | None, link: str | None
    ) -> int:
        """Take a body; the status to answer with."""


class CallbackServer:
    """Answers on one address from `start` to `close`."""

    def __init__(self, recipient: Recipient, listen: str) -> None:
        self._recipient = recipient
        self._listen = listen
        self._places = asyncio.Semaphore(AT_ONCE)
        application = web.Application(middlewares=[self._bounded], client_max_size=PUSH_BYTES)
        # A proxy may leave the path of the public address before the token, or take it off.
        application.add_routes(
            [web.get("/{path:.*}", self._enquired, allow_head=False), web.post("/{path:.*}", self._delivered)]
        )
        self._runner = web.AppRunner(
            application,
            access_log=None,
            keepalive_timeout=15.0,
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
                f"websub_listen: {self._listen} can't be listened on: {error.strerror or error}; choose another",
                "websub_listen",
            ) from error
        address = self._runner.addresses[0]
        return f"{address[0]}:{address[1]}" if ":" not in address[0] else f"[{address[0]}]:{address[1]}"

    async def close(self) -> None:
        """Listen no more."""
        await self._runner.cleanup()

    @web.middleware
    async def _bounded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._places.locked():
            raise web.HTTPServiceUnavailable(text="busy\n", headers={"Retry-After": "10"})
        async with self._places:
            try:
                answer = await asyncio.wait_for(handler(request), ANSWER_SECONDS)
            except (StoreError, TimeoutError) as error:
                raise web.HTTPServiceUnavailable(text="try again\n", headers={"Retry-After": "60"}) from error
        # The challenge is the hub's word, and a browser must not take it for a page.
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def _enquired(self, request: web.Request) -> web.Response:
        asked = enquiry(request.query)
        if asked is None or not await self._recipient.is_meant(_token(request), asked):
            raise web.HTTPNotFound(text="not asked for\n")
        return web.Response(text=asked.challenge, content_type="text/plain")

    async def _delivered(self, request: web.Request) -> web.Response:
        token = _token(request)
        if not await self._recipient.expects(token):
            raise web.HTTPGone(text="not subscribed\n")
        if (request.content_length or 0) > PUSH_BYTES:
            raise web.HTTPRequestEntityTooLarge(PUSH_BYTES, request.content_length or 0)
        try:
            body = await asyncio.wait_for(request.read(), BODY_SECONDS)
        except TimeoutError as error:
            raise web.HTTPRequestTimeout(text="too slow\n") from error
        status = await self._recipient.deliver(
            token,
            body,
            signature=request.headers.get("X-Hub-Signature"),
            content_type=request.headers.get("Content-Type"),
            link=request.headers.get("Link"),
        )
        return web.Response(status=status, headers={"Retry-After": "60"} if status in (429, 503) else None)


def _token(request: web.Request) -> str:
    return request.match_info["path"].rpartition("/")[2][:LONGEST_TOKEN]
