"""Which articles are being fetched, so that no two crawls of a process fetch one.

Two sources that name the same articles are often looked at together. Whoever comes first fetches; the other waits, and
finds in the store what became of it. Of an article on several pages each page is claimed as it is asked for, since
another source may name any of them. It is in memory, and ends with the process.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

CLAIM_SECONDS: Final = 300.0
"""How long a claim is waited for: a page that took longer is fetched by whoever waits."""
MOST_DONE: Final = 20_000
"""Articles dealt with that are remembered; a crawl that began before and still comes to more fetches them again."""


@dataclass(slots=True)
class _Claim:
    owner: object
    until: float
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Claims:
    """By the key of an article. An owner is a crawl, by any object that stands for it. Times are of `clock`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[str, _Claim] = {}
        self._done: OrderedDict[str, tuple[float, object]] = OrderedDict()

    async def take(
        self, key: str, owner: object, since: float, stopped: asyncio.Event, *, patience: float = CLAIM_SECONDS
    ) -> bool:
        """Wait while another fetches the article, for `patience` seconds at most; whether it is for this one to fetch
        now, and was not dealt with by another `since` then. A stop ends the wait: then it is for nobody, and this is
        true.
        """
        ends_at = self._clock() + patience
        while not stopped.is_set():
            held = self._held.get(key)
            left = min(held.until, ends_at) - self._clock() if held is not None else 0.0
            if held is None or held.owner is owner or left <= 0:
                at, by = self._done.get(key, (-1.0, owner))
                if held is None and by is not owner and at >= since:
                    return False
                if held is None or held.owner is not owner:
                    self._held[key] = _Claim(owner, self._clock() + CLAIM_SECONDS)
                return True
            ends = [asyncio.create_task(held.over.wait()), asyncio.create_task(stopped.wait())]
            try:
                await asyncio.wait(ends, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
        return True

    def hold(self, key: str, owner: object) -> None:
        """Claim it, or go on claiming it, unless another has it; without waiting."""
        held = self._held.get(key)
        if held is not None and held.owner is owner:
            held.until = self._clock() + CLAIM_SECONDS
        elif held is None or held.until <= self._clock():
            self._held[key] = _Claim(owner, self._clock() + CLAIM_SECONDS)

    def held_elsewhere(self, key: str, owner: object) -> bool:
        """Whether another fetches it now."""
        held = self._held.get(key)
        return held is not None and held.owner is not owner and held.until > self._clock()

    def done(self, key: str, owner: object) -> None:
        """The article was dealt with, and is in the store if it is anywhere."""
        if not self._free(key, owner):
            return
        self._done[key] = (self._clock(), owner)
        self._done.move_to_end(key)
        while len(self._done) > MOST_DONE:
            self._done.popitem(last=False)

    def leave(self, owner: object) -> None:
        """A crawl is over: what it claimed and did not deal with is anybody's."""
        for key in [key for key, claim in self._held.items() if claim.owner is owner]:
            self._free(key, owner)

    def _free(self, key: str, owner: object) -> bool:
        claim = self._held.get(key)
        if claim is None or claim.owner is not owner:
            return False
        del self._held[key]
        claim.over.set()
        return True
