"""Months by name, in any of the languages of `months`: ``28 March 2024``, ``Mar 28``, ``28 de marzo de 2024``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extract.dates.hit import Hit
from crawler.extract.dates.months import MONTHS, SHARED, month_number

BUDDHIST = 543  # years that the Thai calendar is ahead
_WORD = r"((?:[^\W\d_][\u0300-\u036f\u0900-\u097f\u0980-\u09ff\u0e00-\u0e7f]{0,3}){2,14})"
_DAY_FIRST = re.compile(
    rf"(?<!\d[.,:/])(?<![\d.,/])(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|°|-го|-a)?[.\-/ ,]{{0,2}}(?:of |de |d’|d'|di )?{_WORD}"
    r"(?:[.,\-/ ]{1,3}(?:de |del |of )?((?:19|20|25)\d\d|['’]\d\d)(?!\d))?"
)
_MONTH_FIRST = re.compile(
    rf"(?<![^\W\d_]){_WORD}\.?[ \-/]{{1,2}}(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
    r"(?:(?:,|\.)? {0,2}((?:19|20)\d\d)(?!\d))?"
)
_YEAR_FIRST = re.compile(rf"(?<!\d)((?:19|20)\d\d)[.,\-/ ]{{1,2}}{_WORD}[.\-/ ]{{1,2}}(\d{{1,2}})(?!\d)")
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2}) tháng (\d{1,2})(?:,| năm)? ((?:19|20)\d\d)", re.IGNORECASE)


def hits(text: str, words: frozenset[str], language: str | None) -> Iterator[Hit]:
    """Every such date in a text; `words` are its words, casefolded."""
    if "tháng" in words:
        for found in _VIETNAMESE.finditer(text):
            yield Hit(found.start(), found.end(), int(found[3]), int(found[2]), int(found[1]))
    if MONTHS.keys().isdisjoint(words):
        return
    for found in _YEAR_FIRST.finditer(text):
        if month := month_number(found[2], language):
            yield Hit(found.start(), found.end(), int(found[1]), month, int(found[3]))
    for found in _DAY_FIRST.finditer(text):
        yield from _named(found, found[2], found[1], found[3], language)
    for found in _MONTH_FIRST.finditer(text):
        yield from _named(found, found[1], found[2], found[3], language)


def _named(found: re.Match[str], name: str, day: str, year: str | None, language: str | None) -> Iterator[Hit]:
    month = month_number(name, language)
    if month is None:
        return
    if year is None:
        trusted = name.casefold() not in SHARED or name[0].isupper()
        if trusted:
            yield Hit(found.start(), found.end(), None, month, int(day), bare=len(name) < 3)
        return
    told = int(year) if year[0] not in "'’" else 2000 + int(year[1:])
    yield Hit(found.start(), found.end(), told - BUDDHIST if told > 2400 else told, month, int(day))
