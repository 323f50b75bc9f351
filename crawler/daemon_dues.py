"""When sources are due next, written down: those of crawls that end close to each other in one transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from storage import Store
from storage.sources import Due

# Two transactions are at least so many seconds apart: what a kill undoes is crawled once more, as ever.
APART = 0.25


class Dues:
    """`write` makes a call of the store off the event loop; `stopping` ends all waits."""

    def __init__(
        self,
        store: Store,
        write: Callable[[Callable[[list[Due]], None], list[Due]], Awaitable[None]],
        stopping: asyncio.Event,
    ) -> None:
        self._store = store
        self._write = write
        self._stopping = stopping
        self._waiting: list[Due] = []
        self._round: asyncio.Task[None] | None = None
        self._not_before = 0.0

    async def keep(self, due: Due) -> None:
        """Return when it is written. `StoreError` when it can't be and the daemon stops."""
        self._waiting.append(due)
        if self._round is None:
            self._round = asyncio.create_task(self._keep())
        await asyncio.shield(self._round)

    async def _keep(self) -> None:
        left = self._not_before - time.monotonic()
        if left > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), left)
        waiting, self._waiting, self._round = self._waiting, [], None
        self._not_before = time.monotonic() + APART
        await self._write(self._store.sources.settle, waiting)
