"""Times as people type them, and as they are shown."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from crawler.items import shown_in
from crawler.times import FORMS, parse_when

__all__ = ["FORMS", "parse_when", "shown", "shown_short", "shown_with_zone", "zone_name"]


def shown(moment: datetime | None, zone: str) -> str:
    """`moment` to the minute in `zone`, or ``-``."""
    return shown_in(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment else "-"


def shown_with_zone(moment: datetime | None, zone: str) -> str:
    """`moment` as `shown`, and what the zone is called then: ``2026-11-26 20:14 KST``."""
    return f"{shown(moment, zone)} {zone_name(moment, zone)}" if moment else "-"


def shown_short(moment: datetime | None, zone: str, now: datetime) -> str:
    """`moment` in a narrow column: of today the time alone, of another year the day alone."""
    if moment is None:
        return "-"
    here, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    form = "%H:%M" if here.date() == today.date() else "%m-%d %H:%M" if here.year == today.year else "%Y-%m-%d"
    return here.strftime(form)


def zone_name(moment: datetime, zone: str) -> str:
    """What a zone (IANA) is called at a moment: its letters, as KST, else its own name."""
    letters = moment.astimezone(ZoneInfo(zone)).tzname() or ""
    return letters if letters.isalpha() else zone
