"""What a dialect found: a day, told or counted back from now, and where in the text it stood."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """One date in a text, from `start` to `end`, before its time of day was read.

    A day is either told (`month`, `day`, and `year` unless it was left out) or counted back from now: `seconds_ago` to
    the minute, `days_ago` to the day. `bare` hits are trusted only when they are all that the text says. `time` (hour,
    minute, second or `None`) and `offset` (minutes east) are set by dialects whose form holds them.
    """

    start: int
    end: int
    year: int | None = None
    month: int = 0
    day: int = 0
    seconds_ago: int | None = None
    days_ago: int | None = None
    bare: bool = False
    time: tuple[int, int, int | None] | None = None
    offset: int | None = None
