"""Text as it is stored: NFC, without invisible characters, one blank between words, one newline between paragraphs."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from crawler.text.characters import MARKS

_NEEDS_WORK = re.compile(
    r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\xa0\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|[ \n][ \n]"
)
_FILLERS = ("\u115f", "\u1160", "\u3164", "\uffa0")
"""Invisible letters of Hangul; all else that `_NEEDS_WORK` names isn't printable to Python, or is a blank."""
_LINE_ENDS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]"
    # Joiners spell words in Persian and the scripts of India, and hold emoji together; elsewhere they are dirt.
    r"|(?<![\u0600-\u0dff\u1000-\u109f\u1780-\u17ff])\u200c"
    r"|(?<![\u0600-\u0dff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"
)
_BLANKS = re.compile(r"[^\S\n]+")
_PARAGRAPHS = re.compile(r" ?\n[ \n]*")


MOST_MARKS = 30
"""Combining marks that one letter may have: the bound of UAX #15's stream-safe format; Tibetan and Hebrew need 5."""
_MARKS_TOO_MANY = re.compile(f"([{MARKS}]{{{MOST_MARKS}}})[{MARKS}]+")


def normalized(form: Literal["NFC", "NFKC"], s: str) -> str:
    """`s` in a normal form, in time that grows with its length.

    Python sorts the marks of a letter by insertion: 80,000 marks on one letter, out of order, would take minutes.
    """
    if unicodedata.is_normalized(form, s):
        return s
    return unicodedata.normalize(form, s if s.isascii() else _MARKS_TOO_MANY.sub(r"\1", s))


def clean_text(s: str) -> str:
    """`s` in NFC without zero-width, control and lone surrogate characters; blanks folded, empty paragraphs dropped.

    Any kind of line end becomes one newline, which is what separates paragraphs everywhere in presswatch. Idempotent.
    """
    s = normalized("NFC", s)
    if not _needs_work(s):
        return s.strip()
    # Blanks and line ends are all that most texts need to be rid of; Python folds them ten times as fast.
    lines = [line for one in s.splitlines() if (line := " ".join(one.split()))]
    if is_plain("".join(lines)):
        return "\n".join(lines)
    s = _LINE_ENDS.sub("\n", s)
    s = _INVISIBLE.sub("", s)
    s = _BLANKS.sub(" ", s)
    s = _PARAGRAPHS.sub("\n", s).strip()
    # Two halves that an invisible character kept apart may now compose.
    return normalized("NFC", s)


def _needs_work(s: str) -> bool:
    """Whether `_NEEDS_WORK` matches; a few plain searches tell of most texts that it doesn't, thirty times as fast."""
    if (
        s.replace("\n", "").isprintable()
        and "  " not in s
        and "\n\n" not in s
        and " \n" not in s
        and "\n " not in s
        and (s.isascii() or not any(map(s.__contains__, _FILLERS)))
    ):
        return False
    return _NEEDS_WORK.search(s) is not None


def is_plain(line: str) -> bool:
    """Whether a line without blanks beside each other is as `clean_text` would leave it; `False` may be too careful."""
    return line.isprintable() and (
        line.isascii() or (not any(map(line.__contains__, _FILLERS)) and unicodedata.is_normalized("NFC", line))
    )
