"""Something that every crawl needs and that may be away for a while: the store, the network.

It is told once when it goes and once when it is back for good: a disk that is nearly full takes a little in between.
Meanwhile one crawl at a time tries, after growing waits, and the others keep their turn.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from crawler.logs import tell

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
# What goes again within so many seconds (below the shortest wait of what stayed due) was not back.
STEADY = 5.0


class Outage:
    """`gone` and `back` are what is told; `enough` is how many must find it away, with nobody succeeding between."""

    def __init__(self, gone: str, back: str, stopping: asyncio.Event, *, enough: int = 1) -> None:
        self._gone = gone
        self._back = back
        self._stopping = stopping
        self._enough = enough
        self._found: set[str] = set()
        self._scout = asyncio.Lock()
        self._wait = 0.0
        self._not_before = 0.0
        self.away = False
        self.reason = ""
        """Why, while it is away."""
        self._telling: asyncio.TimerHandle | None = None
        self.on_back: list[Callable[[], None]] = []
        """What is called when it is back."""

    def failed(self, who: str, reason: object) -> None:
        """`who` found it away."""
        self._found.add(who)
        if len(self._found) < self._enough:
            return
        if not self.away:
            self.away = True
            self.reason = str(reason)
            if self._telling is not None:
                self._telling.cancel()
                self._telling = None
            else:
                tell(self._gone, level=logging.WARNING, error=reason)
        self._wait = min(max(FIRST_WAIT, self._wait * 2), LONGEST_WAIT)
        self._not_before = time.monotonic() + self._wait

    def succeeded(self, who: str | None = None) -> bool:
        """Found there by `who`, or by one whose word counts for all; whether it has just come back."""
        if who is None:
            self._found.clear()
        else:
            self._found.discard(who)
        if not self.away:
            return False
        # It answers one, so the others may try.
        self._wait = self._not_before = 0.0
        if self._found:
            return False
        self.away = False
        self._telling = asyncio.get_running_loop().call_later(STEADY, self._tell_back)
        for told in self.on_back:
            told()
        return True

    def left(self, who: str) -> None:
        """`who` tries no more."""
        self._found.discard(who)

    def _tell_back(self) -> None:
        self._telling = None
        tell(self._back)

    async def pause(self, seconds: float) -> None:
        """Wait, but not for longer than it is away, and not in a stop."""
        until = time.monotonic() + seconds
        while self.away and not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(left, 1.0))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait while it is away, unless it is this one's turn to try; a stop ends the wait."""
        if self.away:
            async with self._scout:
                # Who finds it away meanwhile puts the next try off.
                while self.away and not self._stopping.is_set() and (left := self._not_before - time.monotonic()) > 0:
                    await self.pause(min(left, 1.0))
                if self.away:
                    yield
                    return
        yield
