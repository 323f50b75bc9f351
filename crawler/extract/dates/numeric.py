"""Dates of digits alone: ``2024.03.28``, ``2023. 2. 21.``, ``28/03/2024``, ``03-28`` without a year."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extract.dates.hit import Hit

# A label's colon may touch the year ("입력 :2026-11-24"), a clock's may not.
_YEAR_FIRST = re.compile(r"(?<![\d.,/-])(?<!\d:)((?:19|20)\d\d)\s?([./\-–])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)\.?")
_YEAR_LAST = re.compile(r"(?<![\d.,:/-])(\d{1,2})\s?([./\-–])\s?(\d{1,2})\s?\2\s?((?:19|20)\d\d)(?!\d)")
_SHORT_YEAR = re.compile(r"(?<![\d.,:/\-$€£₩])['’]?(\d\d)\s?([./-])\s?(\d\d?)\s?\2\s?(\d\d)(?![\d%])\.?(?!\d)")
_NO_YEAR_CLOCK = re.compile(r"(?<![\d.,:/-])(\d{1,2})[./-](\d{1,2})\.?(?=[\s(][^\d]{0,6}\d{1,2}:\d\d)")
_NO_YEAR_BARE = re.compile(r"[\s\[(]{0,2}(\d\d)[./-](\d\d)\.?[\s\])]{0,2}")
_YEAR_FIRST_LANGUAGES = frozenset({"ko", "ja", "zh", "hu", "lt", "sv", "mn"})
_MONTH_FIRST_LANGUAGES = frozenset({"en", "en-us", "en-ph", ""})


def hits(text: str, language: str | None) -> Iterator[Hit]:
    """Every such date in a text; the language decides between ``3/4`` of April and of March."""
    tag = (language or "").lower()
    year_first = tag.split("-", 1)[0] in _YEAR_FIRST_LANGUAGES
    month_first = tag in _MONTH_FIRST_LANGUAGES
    any_long = False
    for found in _YEAR_FIRST.finditer(text):
        any_long = True
        yield Hit(found.start(), found.end(), int(found[1]), int(found[3]), int(found[4]))
    for found in _YEAR_LAST.finditer(text):
        any_long = True
        day, month = _day_month(int(found[1]), int(found[3]), month_first and found[2] != ".")
        yield Hit(found.start(), found.end(), int(found[4]), month, day)
    if any_long:
        return
    for found in _SHORT_YEAR.finditer(text):
        first, second, third = int(found[1]), int(found[3]), int(found[4])
        quoted = text[found.start()] in "'’"
        if (year_first or quoted or first > 31) and second <= 12:
            yield Hit(found.start(), found.end(), _century(first), second, third)
        else:
            day, month = _day_month(first, second, month_first and found[2] != ".")
            yield Hit(found.start(), found.end(), _century(third), month, day)
        return
    for found in _NO_YEAR_CLOCK.finditer(text):
        first, second = int(found[1]), int(found[2])
        day, month = (second, first) if year_first else _day_month(first, second, month_first)
        yield Hit(found.start(), found.end(), None, month, day)
    if year_first and (bare := _NO_YEAR_BARE.fullmatch(text)):
        yield Hit(bare.start(), bare.end(), None, int(bare[1]), int(bare[2]), bare=True)


def _day_month(first: int, second: int, month_first: bool) -> tuple[int, int]:
    """Day and month of two numbers; a number over 12 settles it."""
    if second > 12 or (month_first and first <= 12):
        return second, first
    return first, second


def _century(year: int) -> int:
    """POSIX's reading of two-digit years."""
    return 2000 + year if year < 69 else 1900 + year
