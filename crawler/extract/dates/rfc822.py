"""RFC 822 and its kin as feeds and headers write them, glued offsets and Java's ``Date.toString`` included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from crawler.extract.dates.hit import Hit
from crawler.extract.dates.zones import FIXED

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_NAMES = frozenset(_MONTHS)
_MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MAIL = re.compile(
    rf"(?<!\d)(\d{{1,2}})[ -]{_MONTH}[a-z]{{0,6}}[ -](\d{{4}}|\d\d)(?=[ T]\d{{1,2}}:\d\d)", re.IGNORECASE
)
_ASCTIME = re.compile(
    rf"\b{_MONTH} {{1,2}}(\d{{1,2}}) (\d{{1,2}}):(\d\d):(\d\d) "
    r"(?:(?:([A-Z]{2,5})|GMT([+-])(\d\d):?(\d\d)) )?(\d{4})\b",
    re.IGNORECASE,
)

_FULL = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), {1,2})?([0-9]{1,2}) "
    r"(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?|September|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?) "
    r"((?:19|20)[0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ?(?:GMT|UTC|([+-])([0-9]{2})([0-9]{2}))"
)


def full(text: str) -> tuple[datetime, int] | None:
    """The time in UTC that ``Thu, 28 Mar 2024 16:05:06 +0900`` is, and its offset in minutes; `None` for other forms.

    It is what feeds mostly write.
    """
    found = _FULL.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    offset = int(zone_hours) * 60 + int(zone_minutes) if sign else 0
    try:
        time = datetime(
            int(year), _MONTHS[month[:3].lower()], int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    if sign == "-":
        offset = -offset
    return (time - timedelta(minutes=offset) if offset else time), offset


def hits(text: str, words: frozenset[str]) -> Iterator[Hit]:
    """``Thu, 28 Mar 2024`` before a time, and ``Thu Mar 28 16:05:06 KST 2024``; `words` of the text, casefolded."""
    if ":" not in text or _NAMES.isdisjoint(word[:3] for word in words):
        return
    for found in _MAIL.finditer(text):
        year = int(found[3])
        if year < 100:  # RFC 2822, 4.3
            year += 2000 if year < 50 else 1900
        yield Hit(found.start(), found.end(), year, _MONTHS[found[2].lower()], int(found[1]))
    for found in _ASCTIME.finditer(text):
        offset = None
        if found[6]:
            offset = FIXED.get(found[6].upper())
        elif found[7]:
            offset = (int(found[8]) * 60 + int(found[9])) * (1 if found[7] == "+" else -1)
        time = (int(found[3]), int(found[4]), int(found[5]))
        month = _MONTHS[found[1].lower()]
        yield Hit(found.start(), found.end(), int(found[10]), month, int(found[2]), time=time, offset=offset)
