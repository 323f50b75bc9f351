"""Where hubs come: they ask whether a subscription is meant, and deliver. On an address of its own, behind a proxy."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from aiohttp import web

from crawler.errors import StoreError
from crawler.listening import Handler, Listener
from crawler.websub.protocol import TOKEN_BYTES, Enquiry, enquiry

PUSH_BYTES: Final = 4_000_000
"""Largest body taken; a feed is seldom above one megabyte. Held in memory until it is read."""
BODY_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 40.0
LONGEST_HEAD: Final = 16_384  # a challenge stands in the query
LONGEST_TOKEN: Final = 2 * TOKEN_BYTES


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
    """Answers at its `listener` while that listens."""

    def __init__(self, recipient: Recipient, listen: str) -> None:
        self._recipient = recipient
        self.listener = Listener(
            "websub_listen",
            listen,
            # A proxy may leave the path of the public address before the token, or take it off.
            [
                web.get("/{path:.*}", _in_time(self._enquired), allow_head=False),
                web.post("/{path:.*}", _in_time(self._delivered)),
            ],
            body=PUSH_BYTES,
            head=LONGEST_HEAD,
            idle=15.0,
            busy={"Retry-After": "10"},
        )

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


def _in_time(handler: Handler) -> Handler:
    async def bounded(request: web.Request) -> web.StreamResponse:
        try:
            return await asyncio.wait_for(handler(request), ANSWER_SECONDS)
        except (StoreError, TimeoutError) as error:
            raise web.HTTPServiceUnavailable(text="try again\n", headers={"Retry-After": "60"}) from error

    return bounded


def _token(request: web.Request) -> str:
    return request.match_info["path"].rpartition("/")[2][:LONGEST_TOKEN]
