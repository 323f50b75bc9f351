"""When each source is looked at next: the waiting index under a budget.

A source is due when the waiting that its unseen articles are expected to have added up to, the integral from the last
look to t of rate(u) (t - u) du, reaches one price, the same for all. For a budget of B looks a day the price is about
half of (the sum over sources of the day's integral of the square root of the rate, over B) squared; what was spent,
against what this week's rhythm said would be spent by now, corrects it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any

import numpy as np

from crawler.errors import UsageError
from crawler.revisit.days import DAY, place
from crawler.revisit.heeding import Heed
from crawler.revisit.history import Floats, History
from crawler.revisit.observing import observed, safe
from crawler.revisit.rhythm import Population, Rhythm, ahead, fit, roots, rough_roots
from crawler.sources import MIN_INTERVAL

HOUR = 3600.0
MAX_INTERVAL = DAY
LONGEST = 14 * DAY
# How hard the price follows what was spent: per day's budget that is missing, and per day that it stays missing.
HASTE, MEMORY = 1.5, 0.5
LARGEST_CORRECTION = 20.0
# What came beyond what was expected of a source that was watched for less than a day, in standard deviations, for which
# what is believed is thought over at once.
SURPRISE = 2.0
# A first fill of histories says little of the week: the purse opens its books after a day.
SETTLING = DAY


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one source's waits, in seconds. `cost`: requests that one look makes."""

    min_interval: float = MIN_INTERVAL
    max_interval: float = MAX_INTERVAL
    cost: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.min_interval) and 0 < self.min_interval <= self.max_interval <= LONGEST):
            raise UsageError(
                f"min_interval {self.min_interval:g} s and max_interval {self.max_interval:g} s can't be kept: "
                f"they go up from above 0 to {LONGEST / DAY:g} days",
                "min_interval",
            )
        if not (math.isfinite(self.cost) and self.cost > 0):
            raise UsageError(f"a look that costs {self.cost:g} requests can't be planned: give more than 0", "cost")


@dataclass(frozen=True, slots=True)
class Look:
    """When a source is due (epoch seconds), and which of its bounds, if any, decided it."""

    at: float
    because: str
    expected: float


def wait(rhythm: Rhythm, day: int, second: float, price: float, *, bounds: Bounds, capacity: int | None = None) -> Look:
    """The wait after a look at a local moment, in `Look.at` as seconds from it. Pure of all but its arguments.

    `price` is in article-seconds. A listing that shows `capacity` articles is never left so long that it might
    overflow: four standard deviations of a Poisson count whose mean may be 1.6 times as high as believed.
    """
    # Looked a day ahead first: nearly every wait ends within it.
    for reach in sorted({min(bounds.max_interval, DAY / 4), min(bounds.max_interval, DAY), bounds.max_interval}):
        rates, widths = ahead(rhythm, day, second, reach)
        gains = rates * widths
        pending = np.cumsum(gains)
        waited = np.cumsum((pending - gains) * widths + 0.5 * gains * widths)
        full = math.inf if capacity is None else safe(capacity)
        if waited[-1] >= price or pending[-1] >= full or reach == bounds.max_interval:
            break
    at, because = math.inf, "price"
    cell = int(np.searchsorted(waited, price))
    if cell < len(waited):
        before = float(waited[cell - 1]) if cell else 0.0
        held = float(pending[cell - 1]) if cell else 0.0
        rate = float(rates[cell])
        at = float(widths[:cell].sum()) + (math.sqrt(held * held + 2 * rate * (price - before)) - held) / rate
    cell = int(np.searchsorted(pending, full))
    if cell < len(pending):
        held = float(pending[cell - 1]) if cell else 0.0
        overflow = float(widths[:cell].sum()) + (full - held) / float(rates[cell])
        if overflow < at:
            at, because = overflow, "capacity"
    if at > bounds.max_interval:
        at, because = bounds.max_interval, "max_interval"
    if at < bounds.min_interval:
        at, because = bounds.min_interval, "min_interval"
    return Look(at, because, float(np.interp(at, np.cumsum(widths), pending)))


@dataclass(slots=True)
class Purse:
    """Keeps spending at `budget` requests a day: the price's correction, by what was spent against what was planned."""

    budget: float
    opened: float | None = None
    at: float | None = None
    owed: float = 0.0  # days' worth spent beyond the plan
    memory: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.budget) and self.budget > 0):
            raise UsageError(f"a budget of {self.budget:g} requests a day can't be kept: give more than 0", "budget")

    def spend(self, now: float, cost: float, pace: float) -> None:
        """Note requests made at `now`; `pace`: the share of a mean day's looks, per day, that the plan has for now."""
        if self.opened is None or self.at is None:
            self.opened = self.at = now
            return
        passed = min(max(0.0, now - self.at), DAY / 4) / DAY
        self.at = max(self.at, now)
        if now - self.opened < SETTLING:
            return
        self.owed = min(1.0, max(-1.0, self.owed + cost / self.budget - pace * passed))
        self.memory = min(3.0, max(-3.0, self.memory + MEMORY * self.owed * passed))

    @property
    def correction(self) -> float:
        """What the price is multiplied by."""
        return min(LARGEST_CORRECTION, max(1 / LARGEST_CORRECTION, math.exp(HASTE * self.owed + self.memory)))

    def to_dict(self) -> dict[str, float | None]:
        """As JSON can hold it."""
        return {"opened": self.opened, "at": self.at, "owed": self.owed, "memory": self.memory}


@dataclass(slots=True)
class _Watched:
    history: History
    bounds: Bounds
    zone: tzinfo
    host: str | None
    rhythm: Rhythm | None
    fitted: float
    roots: Floats
    # Articles since it was fitted, and how many were expected.
    came: int = 0
    hoped: float = 0.0

    @property
    def surprised(self) -> bool:
        """Whether a source that is hardly known brought more than was expected."""
        return self.came > self.hoped + SURPRISE * math.sqrt(self.hoped + 1) and float(self.history.days.sum()) < 1


class Planner:
    """All sources of one budget. Deterministic: the same calls give the same answers; `now` is always an argument.

    `budget`: requests a day for all; `host_budget`: requests a day for one host, `None`: no ceiling.
    """

    def __init__(self, budget: float, *, host_budget: float | None = None) -> None:
        self.purse = Purse(budget)
        if host_budget is not None and not (math.isfinite(host_budget) and host_budget > 0):
            raise UsageError(f"a host's budget of {host_budget:g} can't be kept: give more than 0", "host_budget")
        self._host_budget = host_budget
        self._population = Population.unknown()
        self._sources: dict[str, _Watched] = {}
        self._pace = np.zeros(168)
        self._hosts: dict[str, Floats] = {}
        self._refreshed = -math.inf

    def fund(self, budget: float, *, host_budget: float | None = None) -> None:
        """Go on with other budgets."""
        self.purse = replace(self.purse, budget=budget)
        self._host_budget = host_budget

    def watch(
        self,
        name: str,
        now: float,
        *,
        history: History | None = None,
        bounds: Bounds | None = None,
        zone: tzinfo = UTC,
        host: str | None = None,
    ) -> None:
        """Plan for a source, with the past that is known of it; again: with other bounds."""
        self.forget(name)
        watched = _Watched(history or History(), bounds or Bounds(), zone, host, None, now, np.zeros(168))
        self._sources[name] = watched
        # Ten thousand sources at a start are guessed at; each is fitted when it is first asked about.
        self._enter(watched, now, rough_roots(watched.history))

    def rebound(self, name: str, bounds: Bounds) -> None:
        """Plan on for a source within other bounds, of the same cost."""
        self._sources[name].bounds = bounds

    def forget(self, name: str) -> None:
        """Plan no more for a source, which need not be known."""
        watched = self._sources.pop(name, None)
        if watched is not None:
            self._leave(watched)

    def __contains__(self, name: str) -> bool:
        return name in self._sources

    def history(self, name: str) -> History:
        """The past of a source that is watched."""
        return self._sources[name].history

    def rhythm(self, name: str) -> Rhythm:
        """What is expected of a source that is watched."""
        watched = self._sources[name]
        if watched.rhythm is None:
            return self._fit(watched, watched.fitted)
        return watched.rhythm

    def looked(
        self, name: str, now: float, new: int, published: Iterable[float] | None, *, capacity: int | None = None
    ) -> Look:
        """Note a look at a source (see `observed`), and say when the next is due."""
        self._refresh(now)
        watched = self._sources[name]
        before = watched.history
        watched.came += new
        watched.hoped += 0.0 if before.last is None else self.expected(name, before.last, now)
        watched.history = observed(
            before, now, new, published, zone=watched.zone, rhythm=self.rhythm(name), capacity=capacity
        )
        self.purse.spend(now, watched.bounds.cost, self._planned(now))
        crossed = before.last is None or int(before.last // HOUR) != int(now // HOUR)
        if (
            before.last is None
            or (new > 0 and watched.surprised)
            or (new > 0 and now - watched.fitted > HOUR / 2)
            or (crossed and now - watched.fitted > 6 * HOUR)
        ):
            self._fit(watched, now)
        return self.next(name, now)

    def next(self, name: str, now: float, *, price: float | None = None) -> Look:
        """When a source that was looked at `now` is due; `price` is another one than the budget asks, in
        article-seconds: infinity tells how long its listing may be left.
        """
        watched = self._sources[name]
        day, second = place(now, watched.zone)
        if price is None:
            price = self.price(watched.host) * watched.bounds.cost
        history = watched.history
        look = wait(self.rhythm(name), day, second, price, bounds=watched.bounds, capacity=history.capacity)
        at = now + look.at
        if history.brim is not None and history.brim < at:
            # A listing that fills faster than is believed yet is looked at before it overflows.
            at = min(at, max(history.brim, now + watched.bounds.min_interval))
            return Look(at, "capacity", self.expected(name, now, at))
        return replace(look, at=at)

    def expected(self, name: str, start: float, end: float) -> float:
        """Articles that a source that is watched is expected to publish between two moments."""
        watched = self._sources[name]
        rates, widths = ahead(self.rhythm(name), *place(start, watched.zone), max(0.0, end - start))
        return float(np.interp(max(0.0, end - start), np.cumsum(widths), np.cumsum(rates * widths)))

    def price(self, host: str | None = None) -> float:
        """Article-seconds of waiting that are worth one request, of a host's sources at least what its ceiling asks."""
        days = float(self._pace.sum()) / 7
        price = 0.5 * (days / self.purse.budget) ** 2 * self.purse.correction
        if host is not None and self._host_budget is not None and host in self._hosts:
            price = max(price, 0.5 * (float(self._hosts[host].max()) * 24 / self._host_budget) ** 2)
        return max(price, 1e-6)

    def _planned(self, now: float) -> float:
        total = float(self._pace.sum())
        hour = (int(now // HOUR) + 72) % 168
        return float(self._pace[hour]) * 168 / total if total > 0 else 1.0

    def _refresh(self, now: float) -> None:
        """Learn, once an hour, what all sources share."""
        if now - self._refreshed < HOUR:
            return
        self._refreshed = now
        watched = self._sources.values()
        self._population = Population.of(
            (one.history for one in watched), (one.rhythm.parts for one in watched if one.rhythm)
        )

    def _fit(self, watched: _Watched, now: float) -> Rhythm:
        self._leave(watched)
        rhythm = watched.rhythm = fit(watched.history, self._population)
        watched.fitted, watched.came, watched.hoped = now, 0, 0.0
        self._enter(watched, now, roots(rhythm))
        return rhythm

    def _enter(self, watched: _Watched, now: float, local: Floats) -> None:
        day, second = place(now, watched.zone)
        # Hours of the week in UTC, so that sources of all zones add up.
        ahead_of_utc = round((((day - 3) * DAY + second) - now) / HOUR)
        watched.roots = np.roll(local, -ahead_of_utc) * math.sqrt(watched.bounds.cost)
        self._pace = self._pace + watched.roots
        if watched.host is not None:
            self._hosts[watched.host] = self._hosts.get(watched.host, np.zeros(168)) + watched.roots

    def _leave(self, watched: _Watched) -> None:
        self._pace = np.maximum(self._pace - watched.roots, 0)
        if watched.host is not None:
            self._hosts[watched.host] = np.maximum(self._hosts[watched.host] - watched.roots, 0)


def look_at(
    history: History,
    rhythm: Rhythm,
    at: float,
    *,
    zone: tzinfo,
    bounds: Bounds,
    failures: int = 0,
    heeded: Heed | None = None,
    pushed: bool = False,
) -> Look:
    """A look that was planned for `at`, told anew: how much is expected by then, and what decided the moment.

    `heeded`: what its doors ask for; `pushed`: a hub delivers what it publishes.
    """
    last = history.last if history.last is not None else at
    gap = max(0.0, at - last)
    rates, widths = ahead(rhythm, *place(last, zone), gap)
    expected = float(np.interp(gap, np.cumsum(widths), np.cumsum(rates * widths)))
    if failures:
        because = f"{failures} failure{'s' if failures > 1 else ''} in a row"
    elif pushed:
        because = "pushed"
    elif gap <= bounds.min_interval * 1.001:
        because = "min_interval"
    elif gap >= bounds.max_interval * 0.999:
        because = "max_interval"
    elif heeded is not None and gap <= heeded.wait * 1.02:
        because = "heeded"
    elif _is_full(history, at, expected):
        because = "capacity"
    else:
        because = "price"
    return Look(at, because, expected)


def _is_full(history: History, at: float, expected: float) -> bool:
    """Whether a listing of which so many new articles are expected might overflow if it were left for longer."""
    if history.brim is not None and abs(at - history.brim) <= 1:
        return True
    return history.capacity is not None and expected >= safe(history.capacity) * 0.98


def purse_from(budget: float, data: Mapping[str, Any]) -> Purse:
    """A purse as `Purse.to_dict` gave it, of a budget that may have changed. `UsageError` for anything else."""
    try:
        moments = [None if data[key] is None else float(data[key]) for key in ("opened", "at")]
        owed, memory = float(data["owed"]), float(data["memory"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the purse can't be read ({error})", "budget") from error
    return Purse(budget, moments[0], moments[1], min(1.0, max(-1.0, owed)), min(3.0, max(-3.0, memory)))
