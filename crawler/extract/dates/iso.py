"""ISO 8601: in full with an offset, and in its compact forms; seconds since the epoch. The rest is `numeric`'s."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from crawler.extract.dates.hit import Hit

_COMPACT = re.compile(
    r"\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?(?:\.\d{1,9})?\s?(?:(Z)|([+-])(\d\d):?(\d\d))?)?\s*"
)
_FULL = re.compile(
    r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{3}(?:[0-9]{3})?)?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)
_EPOCH = re.compile(r"\s*(\d{10})(\d{3})?(?:\.\d{1,9})?\s*")
_EPOCH_FLOOR = 631_152_000  # 1990-01-01: ten digits below are no time of a web page


def full(text: str) -> tuple[datetime, bool] | None:
    """The time that ``2024-03-28T16:05:06+09:00`` is, and whether its seconds are told; `None` for all other forms.

    It is what a machine wrote, and most dates of pages are of this form: it need not be asked of each dialect.
    """
    if not _FULL.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(microsecond=0), text[16] == ":"
    except ValueError:
        return None


def hits(text: str) -> Iterator[Hit]:
    """``20240328``, ``20240328T160506Z``, ``20240328160506`` and ``1711609506(123)``, each as the whole text."""
    if found := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, zulu, sign, zh, zm = found.groups()
        time = (int(hour), int(minute), int(second) if second else None) if hour else None
        offset = None
        if zulu:
            offset = 0
        elif sign:
            offset = (int(zh) * 60 + int(zm)) * (1 if sign == "+" else -1)
        if 1 <= int(month) <= 12:
            yield Hit(0, len(text), int(year), int(month), int(day), time=time, offset=offset)
            return
    if (found := _EPOCH.fullmatch(text)) and int(found[1]) > _EPOCH_FLOOR:
        moment = datetime.fromtimestamp(int(found[1]), UTC)
        time = (moment.hour, moment.minute, moment.second)
        yield Hit(0, len(text), moment.year, moment.month, moment.day, time=time, offset=0)
