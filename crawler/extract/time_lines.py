"""Lines that only tell when something was posted: above each entry of a live blog, each reply, each message.

How long ago it was is none of the text anywhere: the page says something else with every look. A clock that the site
sets beside an entry is none either; one that was written as a sub-heading, in bold or in a table is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from crawler.extract.blocks import CELLS, DD, DT, HEADINGS, PRE, Block
from crawler.extract.dates import parse_date
from crawler.extract.dates.relative import hits

LONGEST_STAMP = 48
"""Characters of a line that only tells a time."""

_CLOCK = re.compile(
    r"(?<![\d.:])(?:(?:오전|오후|午前|午後|上午|下午)\s?\d{1,2}\s?[:시時点點](?:\s?\d{1,2}\s?[분分]?)?"
    r"|\d{1,2}:\d\d(?::\d\d)?(?:\s?(?:[ap]\.?m\b\.?|uhr\b|h\b))?"
    r"|\d{1,2}[.h]\d\d(?:\s?(?:[ap]\.?m\b\.?|uhr\b)|(?=\s[A-Z]{3,4}\b)|(?<=h\d\d))"
    r"|\d{1,2}\s?(?:[ap]\.?m\b\.?|uhr\b|[시時点點]\s?\d{1,2}\s?[분分]))(?![\d:])(?:\s?\(?(?-i:[A-Z]{2,5})\)?(?![\w]))?",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\W*(?:(?:last |first )?(?:updated|published|posted|edited)|aktualisiert|mis à jour|publié|actualizado|publicado"
    r"|aggiornato|pubblicato|atualizado|bijgewerkt|geplaatst|uppdaterad|обновлено|опубликовано|입력|수정|등록|업데이트"
    r"|更新|投稿|发布|發布)?\W*(?:(?:at|on|um|à|a las|às|alle|om|kl|klo|ore|godz|в)\b)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_ANY = re.compile(r"[^\W_]")
_LATER = datetime(2100, 1, 1, tzinfo=UTC)
"""Whether a line is a date does not hang on when the page was fetched."""


def is_stamp(block: Block) -> bool:
    """Whether a block only tells when its neighbours were posted."""
    if len(block.text) > LONGEST_STAMP or block.kind == PRE or block.kind in _TABULAR:
        return False
    told = _told(block.text)
    return told == _AGO or (told == _TIME and not block.bold and block.kind not in HEADINGS)


_TABULAR = CELLS | {DT, DD}
_NO_TIME, _TIME, _AGO = range(3)


@lru_cache(1024)
def _told(text: str) -> int:
    """What a line tells and nothing else: how long ago, a time of day with or without its date, or neither."""
    words = frozenset(_WORD.findall(text.casefold()))
    rest = text
    ago = [hit for hit in hits(text, words, None) if hit.seconds_ago is not None or not hit.bare]
    for hit in reversed(ago):
        rest = f"{rest[: hit.start]} {rest[hit.end :]}"
    without, clocks = _CLOCK.subn(" ", rest)
    if clocks > 1:  # from when to when: a programme
        return _NO_TIME
    if _ANY.search(_LABEL.sub("", without, count=1)) is None:
        return _AGO if ago else _TIME if clocks else _NO_TIME
    if clocks and not ago and parse_date(text, now=_LATER) is not None:
        return _TIME
    return _NO_TIME
