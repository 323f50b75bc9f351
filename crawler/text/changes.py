"""What one text changed of another, word by word, in every script. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Final, Literal

from crawler.text.characters import HAN, KANA, MARKS

MAX_WORDS: Final = 6_000
"""difflib is quadratic in the number of words that differ; beyond this changed paragraphs are told whole."""
MAX_LINES: Final = 20_000
"""Beyond this, all that lies between the first and the last difference is told whole."""

Verb = Literal["same", "gone", "came"]
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"


@cache
def _word() -> re.Pattern[str]:
    # A number with its signs is a word; Han, kana and the scripts of South-East Asia, which leave no blanks between
    # words, are compared letter by letter.
    alone = f"{HAN}{KANA}{_SOUTH_EAST}"
    return re.compile(
        rf"\s+|\d+(?:[.,:]\d+)+|[{alone}][{MARKS}]*|(?:(?![{alone}])\w)(?:(?![{alone}])[\w{MARKS}]|['’](?=\w))*|."
    )


def changes(old: str, new: str) -> list[tuple[Verb, str]]:
    """Pieces in order: what stayed the same, what is gone and what came. The same and the gone ones make `old`, the
    same and the new ones `new`.

    Paragraphs are compared first, then the words of those that changed.
    """
    return list(_joined(_by_line(old.splitlines(keepends=True), new.splitlines(keepends=True))))


def _by_line(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Verb, str]]:
    for same, before, after in _blocks(old, new, MAX_LINES):
        if same:
            yield "same", "".join(before)
        else:
            yield from _by_word(_word().findall("".join(before)), _word().findall("".join(after)))


def _by_word(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Verb, str]]:
    for same, before, after in _blocks(old, new, MAX_WORDS):
        if same:
            yield "same", "".join(before)
            continue
        if before:
            yield "gone", "".join(before)
        if after:
            yield "came", "".join(after)


def _blocks(old: Sequence[str], new: Sequence[str], most: int) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Stretches of both that are the same or not."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start:
        yield True, old[:start], new[:start]
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if len(before) + len(after) > most:
        yield False, before, after
    else:
        for verb, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            yield verb == "equal", before[a:b], after[c:d]
    if end:
        yield True, old[len(old) - end :], new[len(new) - end :]


def _joined(pieces: Iterator[tuple[Verb, str]]) -> Iterator[tuple[Verb, str]]:
    """Neighbours of a kind as one; a mere blank between two changes belongs to both."""
    gone = came = held = same = ""
    for verb, text in pieces:
        if verb == "same":
            if (gone or came) and not held and text.isspace() and "\n" not in text:
                held = text
                continue
            yield from _told(gone, came)
            gone = came = ""
            same, held = same + held + text, ""
            continue
        if same:
            yield "same", same
            same = ""
        gone, came, held = gone + held, came + held, ""
        if verb == "gone":
            gone += text
        else:
            came += text
    yield from _told(gone, came)
    if same or held:
        yield "same", same + held


def _told(gone: str, came: str) -> Iterator[tuple[Verb, str]]:
    if gone:
        yield "gone", gone
    if came:
        yield "came", came
