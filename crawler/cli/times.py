"""Times as people type them, and as they are shown."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from crawler.items import shown_in
from crawler.times import FORMS, parse_when

__all__ = ["FORMS", "parse_when", "shown"]


def shown(moment: datetime | None, zone: str) -> str:
    """`moment` to the minute in `zone`, or ``-``."""
    return shown_in(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment else "-"
