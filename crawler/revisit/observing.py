"""One look at a source: what it adds to the source's history."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, tzinfo

import numpy as np
import numpy.typing as npt

from crawler.revisit.days import DAY, day_of, days_between, place
from crawler.revisit.history import BIN, BINS, HALF_LIFE, LATELY, Floats, History
from crawler.revisit.rhythm import Rhythm

# A first look at a listing that dates its articles tells of the past, but not of more than this.
BACKLOG = 14 * DAY
# A gap without looks counts as watched for no longer than this.
LONGEST_GAP = 28 * DAY
# A listing whose size is not told shows as many as were ever new at one look, once that were so many.
TELLING_BURST = 20


def observed(
    history: History,
    now: float,
    new: int,
    published: Iterable[float] | None,
    *,
    zone: tzinfo = UTC,
    rhythm: Rhythm | None = None,
    capacity: int | None = None,
) -> History:
    """The history after a look at `now` that found `new` articles.

    `published` holds the times (epoch seconds) stated for them, perhaps for some only; a stated time outside the gap
    since the last look says nothing of when the article appeared. Articles without a time are spread over the gap as
    `rhythm`, what was believed before, expects them. `capacity`: how many articles the listing shows; where it is not
    told, as many are believed as were ever new at one look.
    """
    times = sorted(x for x in published or () if math.isfinite(x) and x <= now)[-max(new, 0) :] if new > 0 else []
    capacity = max(capacity or 0, history.capacity or 0) or None
    size = max(capacity or 0, new if new >= TELLING_BURST else 0) or None
    if history.last is None:
        first = _first(history, now, new, times, zone=zone, capacity=size)
        return replace(first, brim=_brim(None, now, new, times, size))
    last = min(history.last, now)
    inside = [x for x in times if x > last]
    if capacity is not None and new >= capacity and inside and now - last > DAY:
        # The listing shows no more: what fell off it is unknown, and so is the time before its oldest article.
        last = inside[0]
    history = _faded(history, now, zone)
    counts, articles, days = history.counts.copy(), history.articles.copy(), history.days.copy()
    lately_new, lately_expected = history.lately
    today = day_of(now, zone)
    for day, start, end in days_between(max(last, now - LONGEST_GAP), now, zone):
        share = rhythm.share(start, end) if rhythm else (end - start) / DAY
        weekday = day % 7
        days[weekday] += share
        if rhythm and day >= today - 1:
            lately_expected += share * float(rhythm.daily[weekday]) * LATELY ** (today - day)
    for x in inside:
        day, second = place(x, zone)
        counts[min(BINS - 1, int(second / BIN))] += 1
        articles[day % 7] += 1
        if day >= today - 1:
            lately_new += LATELY ** (today - day)
    undated = max(0, new) - len(inside)
    if undated:
        where, weekdays, ages = _spread(max(last, now - DAY), now, zone, rhythm)
        parts = where[1] * undated
        np.add.at(counts, where[0], parts)
        np.add.at(articles, weekdays, parts)
        lately_new += float((parts * LATELY**ages).sum())
    return replace(
        history,
        last=now,
        counts=counts,
        articles=articles,
        days=days,
        lately=(lately_new, lately_expected),
        capacity=size,
        polls=history.polls + 1,
        last_new=now if new > 0 else history.last_new,
        brim=_brim(last, now, new, inside, size),
    )


def safe(capacity: int) -> float:
    """Articles expected in a gap that a listing of `capacity` outlasts: m with 1.6 m + 4 sqrt(1.6 m) = capacity."""
    return (math.sqrt(4 + max(1, capacity)) - 2) ** 2 / 1.6


def _brim(last: float | None, now: float, new: int, times: list[float], capacity: int | None) -> float | None:
    """Until when a listing of `capacity` holds what comes at the pace just seen; `None`: no pace was.

    The pace is the highest of those in the gap since the last look and since each of the articles' stated `times`, each
    two standard deviations of a Poisson count below what came. Where all that is shown is new the listing may have
    overflowed, however slow that pace is: it is given half the gap.
    """
    if capacity is None or new < 2:
        return None
    if last is None and not times:
        return now  # nothing tells how long it took to fill
    came = np.arange(len(times), 0, -1)
    paces = (np.sqrt(came) - 1) ** 2 / np.maximum(now - np.asarray(times), 1.0)
    pace = float(paces.max()) if len(times) else 0.0
    if last is not None:
        pace = max(pace, (math.sqrt(new) - 1) ** 2 / max(now - last, 1.0))
    held = safe(capacity) / pace if pace > 0 else math.inf
    if last is not None and new >= capacity:
        held = min(held, (now - last) / 2)
    return now + held if math.isfinite(held) else None


def _first(
    history: History, now: float, new: int, times: list[float], *, zone: tzinfo, capacity: int | None
) -> History:
    """After a first look: the dated articles tell of the past as far back as the listing is without holes."""
    counts, articles, days = history.counts.copy(), history.articles.copy(), history.days.copy()
    # Pinned and forgotten articles stand far behind the others: the oldest tenth says nothing of the pace.
    kept = [x for x in times[len(times) // 10 + (len(times) >= 5) :] if x > now - BACKLOG]
    since = kept[0] if len(kept) >= 2 else now
    for day, start, end in days_between(since, now, zone):
        days[day % 7] += (end - start) / DAY
    for x in kept if len(kept) >= 2 else []:
        day, second = place(x, zone)
        counts[min(BINS - 1, int(second / BIN))] += 1
        articles[day % 7] += 1
    return replace(
        history,
        since=now,
        last=now,
        counts=counts,
        articles=articles,
        days=days,
        capacity=capacity,
        polls=1,
        last_new=max(times) if times else (now if new > 0 else None),
    )


def _faded(history: History, now: float, zone: tzinfo) -> History:
    assert history.last is not None
    passed = day_of(now, zone) - day_of(min(history.last, now), zone)
    if passed <= 0:
        return history
    keep, near = 0.5 ** (passed / HALF_LIFE), LATELY**passed
    return replace(
        history,
        counts=history.counts * keep,
        articles=history.articles * keep,
        days=history.days * keep,
        lately=(history.lately[0] * near, history.lately[1] * near),
    )


def _spread(
    start: float, end: float, zone: tzinfo, rhythm: Rhythm | None
) -> tuple[tuple[npt.NDArray[np.int64], Floats], npt.NDArray[np.int64], Floats]:
    """Shares of an article that appeared in a gap of at most a day: (bins, shares), weekdays, ages in days."""
    day, second = place(start, zone)
    offset = day * DAY + second
    length = max(end - start, 1.0)
    numbers = np.arange(int(offset // BIN), int((offset + length) // BIN) + 1)
    overlap = np.minimum((numbers + 1) * BIN, offset + length) - np.maximum(numbers * BIN, offset)
    days, bins = numbers // BINS, numbers % BINS
    shares = np.maximum(overlap, 0.0)
    if rhythm:
        shares = shares * rhythm.shape[bins] * rhythm.daily[days % 7]
    shares = shares / shares.sum()
    return (bins, shares), days % 7, np.asarray(day_of(end, zone) - days, dtype=np.float64)
