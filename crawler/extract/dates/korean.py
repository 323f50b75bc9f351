"""Korean: ``2024년 3월 28일``, ``3월 28일``, ``24년 3월 28일``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extract.dates.hit import Hit

_DAY = re.compile(r"(?:(?<!\d)['’]?((?:19|20)?\d\d)\s?년\s{0,2})?(?<!\d)(\d{1,2})\s?월\s{0,2}(\d{1,2})\s?일")


def hits(text: str) -> Iterator[Hit]:
    """Every 년월일 date in a text."""
    if "월" not in text:
        return
    for found in _DAY.finditer(text):
        year = int(found[1]) if found[1] else None
        if year is not None and year < 100:
            year += 2000
        yield Hit(found.start(), found.end(), year, int(found[2]), int(found[3]))
