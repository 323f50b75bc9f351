"""What is remembered of one source: when its articles appeared, in a few hundred bytes."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from crawler.errors import UsageError
from crawler.revisit.days import DAY

Floats = npt.NDArray[np.float64]

BINS = 288
BIN = DAY / BINS
# What was seen counts half after three weeks: long enough for three weekends, short enough to follow a new editor.
HALF_LIFE = 21.0
# What happened lately, for bursts, holidays and awakenings: yesterday counts a third of today.
LATELY = 0.3
VERSION = 1
_SCALE = 64.0


@dataclass(frozen=True, slots=True)
class History:
    """One source's past, faded. All times are epoch seconds; days are those of the zone it was observed in.

    `counts` holds articles by five minutes of the day; `articles` and `days` hold articles and days watched by weekday,
    Monday first; `lately` the articles of today and yesterday and how many were expected; `capacity` how many articles
    the listing shows, as far as that is known. `brim` is until when it holds what comes at the pace last seen.
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
    brim: float | None = None

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
            "brim": _rounded(self.brim),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> History:
        """What `to_dict` gave. Raises `UsageError` for anything else."""
        try:
            return cls._read(data)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, zlib.error, binascii.Error) as error:
            raise UsageError(
                f"revisit history can't be read ({error}); drop it and it is learnt anew", "revisit"
            ) from error

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> History:
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}")
        raw = zlib.decompressobj().decompress(base64.b85decode(data["counts"]), 2 * BINS + 1)
        counts = np.frombuffer(raw, dtype="<u2").astype(np.float64) / _SCALE
        articles, days = np.array(data["articles"], dtype=np.float64), np.array(data["days"], dtype=np.float64)
        lately = (float(data["lately"][0]), float(data["lately"][1]))
        capacity, polls = data["capacity"], int(data["polls"])
        if counts.shape != (BINS,) or articles.shape != (7,) or days.shape != (7,):
            raise ValueError("sizes")
        if not np.isfinite([*articles, *days, *lately]).all() or min(*articles, *days, *lately, polls) < 0:
            raise ValueError("numbers")
        return cls(
            since=_moment(data["since"]),
            last=_moment(data["last"]),
            counts=counts,
            articles=articles,
            days=days,
            lately=lately,
            capacity=None if capacity is None else max(1, int(capacity)),
            polls=polls,
            last_new=_moment(data["last_new"]),
            brim=_moment(data.get("brim")),
        )


def _rounded(moment: float | None) -> float | None:
    return None if moment is None else round(moment, 1)


def _moment(value: object) -> float | None:
    if value is None:
        return None
    moment = float(value)  # type: ignore[arg-type]
    if not math.isfinite(moment):
        raise ValueError("times")
    return moment
