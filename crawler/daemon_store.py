"""The daemon's calls of its store: off the event loop, and again while the store can't answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from crawler.errors import StoreError, StoreTooNew
from crawler.outage import FIRST_WAIT, LONGEST_WAIT, Outage

P = ParamSpec("P")
T = TypeVar("T")


class StoreCalls:
    """Call it with a call of the store; `stopping` ends all waits."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self.outage = Outage("store does not answer; trying again", "store answers again", stopping)

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Its answer; asked again, with growing waits, while the store can't give one. `StoreError` in a stop."""
        wait = FIRST_WAIT
        while True:
            try:
                answer = await asyncio.to_thread(call, *args, **kwargs)
            except StoreTooNew:
                raise
            except StoreError as error:
                if self._stopping.is_set():
                    raise
                self.outage.failed("daemon", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                self.outage.succeeded("daemon")
                return answer
