"""How large the store is, how fast it grows, and how long the disk lasts: from its own history."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from crawler.config import Config
from crawler.items import StoreGrowth
from storage.glance import Glanced

# The last week: publishing has a rhythm of weeks.
LOOKED_BACK = timedelta(days=7)
# Before so much time has passed one burst decides: the first crawl of a source brings all that it lists.
LEAST_WATCHED = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Bytes of the store, and by how many it grows a day; `None`: watched for too short a time to say.

    `free` are the bytes left where it lies and `days_left` the days until they are used up, `None` where the store is
    another machine's or does not grow.
    """

    size: int
    a_day: int | None = None
    free: int | None = None
    days_left: int | None = None


def look_ahead(store: Glanced, config: Config, now: datetime) -> Forecast:
    """The forecast at `now` (UTC). `StoreError` when the store can't be read."""
    with store.glance() as glance:
        growth = glance.growth(now - LOOKED_BACK, now)
    place = store.file
    free = None if place is None else _free(place)
    ceiling = config.keep_pages_megabytes * 1_000_000 if config.keep_pages_megabytes else None
    return forecast(growth, free, keep_days=config.keep_pages_days if config.keep_pages else 0, ceiling=ceiling)


def forecast(growth: StoreGrowth, free: int | None, *, keep_days: int, ceiling: int | None) -> Forecast:
    """What comes of going on as in the time looked at.

    Articles stay, each with as much as the mean of all; raw pages are kept for `keep_days` and up to `ceiling` bytes,
    so they grow to a level and stay there.
    """
    if growth.days < LEAST_WATCHED / timedelta(days=1) or not growth.articles:
        return Forecast(size=growth.size, free=free)
    an_article = max(0, growth.size - growth.pages) / growth.articles
    lasting = an_article * growth.new / growth.days
    raw = growth.page_bytes / growth.days
    level = raw * keep_days if ceiling is None else min(raw * keep_days, float(ceiling))
    room = max(0.0, level - growth.pages)
    a_day = lasting + (raw if room else 0.0)
    if free is None or a_day < 1:
        return Forecast(size=growth.size, a_day=round(a_day), free=free)
    until_level = room / raw if raw else 0.0
    if free <= a_day * until_level:
        days = free / a_day
    elif lasting < 1:
        return Forecast(size=growth.size, a_day=round(a_day), free=free)
    else:
        days = until_level + (free - room - lasting * until_level) / lasting
    return Forecast(size=growth.size, a_day=round(a_day), free=free, days_left=int(days))


def told(found: Forecast) -> str:
    """The forecast in a line."""
    parts = [_bytes(found.size)]
    parts.append("too young to say how it grows" if found.a_day is None else f"grows {_bytes(found.a_day)} a day")
    if found.free is not None:
        left = "" if found.days_left is None else f", enough for {_span(found.days_left)}"
        parts.append(f"{_bytes(found.free)} free{left}")
    return "; ".join(parts)


def _span(days: int) -> str:
    return f"{days:,} days" if days < 3_650 else "over ten years"


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1_000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1_000
    return f"{size:.1f} TB"


def _free(place: Path) -> int | None:
    try:
        return shutil.disk_usage(place.parent).free
    except OSError:
        return None
