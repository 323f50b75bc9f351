"""How a source publishes: articles a day by weekday, and the shape of its day.

The shape is a mixture of the source's own past, smoothed narrowly and widely, of the shape that all sources share, and
of none. The weights are those under which each article would best have been foretold by the others (leave-one-out
likelihood, by EM), drawn towards what does well for all sources: a source that issues at set minutes is told by its
narrow kernel, one with three articles by its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from crawler.revisit.days import DAY
from crawler.revisit.history import BIN, BINS, Floats, History

WIDTHS = (3.0, 15.0, 40.0, 90.0, 180.0)  # standard deviations of the kernels, minutes
EXPERTS = len(WIDTHS) + 2
PRIOR_WEIGHTS = (0.27, 0.02, 0.05, 0.35, 0.14, 0.14, 0.03)  # kernels, shared, flat; soon learnt from all sources
# Articles that the prior of the weights stands for: few, for a source either keeps set times or doesn't.
PULL = 2.0
ROUNDS = 12
FLOOR = 0.04  # part of a shape kept flat: the night desk may wake
# Gamma prior of articles a day: one article in a fifth of a day. A new source is looked at often, and soon settles.
HOPE, HOPE_DAYS = 1.0, 0.2
WEEKEND_PULL = 10.0  # articles
# Log spread of a source's days around their mean, and of one weekday against its like, before evidence.
WOBBLE, WEEKDAY_SPREAD = 0.35, 0.1
LEAST_RATE = 0.01 / DAY
STRANGE = 0.03  # chance that a source's pace has changed since yesterday

_offsets = (np.arange(BINS) + BINS // 2) % BINS - BINS // 2
_kernels = np.exp(-0.5 * (_offsets[None] / np.maximum(np.array(WIDTHS)[:, None] * 60 / BIN, 0.35)) ** 2)
_kernels /= _kernels.sum(1, keepdims=True)
_spectra = np.fft.rfft(_kernels, axis=1)
_flat = np.full(BINS, 1.0 / BINS)


@dataclass(frozen=True, slots=True)
class Population:
    """What all sources share: the day's shape (sums to 1), pace by weekday (mean 1), weights of a shape's parts."""

    shape: Floats
    weekdays: Floats
    weights: Floats

    @classmethod
    def unknown(cls) -> Population:
        """Before anything was seen."""
        return cls(_flat, np.ones(7), np.array(PRIOR_WEIGHTS))

    @classmethod
    def of(cls, histories: Iterable[History], parts: Iterable[Floats] = ()) -> Population:
        """From all sources' pasts; `parts`: the articles that each part of their shapes told (`Rhythm.parts`)."""
        counts, articles, days, watched = np.zeros(BINS), np.zeros(7), np.zeros(7), 0
        for history in histories:
            counts += history.counts / math.sqrt(history.total + 1)
            articles += history.articles
            days += history.days
            watched += 1
        if not watched:
            return cls.unknown()
        shape = np.maximum(np.fft.irfft(np.fft.rfft(counts) * _spectra[2], n=BINS), 0) + 1e-6
        weekdays = np.ones(7)
        seen = days / watched
        work, weekend = seen[:5].sum(), seen[5:].sum()
        if work > 0.5 and weekend > 0.5:
            paces = [
                (articles[:5].sum() + 2) / (days[:5].sum() + 0.5),
                (articles[5:].sum() + 2) / (days[5:].sum() + 0.5),
            ]
            weekdays[:5], weekdays[5:] = paces
            weekdays /= weekdays.mean()
        weights = np.array(PRIOR_WEIGHTS) * 3.0
        for part in parts:
            weights = weights + part / (part.sum() + 3.0)
        return cls(shape / shape.sum(), weekdays, weights / weights.sum())


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A source's expected publishing. `shape` has mean 1 over the day's bins; `daily` is articles a day by weekday.

    `lift` multiplies today's pace, by what came today and yesterday. `parts`: how many articles each part of the shape
    told.
    """

    shape: Floats
    daily: Floats
    lift: float
    parts: Floats

    def share(self, start: float, end: float) -> float:
        """The share of a day's articles between two seconds of the day."""
        elapsed = np.concatenate([[0.0], np.cumsum(self.shape) / BINS])
        return float(np.interp(end, _edges, elapsed) - np.interp(start, _edges, elapsed))


_edges = np.arange(BINS + 1) * BIN


def fit(history: History, population: Population) -> Rhythm:
    """What to expect of a source, from its past and from all sources'."""
    shape, parts = _shape(history, population)
    daily = _daily(history, population)
    return Rhythm(shape, daily, lift(*history.lately), parts)


def _shape(history: History, population: Population) -> tuple[Floats, Floats]:
    counts, total = history.counts, float(history.counts.sum())
    if total < 0.5:
        shape = (1 - FLOOR) * population.shape * BINS + FLOOR
        return shape, np.zeros(EXPERTS)
    smooth = np.maximum(np.fft.irfft(np.fft.rfft(counts)[None] * _spectra, n=BINS, axis=1), 0)
    shared = np.stack([population.shape, _flat])
    filled = np.flatnonzero(counts)
    own = np.minimum(counts[filled], 1.0)
    # Each article foretold by the others alone.
    others = np.maximum(smooth[:, filled] - _kernels[:, :1] * own, 0) / max(total - 1, 0.3)
    foretold = np.concatenate([others, shared[:, filled]])
    weights = population.weights
    parts = np.zeros(EXPERTS)
    for _ in range(ROUNDS):
        likely = weights @ foretold + 1e-12
        parts = weights * (foretold @ (counts[filled] / likely))
        weights = parts + PULL * population.weights
        weights = weights / weights.sum()
    density = weights @ np.concatenate([smooth / total, shared])
    # What was watched for less than a day tells nothing of the hours in which it was not.
    watched = min(1.0, float(history.days.sum()))
    density = watched * density / density.sum() + (1 - watched) * population.shape
    return (1 - FLOOR) * density / density.sum() * BINS + FLOOR, parts


def _daily(history: History, population: Population) -> Floats:
    """Articles a day by weekday: the source's pace, its weekends, and single weekdays as far as they differ."""
    usual = population.weekdays
    base = (history.total + HOPE) / (float((usual * history.days).sum()) + HOPE_DAYS)
    daily = base * usual
    for part in (slice(0, 5), slice(5, 7)):
        hoped = float((daily[part] * history.days[part]).sum())
        daily[part] *= (float(history.articles[part].sum()) + WEEKEND_PULL) / (hoped + WEEKEND_PULL)
    expected = daily * history.days
    off = np.log((history.articles + 0.5) / (expected + 0.5))
    noise = 1 / (expected + 0.5) + WOBBLE**2 / np.maximum(history.days, 1e-3)
    seen = history.days > 0.5
    # How much this source's weekdays differ at all, by moments.
    excess = float((off**2 - noise)[seen].sum()) if seen.any() else 0.0
    spread = max(0.002, (7 * WEEKDAY_SPREAD**2 + excess) / (7 + int(seen.sum())))
    return np.where(seen, daily * np.exp(off * spread / (spread + noise)), daily)


def lift(came: float, expected: float) -> float:
    """Today's pace over the usual, after `came` articles where `expected` were.

    Two explanations are weighed by how well they foretold the count (negative binomial): a day like any other, and a
    pace that has changed: a source that woke, a holiday.
    """
    if expected <= 0 and came <= 0:
        return 1.0
    expected = max(expected, 1e-3)
    usual, changed = 1 / WOBBLE**2, 0.5
    odds = math.log(STRANGE / (1 - STRANGE)) + _likelihood(came, expected, changed) - _likelihood(came, expected, usual)
    doubt = 1 / (1 + math.exp(-min(50.0, max(-50.0, odds))))
    calm, strange = (usual + came) / (usual + expected), (changed + came) / (changed + expected)
    return min(20.0, max(0.1, (1 - doubt) * calm + doubt * strange))


def _likelihood(came: float, expected: float, form: float) -> float:
    return (
        math.lgamma(form + came)
        - math.lgamma(form)
        + form * math.log(form / (form + expected))
        + came * math.log(expected / (form + expected))
    )


def ahead(rhythm: Rhythm, day: int, second: float, seconds: float) -> tuple[Floats, Floats]:
    """(rates in articles a second, widths in seconds) of the bins from a local moment on, for at least `seconds`."""
    first = min(BINS - 1, int(second / BIN))
    length = int(seconds / BIN) + 2
    start = (day % 7) * BINS + first
    bins = np.arange(start, start + length)
    rates = np.maximum(rhythm.shape[bins % BINS] * rhythm.daily[bins // BINS % 7] / DAY, LEAST_RATE)
    if rhythm.lift != 1.0:
        rates[: BINS - first] *= rhythm.lift
        # What is unusual today is half unusual tomorrow.
        rates[BINS - first : 2 * BINS - first] *= math.sqrt(rhythm.lift)
    widths = np.full(length, BIN)
    widths[0] = (first + 1) * BIN - second
    return rates, widths


def roots(rhythm: Rhythm) -> Floats:
    """The integral of the square root of the rate over each hour of the week, in local time: what polling it costs."""
    rates = np.maximum(rhythm.daily[:, None] * rhythm.shape[None] / DAY, LEAST_RATE)
    return np.asarray(np.sqrt(rates).reshape(168, BINS // 24).sum(1) * BIN)


def rough_roots(history: History) -> Floats:
    """`roots` of an even day at the source's pace: a first guess that costs nothing."""
    pace = (history.total + HOPE) / (float(history.days.sum()) + HOPE_DAYS)
    return np.full(168, math.sqrt(pace / DAY) * DAY / 24)
