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
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from crawler.dedup.matching import Held
from crawler.items import Sketch

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
WORTH: Final = 0.5
"""Share of the shorter text that must stand in the longer one."""
LEAST_PART: Final = 0.08
"""Share of the longer text that the common part must be: a round-up holds many articles and is a copy of none."""
OWN: Final = ((70, 0.25), (110, 0.12))
"""A passage that each text has for itself, of so many letters and such a share of the shorter one, makes two articles:
what they share is furniture, a standing notice, a quoted release."""
TELLING: Final = 3
OTHER_SHARE: Final = 1 / 3
"""Of the numbers at the same places so many differ in reports of one template; edits and updates change fewer."""
DENSE: Final = 60
FEW_OTHER_SHARE: Final = 0.5
"""In short texts fewer than three differing numbers tell, one in so many letters, if no more are equal."""
LEAST_SLOTS: Final = 2
"""Numbers that differ and words that are swapped, one in `DENSE` letters, are slots of a template."""

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
_NUMBER = re.compile(r"([-+△▲▼\d](?:[\d.,٫/:]*\d)?[%‰]?)")
_SHIFT_1, _SHIFT_2 = np.uint32(16), np.uint32(13)
_FACTOR_1, _FACTOR_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_STRAY: Final = 3
_LETTER: Final = 0.5
_NEAR_GAP: Final = 160
_REACH: Final = 20
_SWAPPED: Final = range(2, 41)
_MOST_SWAPPED: Final = 32
_NAME_SYLLABLES: Final = 2
_NAME_LETTERS: Final = 4
_BESIDE: Final = 3

Hashes = NDArray[np.uint32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Shingled:
    """A text as it is compared: its letters, each number in them masked as one, and the hash of the shingle at each.

    `codes` are those of the letters, `short` whether a shingle of five begins there and not one of nine, `told` the
    hashes with the numbers in them, `written` the numbers, `spots` where they stand.
    """

    masked: str
    codes: Hashes
    short: Flags
    told: Hashes
    written: Sequence[str]
    spots: Sequence[int]

    def __len__(self) -> int:
        return len(self.told)

    @cached_property
    def hashes(self) -> Hashes:
        """The hashes without the numbers."""
        return _hashes(self.codes, self.short) if self.spots else self.told

    @cached_property
    def weight(self) -> float:
        """What one of its letters counts: 1 in a script of syllables (Hangul, kana) or words (Han), else 1/2."""
        return 1.0 if 2 * np.count_nonzero(self.short) > len(self.short) else _LETTER

    @cached_property
    def numbers(self) -> dict[str, list[int]]:
        """Which numbers stand between the same letters, by these."""
        by_letters: dict[str, list[int]] = {}
        for index, spot in enumerate(self.spots):
            around = self.masked[max(0, spot - _BEFORE) : spot + 1 + _AFTER]
            by_letters.setdefault(around, []).append(index)
        return by_letters


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two texts agree.

    `contained` is the share of the shorter one's shingles that the longer one has, `compared` how many the shorter one
    has, standing ones left out. `own`: letters of the longest passage that each has for itself, the smaller of the two.
    `equal` and `other`: numbers at the same place in both that are the same, and that differ. `renamed`: places where
    both have a word that comes again and again, always one in the one text and another in the other. `swapped`: places
    where each has words of its own between the same letters; `recurring`: part of most of them comes again. Letters
    are counted as in a script of syllables; those of an alphabet count half.
    """

    contained: float
    of_first: float
    of_second: float
    compared: int
    own: int
    equal: int
    other: int
    renamed: int
    swapped: int
    recurring: bool

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
        if self._filled_in(numbers):
            return False
        if self.other >= TELLING:
            return self.other < OTHER_SHARE * numbers
        return self.other * DENSE < self.compared or self.other < FEW_OTHER_SHARE * numbers

    def _filled_in(self, numbers: int) -> bool:
        """Whether names and a few numbers differ as in two reports of a template that has little else."""
        slots = self.other + self.swapped
        if not self.swapped or slots < LEAST_SLOTS or slots * DENSE < self.compared:
            return False
        if self.other and self.other >= FEW_OTHER_SHARE * numbers:
            return True
        return slots >= TELLING and (self.recurring or (self.other > 0 and self.other >= OTHER_SHARE * numbers))


def shingle(letters: str) -> Shingled:
    """A text's shingles; `letters` is what `fingerprint.content_letters` gives."""
    masked, written, spots = _masked(letters[:MOST_LETTERS])
    codes = np.frombuffer(masked.encode("utf-32-le", "surrogatepass"), np.uint32)
    first = codes[: max(0, len(codes) - _LONG_GRAM + 1)]
    short = (first >= _SYLLABLES) & (first < 0xFB00) | (first >= 0x20000)
    with_numbers = codes
    if spots:
        with_numbers = codes.copy()
        with_numbers[spots] = [crc32(number.encode()) for number in written]
    return Shingled(masked, codes, short, _hashes(with_numbers, short), written, spots)


def _hashes(codes: Hashes, short: Flags) -> Hashes:
    """The hash of the shingle at each place: a polynomial of its codes, mixed as MurmurHash3 does in the end."""
    size = len(short)
    if not size:
        return np.zeros(0, np.uint32)
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


def compare(first: Shingled, second: Shingled, standing: Flags | None = None) -> Agreement | None:
    """How two texts agree, as `Compared` tells."""
    return Compared(first, standing).beside(second)


class Compared:
    """A text that is compared with others; those of its shingles that are `standing` are left out on both sides."""

    def __init__(self, text: Shingled, standing: Flags | None = None) -> None:
        self._text, self._standing = text, standing
        self._held = Held(text.hashes)
        self._like_standing = None if standing is None else self._held.like(standing)
        self._kept = None if standing is None else ~standing
        self._size = len(text) if self._kept is None else int(np.count_nonzero(self._kept))

    def beside(self, other: Shingled) -> Agreement | None:
        """How the text and another agree.

        `None`: the longer one holds so little of the shorter one that the rest was not looked at.
        """
        text, standing = self._text, self._standing
        size_one, size_two = self._size, len(other)
        weight = min(text.weight, other.weight)
        if min(size_one, size_two) * weight < LEAST_LETTERS:
            return None
        at, in_first = self._held.places(other.hashes)
        places = at.compress(in_first)
        found = in_first
        if self._like_standing is not None:
            stands = self._like_standing.take(at, mode="clip")
            stands &= in_first
            in_first = in_first.compress(~stands)
            size_two = len(in_first)
            if size_two * weight < LEAST_LETTERS:
                return None
        in_second = None
        if size_one <= size_two:
            in_second = _kept(self._held.among(places), self._kept)
            contained = int(np.count_nonzero(in_second)) / size_one
        else:
            contained = int(np.count_nonzero(in_first)) / size_two
        if contained < WORTH:
            return None
        if in_second is None:
            in_second = _kept(self._held.among(places), self._kept)
        equal, differing = _numbers(text, other, standing)
        if standing is None and 2 * (equal + differing) < min(len(text.spots), len(other.spots)):
            # Sentences may stand in another order: what is around a number reaches into the one before.
            equal, differing = _numbers_in_common(text, in_second, other, in_first)
        renamed = swapped = 0
        recurring = False
        if contained < 1:
            here = in_second if standing is None else self._held.among(places)
            if (differing or equal < TELLING) and equal + differing < min(len(text.spots), len(other.spots)):
                # What is around a number may be the name of a place, which differs too.
                equal_too, differing_too = _numbers_by_unit(text, here, other, found)
                if equal_too + differing_too > equal + differing:
                    equal = equal_too if standing is None else equal
                    differing = differing_too if standing is None else max(differing, differing_too)
            if equal < TELLING or equal <= 2 * differing:
                renamed, swapped, recurring = _swapped(text, here, other, found)
        own = _longest_own(in_second)
        return Agreement(
            contained=contained,
            of_first=int(np.count_nonzero(in_second)) / size_one,
            of_second=int(np.count_nonzero(in_first)) / size_two,
            compared=int(min(size_one, size_two) * weight),
            own=int(min(own, _longest_own(in_first)) * weight) if own else 0,
            equal=equal,
            other=differing,
            renamed=renamed,
            swapped=swapped,
            recurring=recurring,
        )


def standing(text: Shingled, asked: Sequence[int], common: Collection[int]) -> Flags | None:
    """Which shingles of a text lie in passages that many texts have.

    `asked` are hashes of its sketch, `common` those of them that many texts have. A passage reaches from one of these
    to the next, if no other hash of the sketch stands between them; `None`: there is no such passage.
    """
    if not common:
        return None
    hashes = text.told
    which, found = Held(np.array(asked, np.uint32)).places(hashes)
    places = found.nonzero()[0]
    many = np.array([value in common for value in asked], np.bool_)[which[places]]
    flags = np.zeros(len(hashes), np.bool_)
    after = np.append(places[1:], len(hashes))
    reaches = np.append(many[1:], True) & (after - places <= _NEAR_GAP)
    ends = np.where(reaches, after, np.minimum(places + _SHORT_GRAM, len(hashes)))
    for place, end in zip(places[many].tolist(), ends[many].tolist(), strict=True):
        flags[place:end] = True
    return flags


def _masked(letters: str) -> tuple[str, list[str], list[int]]:
    """The letters with each number as one character, the numbers, and where they stand in it."""
    pieces = _NUMBER.split(letters, MOST_NUMBERS)
    between, written = pieces[::2], pieces[1::2]
    if not written:
        return letters, written, []
    spots = [*accumulate(map(len, between[:-1]))]
    return _MASK.join(between), written, [spot + index for index, spot in enumerate(spots)]


def _numbers(first: Shingled, second: Shingled, standing: Flags | None) -> tuple[int, int]:
    """How many numbers at the same place are equal, and how many differ."""
    equal = other = 0
    there = second.numbers
    for around, left in first.numbers.items():
        right = there.get(around)
        if right is None:
            continue
        if len(left) == 1 and len(right) == 1:
            same = int(first.written[left[0]] == second.written[right[0]])
        else:
            mine, others = (
                Counter(text.written[i] for i in listed) for text, listed in ((first, left), (second, right))
            )
            same = sum((mine & others).values())
        other += min(len(left), len(right)) - same
        # That numbers of a standing passage are equal says nothing; that they differ, that it does not stand there.
        if standing is None or not standing[min(first.spots[left[0]], len(standing) - 1)]:
            equal += same
    return equal, other


def _numbers_by_unit(first: Shingled, in_second: Flags, second: Shingled, in_first: Flags) -> tuple[int, int]:
    """How many numbers before the same unit are equal, and how many differ, of those near passages that both have.

    A number that the other text has anywhere is equal.
    """
    here, there = _by_unit(first, in_second, second), _by_unit(second, in_first, first)
    equal = other = 0
    for unit in here.keys() & there.keys():
        (same, mine), (same_there, others) = here[unit], there[unit]
        equal += min(same, same_there)
        other += min(mine, others)
    return equal, other


def _by_unit(text: Shingled, found: Flags, besides: Shingled) -> dict[str, tuple[int, int]]:
    """How many numbers before each unit the other text has too, and how many it has not."""
    left = Counter(besides.written)
    by_unit: dict[str, tuple[int, int]] = {}
    so_far = np.zeros(len(found) + 1, np.intp)
    np.cumsum(found, out=so_far[1:])
    spots = np.array(text.spots, np.intp)
    ends = so_far.take((spots - _REACH, spots + _REACH), mode="clip")
    for spot, number, beside in zip(text.spots, text.written, (ends[1] > ends[0]).tolist(), strict=True):
        same = left[number] > 0
        left[number] -= same
        if not beside:
            continue
        unit = text.masked[spot + 1 : spot + 3]
        if number[-1] in "%‰":
            unit = number[-1]
        elif ord(unit[:1] or "a") >= _SYLLABLES:
            unit = unit[0]
        equal, other = by_unit.get(unit, (0, 0))
        by_unit[unit] = (equal + same, other + (not same))
    return by_unit


def _numbers_in_common(first: Shingled, in_second: Flags, second: Shingled, in_first: Flags) -> tuple[int, int]:
    """How many numbers within passages that both have are equal, and how many differ. The flags: which shingles the
    other text has.
    """
    of_first, of_second = (
        _in_passages(text, found, found & Held(other.told).places(text.told)[1])
        for text, found, other in ((first, in_second, second), (second, in_first, first))
    )
    return min(of_first[0], of_second[0]), min(of_first[1], of_second[1])


def _in_passages(text: Shingled, found: Flags, same: Flags) -> tuple[int, int]:
    """Of the numbers that a `found` shingle holds, how many one holds that is the `same`, and how many none."""
    spots = np.array(text.spots, np.intp)
    shared, equal = np.zeros(len(spots), np.bool_), np.zeros(len(spots), np.bool_)
    for before in range(_LONG_GRAM):
        begins = spots - before
        inside = (begins >= 0) & (begins < len(found))
        begins = np.where(inside, begins, 0)
        if before >= _SHORT_GRAM:
            inside &= ~text.short[begins]
        shared |= inside & found[begins]
        equal |= inside & same[begins]
    return int(np.count_nonzero(equal)), int(np.count_nonzero(shared & ~equal))


def _swapped(first: Shingled, in_second: Flags, second: Shingled, in_first: Flags) -> tuple[int, int, bool]:
    """Places where both have a word of their own that comes again, places where both have words of their own, and
    whether a part of most of these comes again. Words that the other text has do not count.
    """
    left, right = _replaced(first, in_second, second.masked), _replaced(second, in_first, first.masked)
    pairs = Counter((left[around], right[around]) for around in left.keys() & right.keys())
    swapped = pairs.total()
    renamed = sum(count for count in pairs.values() if count > 1)
    if not 1 < swapped <= _MOST_SWAPPED:
        return renamed, swapped, False
    size = _NAME_SYLLABLES if first.weight == second.weight == 1 else _NAME_LETTERS
    parts = [(_parts(one, size), _parts(another, size)) for one, another in pairs.elements()]
    again = sum(
        any(
            at != place and not mine.isdisjoint(there) and not others.isdisjoint(others_there)
            for at, (there, others_there) in enumerate(parts)
        )
        for place, (mine, others) in enumerate(parts)
    )
    return renamed, swapped, again > 1 and 2 * again >= swapped


def _parts(words: str, size: int) -> set[str]:
    return {words[at : at + size] for at in range(max(1, len(words) - size + 1))}


def _replaced(text: Shingled, found: Flags, besides: str) -> dict[str, str]:
    """Short passages that were not found, by what stands around them."""
    masked = text.masked
    around = np.ones(len(found) + 2, np.bool_)
    around[1:-1] = found
    edges = (around[1:] != around[:-1]).nonzero()[0].tolist()
    replaced: dict[str, str] = {}
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        start = first and first - 1 + (_SHORT_GRAM if text.short[first - 1] else _LONG_GRAM)
        if after - start in _SWAPPED and masked[start:after] not in besides:
            replaced[f"{masked[max(0, start - _BESIDE) : start]}\0{masked[after : after + _BESIDE]}"] = masked[
                start:after
            ]
    return replaced


def _distinct(least: Hashes) -> tuple[int, ...]:
    steps = least[(least[1:] != least[:-1]).nonzero()[0]].tolist()
    return tuple(dict.fromkeys([*steps, int(least[-1])]))


def _kept(flags: Flags, kept: Flags | None) -> Flags:
    return flags if kept is None else flags.compress(kept)


def _longest_own(found: Flags) -> int:
    """Shingles of the longest passage that was not found; a stray one that was found does not end it."""
    edges = (found[1:] != found[:-1]).nonzero()[0].tolist()
    if not edges:
        return 0 if len(found) and found[0] else len(found)
    score = longest = 0
    here, before = bool(found[0]), -1
    for edge in (*edges, len(found) - 1):
        length, before = edge - before, edge
        score = max(score - _STRAY * length, 0) if here else score + length
        longest = max(longest, score)
        here = not here
    return longest
