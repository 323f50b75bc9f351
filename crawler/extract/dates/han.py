"""Japanese and Chinese: ``2024年3月28日``, ``令和6年3月28日``, ``民國113年3月28日``, ``3月28日``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extract.dates.hit import Hit

ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
"""Name of an era and the year before its first."""

_DAY = re.compile(
    r"(?:(?P<era>令和|平成|昭和|民國|民国)\s?(?P<era_year>\d{1,3}|元)\s?年\s{0,2}|(?<!\d)(?P<year>(?:19|20)\d\d)\s?年\s{0,2})?"
    r"(?<!\d)(?P<month>\d{1,2})\s?月\s{0,2}(?P<day>\d{1,2})\s?[日号號]"
)


def hits(text: str) -> Iterator[Hit]:
    """Every 年月日 date in a text."""
    if "月" not in text:
        return
    for found in _DAY.finditer(text):
        year = int(found["year"]) if found["year"] else None
        if found["era"]:
            year = ERAS[found["era"]] + (1 if found["era_year"] == "元" else int(found["era_year"]))
        yield Hit(found.start(), found.end(), year, int(found["month"]), int(found["day"]))
