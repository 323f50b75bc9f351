"""What may be asked within an hour: ceilings on the requests to one host, for one source and of all together.

A sliding window that is exact: each request is noted in the store before it is sent and counts for an hour and the
longest time that an answer may take, so that no hour on the servers' clocks holds more than a ceiling, whatever was
sent late, and whatever process, killed or not, sent it. In memory times are of the monotonic clock, so that a clock
that is set makes no room; in the store they are wall times, read once.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from crawler.config import Config
from crawler.errors import BudgetSpent

WINDOW: Final = 3600.0
FORGET_EVERY: Final = 300.0
# Seconds between a note and the start of its request, at most.
PAUSES: Final = 1.0
# Of each ceiling, what is left to requests for doors when articles have taken the rest: they come first, for what falls
# off a listing is lost, while articles that find no room are remembered.
FOR_DOORS: Final = 0.25
# And what requests for doors leave to articles while some were refused within the hour: looks that are asked for more
# often than there is room would take all of it, each time anew.
FOR_ARTICLES: Final = 0.5
_ALL: Final = ("budget", "")

Noted = tuple[int, float, str, str]


class RequestStore(Protocol):
    """What the meter keeps in the store (`store.requests`)."""

    def since(self, moment: float) -> list[Noted]:
        """Requests noted at or after a moment (epoch seconds)."""

    def note(
        self, host: str, source: str, last: int, admit: Callable[[Sequence[Noted]], bool]
    ) -> tuple[int, list[Noted]] | None:
        """Note a request, unless `admit` refuses in the face of what others noted after number `last`."""

    def forget(self, before: float) -> None:
        """Drop what is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """Most requests within an hour, 0: no ceiling."""

    budget: int
    host_budget: int
    source_budget: int

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.budget or self.host_budget or self.source_budget)


class RequestMeter:
    """Every request of a daemon asks `admit` first. Not thread-safe; the store's thread calls it.

    `window` seconds is the hour, `slack` the longest time between a note and the arrival of its request.
    """

    def __init__(
        self,
        store: RequestStore,
        ceilings: Ceilings,
        *,
        slack: float,
        window: float = WINDOW,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._limits = {name: getattr(ceilings, name) for name in Ceilings.__slots__}
        self._metered = ceilings.any
        self._span = window + slack
        self._clock = clock
        self._now = now
        self._times: dict[tuple[str, str], deque[float]] = {}
        self._looks: dict[tuple[str, str], deque[float]] = {}
        self._refused: dict[tuple[str, str], float] = {}
        self._last: int | None = None
        self._forgotten = clock()

    def admit(self, host: str, source: str, *, article: bool = False) -> None:
        """Note a request to `host` for `source` (empty: for none). Raises `BudgetSpent`, and then nothing is noted.

        A request for an `article` leaves `FOR_DOORS` of each ceiling to others, and others leave it `FOR_ARTICLES` once
        it found no room.
        """
        if not self._metered:
            return
        if self._last is None:
            self._last = 0
            self._take(self._store.since(self._now() - self._span))
        self._check(host, source, article)

        def still(others: Sequence[Noted]) -> bool:
            self._take(others)
            return self._full(host, source, article) is None

        noted = self._store.note(host, source, self._last, still)
        if noted is None:
            self._check(host, source, article)
            raise AssertionError("what was refused is full")
        self._last = noted[0]
        now = self._clock()  # one number for all: an hour's requests are remembered
        for key in self._keys(host, source):
            self._times.setdefault(key, deque()).append(now)
            if not article:
                self._looks.setdefault(key, deque()).append(now)
        if self._clock() - self._forgotten > FORGET_EVERY:
            self._forget()

    def _check(self, host: str, source: str, article: bool) -> None:
        full = self._full(host, source, article)
        if full is None:
            return
        key, room, seconds = full
        if article:
            self._refused[key] = self._clock()
        setting, name = key
        limit = self._limits[setting]
        spent = f"the {limit} requests"
        if room < limit:
            spent = f"{'three quarters' if article else 'the half for looks'} of {spent}"
        whose = {"budget": "all sources", "host_budget": name, "source_budget": f"source {name!r}"}[setting]
        raise BudgetSpent(
            f"{host}: not asked, {spent} that {whose} may take within an hour are spent ({setting}); "
            f"there is room in {seconds:.0f} s",
            host,
            setting=setting,
            seconds=seconds,
        )

    def _full(self, host: str, source: str, article: bool) -> tuple[tuple[str, str], int, float] | None:
        """The ceiling that is reached and stays so longest, how much of it is to be had, and for how many seconds;
        `None`: there is room.
        """
        now = self._clock()
        worst: tuple[tuple[str, str], int, float] | None = None
        for key in self._keys(host, source):
            times, limit = self._times.get(key), self._limits[key[0]]
            if times is None:
                continue
            _prune(times, now - self._span)
            room, taken = limit - int(FOR_DOORS * limit) if article else limit, len(times)
            if not article and taken < limit and self._leaves(key, now):
                # What others noted, or this process before it was started, may have been articles.
                times = self._looks.get(key, deque())
                room, taken = limit - int(FOR_ARTICLES * limit), len(times)
            if taken >= room:
                seconds = times[len(times) - room] + self._span - now
                if worst is None or seconds > worst[2]:
                    worst = key, room, seconds
        return worst

    def _leaves(self, key: tuple[str, str], now: float) -> bool:
        """Whether articles were refused there within the window; what looks took is then brought up to date."""
        _prune(self._looks.get(key, deque()), now - self._span)
        return key in self._refused and now - self._refused[key] < self._span

    def _keys(self, host: str, source: str) -> list[tuple[str, str]]:
        """The ceilings that a request counts towards."""
        keys = [_ALL, ("host_budget", host), ("source_budget", source)]
        return [key for key in keys if self._limits[key[0]] and (key[1] or key == _ALL)]

    def _take(self, others: Sequence[Noted]) -> None:
        """Count what other processes noted, or this one's predecessor; a moment in the future counts as now."""
        clock, wall = self._clock(), self._now()
        for number, at, host, source in others:
            moment = clock - max(0.0, wall - at)
            for key in self._keys(host, source):
                times = self._times.setdefault(key, deque())
                times.append(max(moment, times[-1]) if times else moment)
            self._last = max(self._last or 0, number)

    def _forget(self) -> None:
        self._forgotten = self._clock()
        self._store.forget(self._now() - 2 * self._span)
        for key, times in list(self._times.items()):
            _prune(times, self._clock() - self._span)
            if not times:
                for kept in (self._times, self._looks, self._refused):
                    kept.pop(key, None)


def meter_of(config: Config, store: RequestStore, window: float = WINDOW) -> RequestMeter:
    """What keeps to the budgets of `config` within `window` seconds."""
    ceilings = Ceilings(budget=config.budget, host_budget=config.host_budget, source_budget=config.source_budget)
    # A request that was noted arrives before its time-out, give or take this process's own pauses.
    return RequestMeter(store, ceilings, slack=config.timeout + PAUSES, window=window)


def _prune(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
