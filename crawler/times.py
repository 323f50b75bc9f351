"""Times as people type them, on the command line and in queries. Pure: the clock is an argument."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crawler.config import parse_duration
from crawler.errors import UsageError

_ago = re.compile(r"(?:[0-9]{1,6}(?:m|h|d|w))+")
FORMS = "2026-11-01, 2026-11-01T09:30, 3d, 12h, today or yesterday"


def parse_when(text: str, now: datetime, zone: str, *, end: bool = False) -> datetime:
    """The UTC instant meant by `text`, read in `zone` (IANA name); UsageError otherwise.

    A day stands for its first instant, or with `end` for the first instant after it, so that ``--until 2026-11-30``
    takes that day in. ``3d`` is three times 24 hours before `now`.
    """
    word = text.strip()
    here = ZoneInfo(zone)
    days = {"today": 0, "yesterday": 1}
    try:
        if word.lower() in days:
            return _day(now.astimezone(here).date().isoformat(), -days[word.lower()] + end, here)
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
            return _day(word, int(end), here)
        if _ago.fullmatch(word.lower()):
            return now.astimezone(UTC) - timedelta(seconds=parse_duration(word))
        moment = datetime.fromisoformat(word)
        return (moment if moment.tzinfo else moment.replace(tzinfo=here)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is no time; write {FORMS}", text) from error


def _day(text: str, days: int, zone: ZoneInfo) -> datetime:
    # Days are added to the date, not to the instant: where clocks change, a day has 23 or 25 hours.
    return datetime.combine(datetime.fromisoformat(text).date() + timedelta(days=days), time(), zone).astimezone(UTC)
