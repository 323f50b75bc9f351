"""When a record of a listing says that it was published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from crawler.extract.dates import find_date, parse_date
from crawler.extract.record_lines import Line, folded_text, joined_lines
from crawler.extract.record_pieces import (
    DATE,
    Walk,
)
from crawler.items import Moment

__all__ = ["DIGIT", "Reading", "clock_of", "date_of"]

LONGEST_DATE_LINE = 60
"""Characters of a line in which a date is looked for."""

LONGEST_CLOCK = 12

LONGEST_DATE = 120
"""Characters of a text that is a date and nothing else, both labels included."""

MOST_KNOWN = 2_000
"""Texts whose dates are remembered while a page is read: "3시간 전" stands in many records."""

LONGEST_WORD_DATE = 24
"""Characters of a date without a digit: "vor einer halben Stunde"."""

MOST_DATE_PIECES = 40
"""Short texts of one record in which a date is looked for."""

_CLOCK = re.compile(r"(?:오전|오후|午前|午後|上午|下午)?\s?\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?", re.IGNORECASE)
_CLOCKS_DIFFER = timedelta(minutes=10)
DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Reading:
    """What all records of a page are read against."""

    now: datetime
    zone: str | None
    language: str | None
    year_hint: datetime | None = None
    _known: dict[str, Moment | None] = field(default_factory=dict, compare=False)

    def parse(self, text: str) -> Moment | None:
        """The moment that a text is."""
        if len(text) > LONGEST_DATE:
            return None
        if text not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[text] = self._parsed(text)
        return self._known[text]

    def _parsed(self, text: str) -> Moment | None:
        return parse_date(text, now=self.now, zone=self.zone, language=self.language, year_hint=self.year_hint)

    def clock(self, text: str) -> Moment | None:
        """The last moment at which a clock showed what a text is: ``12:05`` is of today, else of yesterday."""
        if len(text) > LONGEST_CLOCK or not _CLOCK.fullmatch(text):
            return None
        known = self.parse("1시간 전")
        if known is None:
            return None
        local = self.now.astimezone(timezone(timedelta(minutes=known.offset)))
        for days in (0, 1):
            found = self._parsed(f"{(local - timedelta(days=days)).date().isoformat()} {text}")
            if found and found.utc <= self.now + _CLOCKS_DIFFER:
                return found
        return None

    def find(self, text: str) -> Moment | None:
        """A moment somewhere in a short text."""
        return find_date(text, now=self.now, zone=self.zone, language=self.language, year_hint=self.year_hint)


def date_of(found: Walk, lines: Sequence[Line], title: str, reading: Reading) -> Moment | None:
    """When the record says it was published: a stamp for machines, a piece named as a date, any short line."""
    for stamp in found.stamps:
        if moment := reading.parse(stamp):
            return moment
    named = [piece for piece in found.pieces if piece.words and not DATE.isdisjoint(piece.words)]
    if named:
        for text in joined_lines(named):
            if (moment := reading.parse(text)) and folded_text(text) != title:
                return moment
    looked = 0
    for piece in found.pieces:
        text = piece.text
        if len(text) > LONGEST_DATE_LINE or (len(text) > LONGEST_WORD_DATE and not DIGIT.search(text)):
            continue
        looked += 1
        if looked > MOST_DATE_PIECES:
            break
        text = text.strip()
        if folded_text(text) != title and (moment := reading.parse(text)):
            return moment
    for line in lines:
        if not line.caption and len(line.text) <= 2 * LONGEST_DATE_LINE and line.folded != title:
            moment = reading.find(line.text) if DIGIT.search(line.text) else None
            if moment is not None:
                return moment
    return None


def clock_of(found: Walk, reading: Reading) -> Moment | None:
    """When a record that tells no day says it was published: a time of day that stands alone, the first."""
    for piece in found.pieces:
        told = ":" in piece.text and len(piece.text) <= 2 * LONGEST_CLOCK
        if told and (moment := reading.clock(piece.text.strip("()[] \n\t"))):
            return moment
    return None
