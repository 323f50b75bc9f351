"""A WebSub hub of our own on loopback, for tests: verifies as the Recommendation says, and signs what it delivers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from aiohttp import web

T = TypeVar("T")


@dataclass
class Subscriber:
    callback: str
    topic: str
    secret: str


class Hub:
    """Runs in a thread until `close`; `log` holds (mode, topic) of each request and what verifying it came to."""

    def __init__(self, lease: int = 3600, *, denies: bool = False) -> None:
        self.lease, self.denies = lease, denies
        self.log: list[tuple[str, str, str]] = []
        self.subscribers: dict[str, Subscriber] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._run(self._start())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def modes(self, mode: str) -> int:
        """Requests of that mode that were verified."""
        return sum(1 for asked, _, came in self.log if asked == mode and came == "verified")

    def publish(self, body: bytes, *, signature: str | None = "right", method: str = "sha256") -> list[int]:
        """Deliver to all; the statuses."""
        return [self._run(self._deliver(one, body, signature, method)) for one in list(self.subscribers.values())]

    def close(self) -> None:
        if self._thread.is_alive():
            self._run(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start(self) -> None:
        application = web.Application()
        application.add_routes([web.post("/", self._asked)])
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self._verifying: set[asyncio.Task[None]] = set()

    async def _stop(self) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _asked(self, request: web.Request) -> web.Response:
        form = await request.post()
        told = {name: str(value) for name, value in form.items()}
        task = asyncio.create_task(self._verify(told))
        self._verifying.add(task)
        task.add_done_callback(self._verifying.discard)
        return web.Response(status=202)

    async def _verify(self, form: dict[str, str]) -> None:
        mode, topic, callback = form["hub.mode"], form["hub.topic"], form["hub.callback"]
        if self.denies:
            query = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": "not  for\nyou"}
            async with self._session.get(callback, params=query) as answer:
                self.log.append((mode, topic, f"denied {answer.status}"))
            return
        query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": f"challenge of {len(self.log)}"}
        if mode == "subscribe":
            query["hub.lease_seconds"] = str(self.lease)
        async with self._session.get(callback, params=query) as answer:
            right = answer.status == 200 and await answer.text() == query["hub.challenge"]
        if right and mode == "subscribe":
            self.subscribers[callback] = Subscriber(callback, topic, form["hub.secret"])
        elif right:
            self.subscribers.pop(callback, None)
        self.log.append((mode, topic, "verified" if right else f"not verified {answer.status}"))

    async def _deliver(self, one: Subscriber, body: bytes, signature: str | None, method: str) -> int:
        headers = {"Content-Type": "application/rss+xml", "Link": f'<{self.url}>; rel=hub, <{one.topic}>; rel="self"'}
        if signature is not None:
            secret = one.secret if signature == "right" else "another"
            headers["X-Hub-Signature"] = (
                f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"
            )
        async with self._session.post(one.callback, data=body, headers=headers) as answer:
            return answer.status
