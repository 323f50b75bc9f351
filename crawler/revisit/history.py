"""What is remembered of one source: when its articles appeared, in a few hundred bytes."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crawler.errors import UsageError

if TYPE_CHECKING:
    from crawler.revisit.rhythm import Rhythm

Floats = npt.NDArray[np.float64]

DAY = 86_400.0
BINS = 288
BIN = DAY / BINS
# What was seen counts half after three weeks: long enough for three weekends, short enough to follow a new editor.
HALF_LIFE = 21.0
# What happened lately, for bursts, holidays and awakenings: yesterday counts a third of today.
LATELY = 0.3
# A first look at a listing that dates its articles tells of the past, but not of more than this.
BACKLOG = 14 * DAY
VERSION = 1
_SCALE = 64.0


@dataclass(frozen=True, slots=True)
class History:
    """One source's past, faded. All times are epoch seconds; days are those of the zone that is given to `observed`.

    `counts` holds articles by five minutes of the day; `articles` and `days` hold articles and days watched by weekday,
    Monday first; `lately` the articles of today and yesterday and how many were expected; `capacity` how many articles
    the listing shows, if that is known.
    """

    since: float | None = None
    last: float | None = None
    counts: Floats = field(default_factory=lambda: np.zeros(BINS))
    articles: Floats = field(default_factory=lambda: np.zeros(7))
    days: Floats = field(default_factory=lambda: np.zeros(7))
    lately: tuple[float, float] = (0.0, 0.0)
    capacity: int | None = None
    polls: int = 0
    last_new: float | None = None

    @property
    def total(self) -> float:
        """Articles seen, faded."""
        return float(self.articles.sum())

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it, at most 2 KB."""
        packed = np.minimum(np.rint(self.counts * _SCALE), 65_535).astype("<u2").tobytes()
        return {
            "version": VERSION,
            "since": _rounded(self.since),
            "last": _rounded(self.last),
            "counts": base64.b85encode(zlib.compress(packed, 9)).decode("ascii"),
            "articles": [round(float(x), 3) for x in self.articles],
            "days": [round(float(x), 4) for x in self.days],
            "lately": [round(x, 3) for x in self.lately],
            "capacity": self.capacity,
            "polls": self.polls,
            "last_new": _rounded(self.last_new),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> History:
        """What `to_dict` gave. Raises `UsageError` for anything else."""
        try:
            if data["version"] != VERSION:
                raise ValueError(f"version {data['version']}")
            raw = zlib.decompressobj().decompress(base64.b85decode(data["counts"]), 2 * BINS + 1)
            counts = np.frombuffer(raw, dtype="<u2").astype(np.float64) / _SCALE
            articles, days = np.array(data["articles"], dtype=np.float64), np.array(data["days"], dtype=np.float64)
            lately = (float(data["lately"][0]), float(data["lately"][1]))
            if counts.shape != (BINS,) or articles.shape != (7,) or days.shape != (7,):
                raise ValueError("sizes")
            if not (np.isfinite([*articles, *days, *lately]).all() and min(*articles, *days, *lately) >= 0):
                raise ValueError("numbers")
            return cls(
                since=_moment(data["since"]),
                last=_moment(data["last"]),
                counts=counts,
                articles=articles,
                days=days,
                lately=lately,
                capacity=None if data["capacity"] is None else int(data["capacity"]),
                polls=int(data["polls"]),
                last_new=_moment(data["last_new"]),
            )
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, zlib.error, binascii.Error) as error:
            raise UsageError(f"revisit history can't be read ({error}); drop it and it is learnt anew", "revisit") from error


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
    `rhythm`, what was believed before, expects them. `capacity`: how many articles the listing shows.
    """
    times = sorted(x for x in published or () if math.isfinite(x) and x <= now)[-max(new, 0) :] if new > 0 else []
    capacity = max(capacity or 0, history.capacity or 0) or None
    if history.last is None:
        return _first(history, now, new, times, zone, capacity)
    last = min(history.last, now)
    inside = [x for x in times if x > last]
    if capacity is not None and new >= capacity and inside and now - last > DAY:
        # The listing shows no more: what fell off it is unknown, and so is the time before its oldest article.
        last = inside[0]
    history = _faded(history, now, zone)
    counts, articles, days = history.counts.copy(), history.articles.copy(), history.days.copy()
    lately_new, lately_expected = history.lately
    today = _day(now, zone)
    for day, start, end in _days_between(max(last, now - 28 * DAY), now, zone):
        share = rhythm.share(start, end) if rhythm else (end - start) / DAY
        weekday = day % 7
        days[weekday] += share
        if rhythm and day >= today - 1:
            lately_expected += share * float(rhythm.daily[weekday]) * LATELY ** (today - day)
    for x in inside:
        day, second = _place(x, zone)
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
        capacity=capacity,
        polls=history.polls + 1,
        last_new=now if new > 0 else history.last_new,
    )


def _first(history: History, now: float, new: int, times: list[float], zone: tzinfo, capacity: int | None) -> History:
    """After a first look: the dated articles tell of the past as far back as the listing is without holes."""
    counts, articles, days = history.counts.copy(), history.articles.copy(), history.days.copy()
    # Pinned and forgotten articles stand far behind the others: the oldest tenth says nothing of the pace.
    kept = [x for x in times[len(times) // 10 + (len(times) >= 5) :] if x > now - BACKLOG]
    since = kept[0] if len(kept) >= 2 else now
    for day, start, end in _days_between(since, now, zone):
        days[day % 7] += (end - start) / DAY
    for x in kept if len(kept) >= 2 else []:
        day, second = _place(x, zone)
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
    passed = _day(now, zone) - _day(min(history.last, now), zone)
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


def _place(moment: float, zone: tzinfo) -> tuple[int, float]:
    """The local day, counted so that Mondays divide by seven, and the second of it."""
    if zone is UTC:
        local = moment
    else:
        offset = datetime.fromtimestamp(moment, zone).utcoffset()
        assert offset is not None
        local = moment + offset.total_seconds()
    # 1 January 1970 was a Thursday.
    return int(local // DAY) + 3, local % DAY


def _day(moment: float, zone: tzinfo) -> int:
    return _place(moment, zone)[0]


def _days_between(start: float, end: float, zone: tzinfo) -> list[tuple[int, float, float]]:
    """(day, from second, to second) for each local day touched."""
    (first, begin), (last, finish) = _place(start, zone), _place(end, zone)
    if first == last:
        return [(first, begin, finish)] if finish > begin else []
    return [(first, begin, DAY), *((day, 0.0, DAY) for day in range(first + 1, last)), (last, 0.0, finish)]


def _spread(
    start: float, end: float, zone: tzinfo, rhythm: Rhythm | None
) -> tuple[tuple[npt.NDArray[np.int64], Floats], npt.NDArray[np.int64], Floats]:
    """Shares of one article that appeared somewhere in a gap of at most a day: (bins, shares), weekdays, ages in days."""
    day, second = _place(start, zone)
    offset = day * DAY + second
    length = max(end - start, 1.0)
    numbers = np.arange(int(offset // BIN), int((offset + length) // BIN) + 1)
    overlap = np.minimum((numbers + 1) * BIN, offset + length) - np.maximum(numbers * BIN, offset)
    days, bins = numbers // BINS, numbers % BINS
    shares = np.maximum(overlap, 0.0)
    if rhythm:
        shares = shares * rhythm.shape[bins] * rhythm.daily[days % 7]
    shares = shares / shares.sum()
    return (bins, shares), days % 7, np.asarray(_day(end, zone) - days, dtype=np.float64)


def _rounded(moment: float | None) -> float | None:
    return None if moment is None else round(moment, 1)


def _moment(value: object) -> float | None:
    if value is None:
        return None
    moment = float(value)  # type: ignore[arg-type]
    if not math.isfinite(moment):
        raise ValueError("times")
    return moment
