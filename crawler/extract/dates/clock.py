"""The time of day and the offset that stand beside a date."""

from __future__ import annotations

import re
from dataclasses import dataclass

MORNING = frozenset({"오전", "午前", "上午", "凌晨", "早上", "am", "a.m.", "a.m", "sa", "오전에"})
AFTERNOON = frozenset({"오후", "午後", "下午", "晚上", "中午", "pm", "p.m.", "p.m", "ch", "오후에"})
HALF = 30  # minutes: "4시 반"

_MARK = r"오전|오후|午前|午後|上午|下午|凌晨|早上|晚上|中午"
_LATIN_MARK = r"[AaPp]\.?\s?[Mm]\b\.?"
_CLOCK = rf"""
    (?:(?P<mark>{_MARK}|[AaPp][Mm])\s?)?
    (?P<hour>\d{{1,2}})
    (?: \s?[:：]\s?(?P<minute>\d{{2}}) (?:\s?[:：]\s?(?P<second>\d{{2}})(?:[.,]\d{{1,9}})?)? (?!\d)
      | \s?[시時时点點]\s?(?:(?P<minute_k>\d{{1,2}})\s?[분分]|(?P<half>[반半]))?(?:\s?(?P<second_k>\d{{1,2}})\s?[초秒])?
      | [.h](?P<minute_d>\d{{2}})(?![\d.])
      | (?=\s?(?:{_LATIN_MARK}))
    )
    (?:\s?(?P<mark_after>{_LATIN_MARK}|SA\b|CH\b))?
    (?:\s?(?:Uhr|uur|hrs?|hs|WITA?)\b\.?)?
"""
_ZONE = r"""
    \s?[(\[]?(?:
      (?P<zulu>Z)\b
      | (?:UTC|GMT)?\s?(?P<sign>[+\-−])(?P<zh>\d{1,2}):?(?P<zm>\d{2})?(?![\d])
      | (?P<abbr>[A-Z]{2,5})\b
    )?
"""
_GAP = r"""
    (?:[\s,|·•()\[\]_:~/\-–—]|\.(?!\d)){0,6}
    (?:(?:[월화수목금토일月火水木金土日](?:요일|曜日)?|星期[一二三四五六日天]|周[一二三四五六日]|[^\W\d_]{2,12}day|[A-Z][a-z]{2})[)\]]?[\s,.]{0,3})?
    (?:(?:at|um|à|às|as|kl\.?|klo|kello|alle|ore|om|o|о|a\ las|г\.?|в|lúc|pukul|jam|saat|den|,)\s{0,2})?
"""
_AFTER = re.compile(rf"(?:T|{_GAP})(?:{_CLOCK})(?:{_ZONE})", re.VERBOSE)
_BEFORE = re.compile(
    rf"(?<![\d.:])(?:{_CLOCK})(?:{_ZONE})[)\]]?[\s,|·•/\-–—]{{0,4}}(?:(?:on|of|den|le|,)\s)?"
    r"(?:[^\W\d_]{3,12},?\s|[월화수목금토일][,\s])?$",
    re.VERBOSE,
)
_BEFORE_REACH = 40  # characters of "10:15:30 a.m. KST, Wednesday, "
_DATE_ZONE = re.compile(r"(?P<zulu>Z)\b|(?P<sign>[+\-])(?P<zh>\d{2}):(?P<zm>\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day; `offset` in minutes east of UTC or `zone` as an abbreviation, both `None` when not told."""

    start: int
    end: int
    hour: int
    minute: int
    second: int | None
    offset: int | None
    zone: str | None


def clock_after(text: str, position: int) -> Clock | None:
    """The time that follows a date ending at `position`."""
    found = _AFTER.match(text, position, position + 80)
    return _clock(found) if found else None


def clock_before(text: str, position: int, floor: int) -> Clock | None:
    """The time that precedes a date starting at `position`, looking back no further than `floor`."""
    start = max(floor, position - _BEFORE_REACH)
    found = _BEFORE.search(text, start, position) if ":" in text[start:position] else None
    return _clock(found) if found else None


def offset_of_day(text: str, position: int) -> int | None:
    """The offset glued to a date without a time, as ``2024-03-28+09:00``."""
    found = _DATE_ZONE.match(text, position)
    return _offset(found) if found else None


def _clock(found: re.Match[str]) -> Clock | None:
    hour = int(found["hour"])
    minute = int(found["minute"] or found["minute_k"] or found["minute_d"] or (HALF if found["half"] else 0))
    told = found["second"] or found["second_k"]
    second = min(int(told), 59) if told else None  # a leap second is told as 60
    mark = (found["mark"] or found["mark_after"] or "").lower().replace(" ", "")
    if mark in AFTERNOON and hour < 12:
        hour += 12
    elif mark in MORNING and hour == 12:
        hour = 0
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        return None
    return Clock(found.start(), found.end(), hour, minute, second, _offset(found), found["abbr"])


def _offset(found: re.Match[str]) -> int | None:
    if found["zulu"]:
        return 0
    if not found["sign"]:
        return None
    minutes = int(found["zh"]) * 60 + int(found["zm"] or 0)
    return minutes if found["sign"] == "+" else -minutes
