"""Character classes that the standard library's regular expressions lack, as the inside of a ``[...]``."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from itertools import chain


def _as_class(points: Iterable[int], belongs: Callable[[str], bool]) -> str:
    ranges: list[list[int]] = []
    for point in points:
        if belongs(chr(point)):
            if ranges and ranges[-1][1] == point - 1:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)


def _is_mark(character: str) -> bool:
    # Enclosing marks (keycaps) and ignorable ones (variation selectors, the grapheme joiner) change no word.
    point = ord(character)
    return (
        unicodedata.category(character) in ("Mn", "Mc")
        and point not in (0x034F, 0x17B4, 0x17B5)
        and not 0x180B <= point <= 0x180F
        and not 0xFE00 <= point <= 0xFE0F
    )


def _is_letter_or_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Lo", "Lm", "Nl", "Mn", "Mc")


_MARK_BLOCKS = chain(range(0x0300, 0x2000), range(0x20D0, 0x2100), range(0x3000, 0x3100), range(0xA600, 0xAC00),
                     range(0xFB1E, 0xFB1F), range(0xFE20, 0xFE30))  # fmt: skip
MARKS = _as_class(_MARK_BLOCKS, _is_mark)
"""Combining marks of the basic plane: in Hindi, Thai or Arabic the vowels. Python's ``\\w`` leaves them out."""
HANGUL = "\uac00-\ud7a3\u1100-\u115e\u1161-\u11ff\u3131-\u3163\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb"
"""Syllables and jamo, without the invisible fillers."""
HAN = (
    "\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufa6d\ufa70-\ufad9\U00020000-\U0002a6df"
    "\U0002a700-\U0002b738\U0002b740-\U0002b81d\U0002b820-\U0002cea1\U0002ceb0-\U0002ebe0\U00030000-\U0003134a"
)
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_SOUTH_EAST = chain(range(0x0E01, 0x0E4F), range(0x0E81, 0x0EDF), range(0x1000, 0x1040), range(0x1780, 0x17D3))
UNSPACED = HANGUL + HAN + KANA + _as_class(_SOUTH_EAST, _is_letter_or_mark)
"""Letters of scripts written without reliable blanks between words: Hangul, Han, kana, Thai, Lao, Burmese, Khmer."""
