"""The daemon's store: calls of it, off the event loop and again while it can't answer, and an eye on its file."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from crawler.errors import StoreError, StoreTooNew
from crawler.outage import FIRST_WAIT, LONGEST_WAIT, Outage
from storage import Store, Whereabouts

P = ParamSpec("P")
T = TypeVar("T")


class StoreCalls:
    """Call it with a call of the store; `stopping` ends all waits."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._numbers = itertools.count(1)
        self.outage = Outage("store does not answer; trying again", "store answers again", stopping)

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Its answer; asked again, with growing waits, while the store can't give one. `StoreError` in a stop."""
        wait, who = FIRST_WAIT, ""
        try:
            while True:
                try:
                    answer = await asyncio.to_thread(call, *args, **kwargs)
                except StoreTooNew:
                    raise
                except StoreError as error:
                    if self._stopping.is_set():
                        raise
                    # Each for itself: a full disk can still be read, and what is read says nothing of what is written.
                    who = who or f"call {next(self._numbers)}"
                    self.outage.failed(who, error)
                    await self.outage.pause(wait)
                    wait = min(wait * 2, LONGEST_WAIT)
                else:
                    if who:
                        self.outage.succeeded(who)
                    return answer
        finally:
            self.outage.left(who)


class FileWatch:
    """Sees, cheaply and often, that the file of an SQLite store lies where it was opened.

    While it does not the store is away: nothing is asked of it, and nothing written to what nobody would find. When it
    is back its `calls` go on; where another store lies there instead, or its log is gone, `anew` is told to begin anew
    with that.
    """

    def __init__(self, store: Store, calls: StoreCalls, anew: Callable[[str], None]) -> None:
        self._store = store
        self._calls = calls
        self._anew = anew
        self._found = Whereabouts.HERE

    async def look(self) -> None:
        """See where it is."""
        before, found = self._found, await asyncio.to_thread(self._store.whereabouts)
        self._found = found
        match found:
            case Whereabouts.HERE:
                if before is not found:
                    self._calls.outage.succeeded()
            case Whereabouts.REPLACED:
                self._anew("the store's file is another; going on with what lies there")
            case Whereabouts.TORN:
                self._anew("the store's log was moved or deleted; beginning anew with the file")
            case Whereabouts.GONE | Whereabouts.STRANGE:
                if before is not found:
                    self._calls.outage.failed("file", _REASONS[found])


_REASONS = {
    Whereabouts.GONE: "its file was moved or deleted; nothing is written until it, or a backup, lies there",
    Whereabouts.STRANGE: "what lies in its file's place is no store of presswatch, or not yet a whole one; put it back",
}
