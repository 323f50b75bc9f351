"""What may be asked within an hour: ceilings on the requests to one host, for one source and of all together.

A sliding window that is exact: each request is noted in the store before it is sent and counts for an hour and the
longest time that an answer may take, so that no hour on the servers' clocks holds more than a ceiling, whatever was
sent late, and whatever process, killed or not, sent it; under ceilings of tens of thousands some count a little longer
(`FINEST`). Without a ceiling requests are noted too, for those who have one: what a person sends by hand is never
refused, and the daemon has so much less to send. In memory times are of the monotonic clock, so that a clock that is
set makes no room; in the store they are wall times, read once.
"""

from __future__ import annotations

import math
import time
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from crawler.config import Config
from crawler.errors import BudgetSpent
from crawler.items import Ceiling

WINDOW: Final = 3600.0
FORGET_EVERY: Final = 300.0
# Seconds between a note and the start of its request, at most.
PAUSES: Final = 1.0
# Of each ceiling, what articles never take: doors come first, for what falls off a listing is lost, while articles that
# find no room are remembered.
FOR_DOORS: Final = 0.25
# And what requests for doors never take while articles were refused within the hour: looks that are asked for more
# often than there is room would take all of it, each time anew. Together the two shares may take all there is.
FOR_ARTICLES: Final = 0.5
# The part of a ceiling, and of the hour, that is remembered and forgotten as one: a ceiling below twice ten thousand is
# kept to the request, and what is kept of an hour under a higher one is bounded. Without that it would be 27 bytes for
# each request, of which a machine sends some hundred thousand an hour.
FINEST, COARSEST = 10_000, 100
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

    def of(self, setting: str) -> float:
        """The most that a setting allows, infinite without a ceiling."""
        return int(getattr(self, setting)) or math.inf


NO_CEILINGS: Final = Ceilings(budget=0, host_budget=0, source_budget=0)


class RequestMeter:
    """Every request asks `admit` first. Not thread-safe; the store's thread calls it.

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
        self._limits = _limits(ceilings)
        self._span = window + slack
        self._clock = clock
        self._now = now
        self._sent: dict[tuple[str, str], _Sent] = {}
        self._refused: dict[tuple[str, str], float] = {}
        self._last: int | None = None
        self._forgotten = clock()

    def renew(self, ceilings: Ceilings) -> None:
        """Go on under other ceilings, at once: what was sent before counts, whether there was a ceiling or not."""
        before, self._limits = self._limits, _limits(ceilings)
        if any(limit and not before[setting] for setting, limit in self._limits.items()):
            # What had no ceiling was not counted: all is, anew from the store, at the next request. Which of them were
            # looks is known no longer.
            self._last = None
            self._sent.clear()
        for key, sent in self._sent.items():
            sent.largest = self._largest(key)

    def admit(self, host: str, source: str, *, article: bool = False) -> None:
        """Note a request to `host` for `source` (empty: for none). Raises `BudgetSpent`, and then nothing is noted.

        Requests for an `article` leave `FOR_DOORS` of each ceiling to others, and others leave them `FOR_ARTICLES` once
        one found no room.
        """
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
        now = self._clock()
        for key in self._keys(host, source):
            self._of(key).add(now, look=not article)
        if now - self._forgotten > FORGET_EVERY:
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
            whose=name,
            limit=limit,
            seconds=seconds,
        )

    def _full(self, host: str, source: str, article: bool) -> tuple[tuple[str, str], int, float] | None:
        """The ceiling that is reached and stays so longest, how much of it is to be had, and for how many seconds;
        `None`: there is room.
        """
        now = self._clock()
        worst: tuple[tuple[str, str], int, float] | None = None
        for key in self._keys(host, source):
            sent = self._sent.get(key)
            if sent is None:
                continue
            sent.prune(now - self._span)
            limit = self._limits[key[0]]
            shares: list[tuple[bool | None, int]] = [(None, limit)]
            if article:
                shares.append((False, limit - int(FOR_DOORS * limit)))
            elif key in self._refused and now - self._refused[key] < self._span:
                shares.append((True, limit - int(FOR_ARTICLES * limit)))
            for look, room in shares:
                over = sent.count(look) - room
                if over >= 0:
                    seconds = sent.at(over, look) + self._span - now
                    if worst is None or seconds > worst[2]:
                        worst = key, room, seconds
        return worst

    def _keys(self, host: str, source: str) -> list[tuple[str, str]]:
        """The ceilings that a request counts towards."""
        return [key for key in keys_of(host, source) if self._limits[key[0]]]

    def _of(self, key: tuple[str, str]) -> _Sent:
        sent = self._sent.get(key)
        if sent is None:
            sent = self._sent[key] = _Sent(self._largest(key), self._span / COARSEST)
        return sent

    def _largest(self, key: tuple[str, str]) -> int:
        """How many requests that count towards a ceiling are forgotten together, at most."""
        return max(1, self._limits[key[0]] // FINEST)

    def _take(self, others: Sequence[Noted]) -> None:
        """Count what other processes noted, or this one's predecessor; a moment in the future counts as now."""
        clock, wall = self._clock(), self._now()
        for number, at, host, source in others:
            moment = clock - max(0.0, wall - at)
            for key in self._keys(host, source):
                # They may have been articles.
                self._of(key).add(moment, look=False)
            self._last = max(self._last or 0, number)

    def _forget(self) -> None:
        self._forgotten = self._clock()
        self._store.forget(self._now() - 2 * self._span)
        for key, sent in list(self._sent.items()):
            sent.prune(self._forgotten - self._span)
            if not sent.count():
                del self._sent[key]
                self._refused.pop(key, None)


def ceilings_of(config: Config) -> Ceilings:
    """The ceilings that settings name."""
    return Ceilings(budget=config.budget, host_budget=config.host_budget, source_budget=config.source_budget)


def span_of(config: Config) -> float:
    """Seconds for which a request counts: an hour, and as long as it may take to arrive."""
    return WINDOW + slack_of(config)


def slack_of(config: Config) -> float:
    """Seconds between a note and the arrival of its request, at most: its time-out, and its process's own pauses."""
    return config.timeout + PAUSES


def meter_of(config: Config, store: RequestStore, window: float | None = WINDOW) -> RequestMeter:
    """What keeps to the budgets of `config` within `window` seconds; `None`: it only notes what is sent."""
    if window is None:
        return RequestMeter(store, NO_CEILINGS, slack=slack_of(config))
    return RequestMeter(store, ceilings_of(config), slack=slack_of(config), window=window)


def noting(store: RequestStore) -> Callable[[str], None]:
    """Notes a request to a host, for those who have ceilings, and refuses none."""
    meter = RequestMeter(store, NO_CEILINGS, slack=0.0)
    return lambda host: meter.admit(host, "")


def ceiling_of(error: BudgetSpent) -> Ceiling:
    """The ceiling that left no room."""
    return Ceiling(setting=error.setting, whose=error.whose, limit=error.limit)


def keys_of(host: str, source: str) -> list[tuple[str, str]]:
    """Setting and whose it is of each ceiling that a request counts towards; `source` is empty for none's."""
    keys = (_ALL, ("host_budget", host), ("source_budget", source))
    return [key for key in keys if key[1] or key == _ALL]


def counted(counts: Iterable[tuple[str, str, int]]) -> Counter[tuple[str, str]]:
    """What requests by (host, source) come to by setting and whose it is."""
    spent: Counter[tuple[str, str]] = Counter()
    for host, source, requests in counts:
        for key in keys_of(host, source):
            spent[key] += requests
    return spent


def _limits(ceilings: Ceilings) -> dict[str, int]:
    return {name: getattr(ceilings, name) for name in Ceilings.__slots__}


class _Sent:
    """The requests of an hour that count towards one ceiling, oldest first: 16 bytes for each group of them.

    A group counts until the last of it is forgotten. It is of one request, unless the ceiling is of tens of thousands.
    """

    __slots__ = ("_all", "_began", "_first", "_groups", "_longest", "_looks", "_of_looks", "_times", "largest")

    def __init__(self, largest: int, longest: float) -> None:
        self.largest = largest
        """Requests that a group is of at most; none is longer than so many seconds."""
        self._longest = longest
        self._times = array("d")  # of each group's last request
        self._groups = array("I")  # how many requests it is of
        self._of_looks = array("I")  # and of them looks
        self._began = 0.0  # the last group
        self._first = 0  # what stands before it no longer counts
        self._all = self._looks = 0

    def add(self, moment: float, *, look: bool) -> None:
        """Count a request, at no earlier a moment than the last."""
        if self._times:
            moment = max(moment, self._times[-1])
        if self._times and self._groups[-1] < self.largest and moment - self._began <= self._longest:
            self._times[-1] = moment
        else:
            self._began = moment
            self._times.append(moment)
            self._groups.append(0)
            self._of_looks.append(0)
        self._groups[-1] += 1
        self._of_looks[-1] += look
        self._all += 1
        self._looks += look

    def prune(self, before: float) -> None:
        """Forget those up to a moment."""
        first = bisect_right(self._times, before, self._first)
        self._all -= sum(self._groups[self._first : first])
        self._looks -= sum(self._of_looks[self._first : first])
        self._first = first
        if first > len(self._times) // 2:
            del self._times[:first], self._groups[:first], self._of_looks[:first]
            self._first = 0

    def count(self, look: bool | None = None) -> int:
        """How many there are: looks alone, all others, or all."""
        return self._all if look is None else self._looks if look else self._all - self._looks

    def at(self, number: int, look: bool | None) -> float:
        """The moment until which one of them counts from, the oldest being number 0."""
        for place in range(self._first, len(self._times)):
            every, looks = self._groups[place], self._of_looks[place]
            number -= every if look is None else looks if look else every - looks
            if number < 0:
                return self._times[place]
        raise IndexError("there are not so many")
