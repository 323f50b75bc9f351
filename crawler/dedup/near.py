"""Near copies of a text: a sketch that finds candidates, full shingles and the numbers that decide.

Shingles are overlapping n-grams of the letters that the content hash is taken of (`fingerprint.content_letters`), five
for Hangul, Han and kana, nine for other scripts, chosen by the letter that begins each, so that a copy has its
original's shingles wherever they share a passage. Numbers are masked in them and compared apart: reports of one
template have the same shingles and other numbers at the same places.

The sketch is winnowed (Schleimer, Wilkerson and Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003): the least hash of every window of `w` shingles. Two texts that share a passage of `w` shingles share a
hash, and what a wide window selects a narrow one selects too. So a long text is posted with a wide window, a few dozen
hashes whatever its length, and asked for with a narrower one.

Nothing here depends on PYTHONHASHSEED, on the machine, or on what was compared before.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SKETCH_VERSION: Final = 1
"""Raised whenever the same text would get another sketch; sketches of two versions are never compared."""
MOST_LETTERS: Final = 20_000
"""Letters of a text that are looked at; more is a book."""
LEAST_LETTERS: Final = 16
"""Letters under which a text has too little of its own to be told from a template."""
FEW_LETTERS: Final = 60
FEW_WORTH: Final = 0.8
"""Of so short a text so much must stand in the other."""
MOST_NUMBERS: Final = 400

MOST_POSTED: Final = 48
"""About the most hashes of a text that are posted, half of that the least for all but short texts."""
MOST_ASKED: Final = 160
NARROWEST: Final = 8
"""Shingles of the narrowest window."""
WORTH: Final = 0.42
"""Share of the shorter text that must stand in the longer one."""
LEAST_PART: Final = 0.08
"""Share of the longer text that the common part must be: a round-up holds many articles and is a copy of none."""
OWN: Final = ((70, 0.3), (120, 0.15))
"""A passage that each text has for itself, of so many letters and such a share of the shorter one, makes two articles:
what they share is furniture, a standing notice, a quoted release."""
TELLING: Final = 3
OTHER_SHARE: Final = 1 / 3
"""Of the numbers at the same places so many differ in reports of one template; edits and updates change fewer."""
DENSE: Final = 80
FEW_OTHER_SHARE: Final = 0.75
"""In short texts fewer than three differing numbers tell, one in so many letters, if hardly any is equal."""

_SHORT_GRAM: Final = 5
_LONG_GRAM: Final = 9
_BASE: Final = np.uint32(0x9E3779B1)
_BASE_2: Final = np.uint32(0x9E3779B1**2 & 0xFFFFFFFF)
_BASE_4: Final = np.uint32(0x9E3779B1**4 & 0xFFFFFFFF)
_SYLLABLES: Final = 0x2E80
"""Where Han, kana and Hangul begin; before stand the scripts whose letters are sounds."""
_MASK: Final = "0"
_BEFORE: Final = 6
_AFTER: Final = 3
_NUMBER = re.compile(r"[-+△▲▼]?\d(?:[\d.,٫/:]*\d)?[%‰]?")
_SHIFT_1, _SHIFT_2 = np.uint32(16), np.uint32(13)
_FACTOR_1, _FACTOR_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_STRAY: Final = 3
_LETTER: Final = 0.5
_TABLE_BITS: Final = range(15, 21)
_TABLE_SHARE: Final = 64
_NEAR_GAP: Final = 160
_SWAPPED: Final = range(2, 25)

Hashes = NDArray[np.uint32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Shingled:
    """A text as it is compared: its letters with each number masked as one, and the hash of the shingle at each.

    `told` are the hashes with the numbers in them, `written` the numbers, `spots` where they stand.
    """

    masked: str
    hashes: Hashes
    told: Hashes
    written: Sequence[str]
    spots: Sequence[int]
    weight: float
    """What one of its letters counts: 1 in a script of syllables (Hangul, kana) or words (Han), else 1/2."""

    def __len__(self) -> int:
        return len(self.hashes)

    @cached_property
    def numbers(self) -> dict[str, list[int]]:
        """Which numbers stand between the same letters, by these."""
        by_letters: dict[str, list[int]] = {}
        for index, spot in enumerate(self.spots):
            around = self.masked[max(0, spot - _BEFORE) : spot + 1 + _AFTER]
            by_letters.setdefault(around, []).append(index)
        return by_letters


@dataclass(frozen=True, slots=True)
class Sketch:
    """`posted` are the hashes under which a text is found later, `asked` those under which it looks for others.

    `asked` holds all of `posted`; both are in the order of the text.
    """

    posted: tuple[int, ...]
    asked: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two texts agree.

    `contained` is the share of the shorter one's shingles that the longer one has, `compared` how many the shorter one
    has, standing ones left out. `own`: letters of the longest passage that each has for itself, the smaller of the two.
    `equal` and `other`: numbers at the same place in both that are the same, and that differ. `renamed`: places where
    both have a word that comes again and again, always one in the one text and another in the other. Letters are
    counted as in a script of syllables; those of an alphabet count half.
    """

    contained: float
    of_first: float
    of_second: float
    compared: int
    own: int
    equal: int
    other: int
    renamed: int

    @property
    def copy(self) -> bool:
        """Whether one of the two was made from the other."""
        if self.compared < LEAST_LETTERS or min(self.of_first, self.of_second) < LEAST_PART:
            return False
        if self.contained < (FEW_WORTH if self.compared < FEW_LETTERS else WORTH):
            return False
        if any(self.own >= letters and self.own >= share * self.compared for letters, share in OWN):
            return False
        if self.renamed >= TELLING:
            return False
        numbers = self.equal + self.other
        if self.other >= TELLING:
            return self.other < OTHER_SHARE * numbers
        return self.other * DENSE < self.compared or self.other < FEW_OTHER_SHARE * numbers


def shingle(letters: str) -> Shingled:
    """A text's shingles; `letters` is what `fingerprint.content_letters` gives."""
    masked, written, spots = _masked(letters[:MOST_LETTERS])
    codes = np.frombuffer(masked.encode("utf-32-le", "surrogatepass"), np.uint32)
    size = len(codes) - _LONG_GRAM + 1
    if size <= 0:
        none = np.zeros(0, np.uint32)
        return Shingled(masked, none, none, written, spots, 1.0)
    syllables = (codes >= _SYLLABLES) & (codes < 0xFB00) | (codes >= 0x20000)
    counted = int(np.count_nonzero(syllables))
    short = syllables[:size]
    hashes = told = _hashes(codes, short)
    if spots:
        with_numbers = codes.copy()
        with_numbers[spots] = [crc32(number.encode()) for number in written]
        told = _hashes(with_numbers, short)
    return Shingled(masked, hashes, told, written, spots, 1.0 if 2 * counted > size else _LETTER)


def _hashes(codes: Hashes, short: Flags) -> Hashes:
    """The hash of the shingle at each place: a polynomial of its codes, mixed as MurmurHash3 does in the end."""
    size = len(short)
    two = codes[:-1] * _BASE + codes[1:]
    four = two[:-2] * _BASE_2 + two[2:]
    eight = four[:-4] * _BASE_4 + four[4:]
    mixed = np.where(short, four[:size] * _BASE + codes[4 : size + 4], eight[:size] * _BASE + codes[8:])
    mixed ^= mixed >> _SHIFT_1
    mixed *= _FACTOR_1
    mixed ^= mixed >> _SHIFT_2
    mixed *= _FACTOR_2
    mixed ^= mixed >> _SHIFT_1
    return mixed


def sketch(text: Shingled) -> Sketch:
    """The winnowed hashes of a text, none of one that has no window."""
    size = len(text)
    if size < NARROWEST:
        return Sketch((), ())
    least, width = text.told, 1
    asked: tuple[int, ...] | None = None
    while width < NARROWEST or 2 * size > MOST_POSTED * width:
        if 2 * width > size:
            break
        least = np.minimum(least[:-width], least[width:])
        width *= 2
        if asked is None and width >= NARROWEST and 2 * size <= MOST_ASKED * width:
            asked = _distinct(least)
    posted = _distinct(least)
    return Sketch(posted, posted if asked is None else asked)


def compare(first: Shingled, second: Shingled, standing: Flags | None = None) -> Agreement:
    """How two texts agree; the shingles of `first` that are `standing` are left out on both sides."""
    in_second = _found(first.hashes, second.hashes)
    in_first = _found(second.hashes, first.hashes)
    one, two = in_second, in_first
    if standing is not None:
        one, two = in_second[~standing], in_first[~_found(second.hashes, first.hashes[standing])]
    of_first, of_second = _share(one), _share(two)
    shorter = min(len(one), len(two))
    contained = of_first if len(one) == shorter else of_second
    equal, other = _numbers(first, second, standing)
    return Agreement(
        contained=contained,
        of_first=of_first,
        of_second=of_second,
        compared=int(shorter * min(first.weight, second.weight)),
        own=int(min(_longest_own(one), _longest_own(two)) * min(first.weight, second.weight)),
        equal=equal,
        other=other,
        renamed=_renamed(first, in_second, second, in_first) if WORTH <= contained < 1 and equal < TELLING else 0,
    )


def standing(text: Shingled, asked: Sequence[int], common: Collection[int]) -> Flags | None:
    """Which shingles of a text lie in passages that many texts have.

    `asked` are hashes of its sketch, `common` those of them that many texts have. A passage reaches from one of these
    to the next, if no other hash of the sketch stands between them; `None`: there is no such passage.
    """
    if not common:
        return None
    hashes = text.told
    places = np.flatnonzero(_found(hashes, np.array(asked, np.uint32)))
    many = _found(hashes[places], np.array(list(common), np.uint32))
    flags = np.zeros(len(hashes), np.bool_)
    marked = places.tolist()
    known = many.tolist()
    for index, place in enumerate(marked):
        if not known[index]:
            continue
        last = index + 1 == len(marked)
        after = len(hashes) if last else marked[index + 1]
        if after - place <= _NEAR_GAP and (last or known[index + 1]):
            flags[place:after] = True
        else:
            flags[place : place + _SHORT_GRAM] = True
    return flags


def _masked(letters: str) -> tuple[str, list[str], list[int]]:
    """The letters with each number as one character, the numbers, and where they stand in it."""
    written: list[str] = []
    spots: list[int] = []
    pieces: list[str] = []
    at = place = 0
    for number in _NUMBER.finditer(letters):
        start = number.start()
        pieces.append(letters[at:start])
        place += start - at
        spots.append(place)
        place += 1
        at = number.end()
        written.append(letters[start:at])
        if len(written) == MOST_NUMBERS:
            break
    if not written:
        return letters, written, spots
    pieces.append(letters[at:])
    return _MASK.join(pieces), written, spots


def _numbers(first: Shingled, second: Shingled, standing: Flags | None) -> tuple[int, int]:
    """How many numbers at the same place are equal, and how many differ."""
    equal = other = 0
    here, there = first.numbers, second.numbers
    for around in here.keys() & there.keys():
        left, right = here[around], there[around]
        if standing is not None and standing[min(first.spots[left[0]], len(standing) - 1)]:
            continue
        if len(left) == 1 and len(right) == 1:
            same = int(first.written[left[0]] == second.written[right[0]])
        else:
            mine, others = (Counter(text.written[i] for i in listed) for text, listed in ((first, left), (second, right)))
            same = sum((mine & others).values())
        equal += same
        other += min(len(left), len(right)) - same
    return equal, other


def _renamed(first: Shingled, in_second: Flags, second: Shingled, in_first: Flags) -> int:
    """Places where both have a word of their own, the same one each time; words that the other text has do not count."""
    left, right = _replaced(first, in_second, second.masked), _replaced(second, in_first, first.masked)
    pairs = Counter((left[around], right[around]) for around in left.keys() & right.keys())
    return sum(count for count in pairs.values() if count > 1)


def _replaced(text: Shingled, found: Flags, besides: str) -> dict[str, str]:
    """Short passages that were not found, by what stands around them."""
    masked = text.masked
    edges = np.flatnonzero(np.diff(found)).tolist()
    replaced: dict[str, str] = {}
    for before, last in pairwise(edges):
        if found[before + 1]:
            continue
        gram = _SHORT_GRAM if ord(masked[before]) >= _SYLLABLES else _LONG_GRAM
        start, end = before + gram, last + 1
        if end - start in _SWAPPED and masked[start:end] not in besides:
            replaced[f"{masked[start - 4 : start]}\0{masked[end : end + 4]}"] = masked[start:end]
    return replaced


def _distinct(least: Hashes) -> tuple[int, ...]:
    steps = least[np.flatnonzero(least[1:] != least[:-1])].tolist()
    return tuple(dict.fromkeys([*steps, int(least[-1])]))


def _share(flags: Flags) -> float:
    return float(np.count_nonzero(flags)) / len(flags) if len(flags) else 0.0


def _found(hashes: Hashes, among: Hashes) -> Flags:
    """Which of `hashes` are `among` the others. One in a hundred is missed: two of them may share a place."""
    bits = min(max(_TABLE_BITS.start, (_TABLE_SHARE * len(among)).bit_length()), _TABLE_BITS.stop)
    mask = np.uint32((1 << bits) - 1)
    table = _table()
    places = among & mask
    table[places] = among
    found: Flags = table[hashes & mask] == hashes
    table[places] = 0
    return found


def _longest_own(found: Flags) -> int:
    """Shingles of the longest passage that was not found; a stray one that was found does not end it."""
    if not len(found) or found.all():
        return 0
    score = np.cumsum(np.where(found, -_STRAY, 1))
    return int((score - np.minimum.accumulate(np.minimum(score, 0))).max())


_of_thread = threading.local()


def _table() -> Hashes:
    """All zeroes between two uses; one a thread, kept: clearing it would cost more than using it."""
    kept: Hashes | None = getattr(_of_thread, "table", None)
    if kept is None:
        kept = _of_thread.table = np.zeros(1 << _TABLE_BITS.stop, np.uint32)
    return kept
