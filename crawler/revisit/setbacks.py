"""Reasons to look later than planned: failures, what a server asks for, what a feed says of itself. Pure."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Container
from dataclasses import dataclass, replace
from enum import StrEnum

from crawler.items import DoorHints
from crawler.revisit.days import DAY

FIRST_RETRY, LONGEST_RETRY = 60.0, 6 * 3600.0
JITTER = 0.25
# A feed's word on itself is often a template's: it delays a look by no more than this.
LONGEST_TTL, LONGEST_AGE = 1800.0, 900.0
LONGEST_SKIP = 24 * 7  # hours
HOUR = 3600.0


def back_off(key: str, failures: int, *, first: float = FIRST_RETRY, longest: float = LONGEST_RETRY) -> float:
    """Seconds to wait after so many failures in a row: doubling from `first` to `longest`, give or take a quarter.

    The jitter is drawn from `key` and the count, so that sources that failed together come back apart, and the same
    source always at the same time.
    """
    if failures < 1:
        return 0.0
    plain = min(longest, first * 2.0 ** min(failures - 1, 60))
    return min(longest, plain * (1 - JITTER + 2 * JITTER * drawn(key, failures)))


def drawn(key: str, number: int) -> float:
    """A number from 0 to 1, always the same for the same arguments."""
    digest = hashlib.blake2b(f"{key}\0{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def least_wait(hints: DoorHints, articles_a_day: float) -> float:
    """Seconds before which a look at a door is pointless by its own words; 0 when they say nothing to go by.

    A hint that the source's record contradicts, more than one article expected within it, is a template's default and
    is passed over, as sy:updatePeriod "hourly" is on a busy WordPress. A cache's max-age counts whatever comes, but for
    at most a quarter of an hour.
    """
    least = 0.0
    if hints.refresh is not None and hints.refresh > 0 and hints.refresh * articles_a_day / DAY <= 1:
        least = min(float(hints.refresh), LONGEST_TTL)
    if hints.max_age is not None and hints.max_age > 0:
        least = max(least, min(float(hints.max_age), LONGEST_AGE))
    return least


def after_skipped(moment: float, hours: Collection[int], days: Collection[int]) -> float:
    """The first moment (epoch seconds) from `moment` on that is in none of the `hours` of GMT and on none of the `days`
    (Monday is 0) that a feed wants to be skipped (RSS 2.0); `moment` itself where they leave nothing.
    """
    later = moment
    for _ in range(LONGEST_SKIP):
        hour = int(later // HOUR)
        # 1 January 1970 was a Thursday.
        if hour % 24 not in hours and (hour // 24 + 3) % 7 not in days:
            return later
        later = (hour + 1) * HOUR
    return moment


def after_failure(key: str, failures: int, asked: float | None, *, longest: float = LONGEST_RETRY) -> float:
    """Seconds to wait after a failure: the back-off, or longer when the server asked for it (`asked`, Retry-After)."""
    wait = back_off(key, failures, longest=longest)
    if asked is not None and math.isfinite(asked):
        wait = max(wait, min(asked, 86_400.0))
    return wait


class Circuit(StrEnum):
    """CLOSED: requests go; OPEN: none goes; HALF_OPEN: one is trying."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """One host's circuit breaker: after `threshold` failures in a row from any of its sources, none is asked for a
    while; then one tries, and its outcome decides. A value: each step gives a new one. Times are epoch seconds.
    """

    host: str
    threshold: int = 5
    state: Circuit = Circuit.CLOSED
    failures: int = 0
    trips: int = 0
    until: float = 0.0

    def ask(self, now: float) -> tuple[Breaker, bool]:
        """Whether a request may go now."""
        if self.state is Circuit.CLOSED:
            return self, True
        if now >= self.until:
            # Whoever tries may die without an answer: the next one may try after the same wait.
            return replace(self, state=Circuit.HALF_OPEN, until=now + back_off(self.host, max(1, self.trips))), True
        return self, False

    def succeeded(self) -> Breaker:
        """After an answer, whatever its status below 500 but 429."""
        return replace(self, state=Circuit.CLOSED, failures=0, trips=0, until=0.0)

    def failed(self, now: float, asked: float | None = None) -> Breaker:
        """After a failure; `asked`: seconds of Retry-After."""
        failures = self.failures + 1
        if self.state is Circuit.CLOSED and failures < self.threshold and asked is None:
            return replace(self, failures=failures)
        trips = self.trips + 1
        return replace(
            self,
            state=Circuit.OPEN,
            failures=failures,
            trips=trips,
            until=max(self.until, now + after_failure(self.host, trips, asked)),
        )


class Breakers:
    """The breakers of all hosts that failed lately. Times are epoch seconds."""

    def __init__(self) -> None:
        self._tripping: dict[str, Breaker] = {}

    def failed(self, host: str, now: float) -> float:
        """After a failure at a host: until when it is left alone, by those who fail there."""
        breaker = self._tripping[host] = self._tripping.get(host, Breaker(host)).failed(now)
        return breaker.until

    def succeeded(self, host: str) -> None:
        """After an answer of a host."""
        self._tripping.pop(host, None)

    def keep(self, hosts: Container[str]) -> None:
        """Forget all other hosts."""
        self._tripping = {host: breaker for host, breaker in self._tripping.items() if host in hosts}
