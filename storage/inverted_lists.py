"""Tokens and the documents that hold each: made of texts, joined, and cut into packed pages. Pure; no SQL.

Everything is done to whole arrays: a batch has some hundred thousand tokens, and a Python object for each costs ten
times what is done with it. A page is a zstd frame of its tokens, how many documents hold each, and the gaps between
those in the segment's order: a byte each, and two more where that is too little.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from struct import Struct
from typing import Final

import numpy as np
import zstandard
from numpy.typing import NDArray

PAGE: Final = 2_900
"""Bytes of a page before it is packed; what remains stays in PostgreSQL's row, four to a block."""
WIDE: Final = 255
"""Stands for a gap that has no byte of its own; those have two: below 65,536."""

Ordinals = NDArray[np.int32]
"""Places of documents in the order of their segment; of a large one some ten million are held at once."""
Places = NDArray[np.int64]

_HEAD: Final = Struct("<III")
_BLANK: Final = 0x20
_END: Final = 0x0A
_WORD: Final = 8
"""Bytes of a token compared at once, as a number: its first byte weighs most, and what is beyond its end is 0."""
_KEPT: Final = np.array([(1 << 64) - (1 << 8 * (_WORD - size)) for size in range(_WORD + 1)], np.uint64)

_of_thread = threading.local()


@dataclass(frozen=True, slots=True)
class Lists:
    """Tokens in the order of their bytes, each ended by a newline, with where each begins and ends; how many documents
    hold each, and which, token after token.
    """

    keys: bytes
    starts: Places
    ends: Places
    counts: Places
    ordinals: Ordinals

    def between(self, low: bytes, high: bytes | None) -> Lists:
        """Those of the tokens from `low` on, below `high`."""
        places = range(len(self.starts))
        first = bisect_left(places, low, key=self.token)
        last = len(places) if high is None else bisect_left(places, high, key=self.token)
        if last - first == len(places):
            return self
        if first >= last:
            return EMPTY
        start, end = int(self.starts[first]), int(self.ends[last - 1]) + 1
        before = int(self.counts[:first].sum())
        counts = self.counts[first:last]
        return Lists(
            self.keys[start:end],
            self.starts[first:last] - start,
            self.ends[first:last] - start,
            counts,
            self.ordinals[before : before + int(counts.sum())],
        )

    def token(self, place: int) -> bytes:
        """The token at a place."""
        return self.keys[self.starts[place] : self.ends[place]]


_NONE: Final = np.empty(0, np.int64)
EMPTY: Final = Lists(b"", _NONE, _NONE, _NONE, np.empty(0, np.int32))


def turned(documents: Sequence[str]) -> Lists:
    """From the tokens of each document, blank-separated, in any order and again and again, to the documents of each
    token.
    """
    text = " ".join(documents).encode()
    if not text:
        return EMPTY
    letters = np.frombuffer(text, np.uint8)
    ends = np.append(np.flatnonzero(letters == _BLANK), len(text))
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    many = np.fromiter((one.count(" ") + 1 for one in documents), np.int64, len(documents))
    holders = np.repeat(np.arange(len(documents)), many)
    there = ends > starts
    if not there.all():
        starts, ends, holders = starts[there], ends[there], holders[there]
        if not len(starts):
            return EMPTY
    places, first = _ranked(text, starts, ends)
    bits = len(documents).bit_length()
    held = (places << bits) | holders
    held.sort()
    held = held[_new(held)]
    counts = np.bincount(held >> bits, minlength=len(first))
    return Lists(*_gathered(letters, starts[first], ends[first]), counts, (held & ((1 << bits) - 1)).astype(np.int32))


def joined(parts: Sequence[Lists], sizes: Sequence[int]) -> Lists:
    """The lists of segments with `sizes` documents, one after the other."""
    text = b"".join(part.keys for part in parts)
    if not text:
        return EMPTY
    bases = np.cumsum([0, *(len(part.keys) for part in parts)])
    starts = np.concatenate([part.starts + base for part, base in zip(parts, bases[:-1], strict=True)])
    ends = np.concatenate([part.ends + base for part, base in zip(parts, bases[:-1], strict=True)])
    places, first = _ranked(text, starts, ends)
    own = np.split(places, np.cumsum([len(part.starts) for part in parts])[:-1])
    counts = np.zeros(len(first), np.int64)
    for which, part in zip(own, parts, strict=True):
        counts[which] += part.counts
    free = np.cumsum(counts) - counts
    ordinals = np.empty(int(counts.sum()), np.int32)
    base = 0
    for which, part, size in zip(own, parts, sizes, strict=True):
        begun = np.cumsum(part.counts) - part.counts
        at = np.repeat(free[which] - begun, part.counts)
        at += np.arange(len(at))
        ordinals[at] = part.ordinals + np.int32(base)
        free[which] += part.counts
        base += size
    return Lists(*_gathered(np.frombuffer(text, np.uint8), starts[first], ends[first]), counts, ordinals)


def _ranked(text: bytes, starts: Places, ends: Places) -> tuple[Places, Places]:
    """The place of each token among the different ones in the order of their bytes, and by place a token that has it.
    A token is a stretch of `text` without zero bytes.
    """
    words = np.ndarray(len(text) + 1, ">u8", text + bytes(_WORD), strides=(1,))
    sizes = ends - starts
    begin = (int(sizes.max()) - 1) // _WORD * _WORD
    which = places = first = np.empty(0, np.int64)
    # From the last bytes to the first: few tokens are longer than a word.
    while begin >= 0:
        longer, tails, tail_first = which, places, first
        which = np.flatnonzero(sizes > begin) if begin else np.arange(len(sizes))
        head = words[starts[which] + begin].astype(np.uint64) & _KEPT[np.minimum(sizes[which] - begin, _WORD)]
        places, first = _distinct(head)
        if len(longer):
            at = np.searchsorted(which, longer)
            places, first = _lengthened(places, first, at, tails, tail_first)
        begin -= _WORD
    return places, which[first]


def _lengthened(heads: Places, first: Places, at: Places, tails: Places, tail_first: Places) -> tuple[Places, Places]:
    """Places of all when those `at` go on after their heads, with `tails`: after one that ends there."""
    ends_there = np.ones(len(heads), np.bool_)
    ends_there[at] = False
    short = np.zeros(len(first), np.int64)
    short[heads[ends_there]] = 1
    both, both_first = _distinct(heads[at] * len(tail_first) + tails)
    head_of = heads[at][both_first]
    wide = np.bincount(head_of, minlength=len(first))
    base = np.cumsum(short + wide) - short - wide
    places = base[heads]
    places[at] += short[heads[at]] + both - (np.cumsum(wide) - wide)[heads[at]]
    new_first = np.empty(int(short.sum()) + len(both_first), np.int64)
    new_first[places] = np.arange(len(places))
    return places, new_first


def _distinct(values: NDArray[np.uint64] | Places) -> tuple[Places, Places]:
    """The place of each value among the different ones, and by place where one is that has it."""
    order = np.argsort(values)
    new = _new(values[order])
    places = np.empty(len(order), np.int64)
    places[order] = np.cumsum(new) - 1
    return places, order[new]


def _new(ascending: NDArray[np.uint64] | Places) -> NDArray[np.bool_]:
    """Whether each value is another than the one before."""
    new = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    return new


def _gathered(letters: NDArray[np.uint8], starts: Places, ends: Places) -> tuple[bytes, Places, Places]:
    """Tokens one after the other, each with a newline, and where each begins and ends. After each stands one sign at
    least, or it is the last of all.
    """
    sizes = ends - starts + 1
    new_ends = np.cumsum(sizes)
    new_starts = new_ends - sizes
    at = np.repeat(starts - new_starts, sizes)
    at += np.arange(len(at))
    keys = letters[np.minimum(at, len(letters) - 1)]
    keys[new_ends - 1] = _END
    return keys.tobytes(), new_starts, new_ends - 1


# -- pages


def pages(lists: Lists) -> Iterator[tuple[str, bytes]]:
    """The first token of each page, and the page."""
    if not lists.keys:
        return
    pack = _zstd().compress
    ends = np.cumsum(lists.counts)
    starts = ends - lists.counts
    gaps = np.empty_like(lists.ordinals)
    gaps[0] = lists.ordinals[0]
    np.subtract(lists.ordinals[1:], lists.ordinals[:-1], out=gaps[1:])
    gaps -= 1
    gaps[starts] = lists.ordinals[starts]
    are_wide = gaps >= WIDE
    wide = np.concatenate((np.zeros(1, np.int32), np.cumsum(are_wide, dtype=np.int32)))
    sizes = lists.ends - lists.starts + 3 + lists.counts
    sizes += 2 * (wide[ends] - wide[starts])
    page = np.cumsum(sizes) // PAGE
    cuts = [0, *(np.flatnonzero(np.diff(page)) + 1).tolist(), len(starts)]
    words = gaps[are_wide].astype("<u2")
    bytes_ = np.minimum(gaps, WIDE).astype(np.uint8)
    counts = lists.counts.astype("<u2")
    for low, high in pairwise(cuts):
        start, end = int(starts[low]), int(ends[high - 1])
        begin = int(lists.starts[low])
        keys = b"\n" + lists.keys[begin : lists.ends[high - 1] + 1]
        parts = (
            _HEAD.pack(len(keys), high - low, end - start),
            keys,
            counts[low:high].tobytes(),
            bytes_[start:end].tobytes(),
            words[wide[start] : wide[end]].tobytes(),
        )
        yield lists.keys[begin : lists.ends[low]].decode(), pack(b"".join(parts))


def of_pages(entries: Iterable[bytes]) -> Lists:
    """The lists of pages that follow one another."""
    parts: list[list[bytes]] = [[], [], [], []]
    unpack = _unzstd().decompress
    for frame in entries:
        for part, one in zip(parts, _parted(unpack(frame)), strict=True):
            part.append(one)
    keys = b"".join(one[1:] for one in parts[0])
    if not keys:
        return EMPTY
    counts, narrow, wide = (
        np.frombuffer(b"".join(some), kind) for some, kind in zip(parts[1:], ("<u2", "u1", "<u2"), strict=True)
    )
    ends = np.flatnonzero(np.frombuffer(keys, np.uint8) == _END)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    counts = counts.astype(np.int64)
    return Lists(keys, starts, ends, counts, _ordinals(counts, narrow, wide))


def holders(entries: bytes, token: bytes, *, begun: bool) -> Ordinals:
    """The documents that hold a token, from the page where it would stand; of several tokens that begin so, where
    `begun`, one after the other.
    """
    keys, counts_, narrow_, wide_ = _parted(_unzstd().decompress(entries))
    name = b"\n" + token
    at = keys.find(name if begun else name + b"\n")
    if at < 0:
        return np.empty(0, np.int32)
    low = keys.count(b"\n", 0, at)
    high = low + (keys.count(name) if begun else 1)
    counts = np.frombuffer(counts_, "<u2").astype(np.int64)
    narrow = np.frombuffer(narrow_, np.uint8)
    start = int(counts[:low].sum())
    before = int(np.count_nonzero(narrow[:start] == WIDE))
    wide = np.frombuffer(wide_, "<u2")[before:]
    counts = counts[low:high]
    return _ordinals(counts, narrow[start : start + int(counts.sum())], wide)


def _parted(plain: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """A page's tokens, between newlines, counts, and narrow and wide gaps."""
    keys, tokens, postings = _HEAD.unpack_from(plain)
    counts = _HEAD.size + keys
    narrow = counts + 2 * tokens
    wide = narrow + postings
    return plain[_HEAD.size : counts], plain[counts:narrow], plain[narrow:wide], plain[wide:]


def _ordinals(counts: Places, narrow: NDArray[np.uint8], wide: NDArray[np.uint16]) -> Ordinals:
    """The documents of tokens by the gaps before each; of `wide` ones there may be more."""
    steps = narrow.astype(np.int32)
    are_wide = narrow == WIDE
    steps[are_wide] = wide[: int(np.count_nonzero(are_wide))]
    steps += 1
    places = np.cumsum(steps, dtype=np.int64)
    base = np.concatenate((np.zeros(1, np.int64), places))[np.cumsum(counts) - counts]
    places -= np.repeat(base, counts)
    places -= 1
    return places.astype(np.int32)


def packed(numbers: Places) -> bytes:
    """Ascending numbers of documents."""
    frame: bytes = _zstd().compress(np.diff(numbers, prepend=0).astype("<i8").tobytes())
    return frame


def unpacked(frame: bytes) -> Places:
    """What `packed` was given."""
    numbers: Places = np.cumsum(np.frombuffer(_unzstd().decompress(frame), "<i8"))
    return numbers


def _zstd() -> zstandard.ZstdCompressor:
    kept: zstandard.ZstdCompressor | None = getattr(_of_thread, "compressor", None)
    if kept is None:
        kept = _of_thread.compressor = zstandard.ZstdCompressor(level=3)
    return kept


def _unzstd() -> zstandard.ZstdDecompressor:
    kept: zstandard.ZstdDecompressor | None = getattr(_of_thread, "decompressor", None)
    if kept is None:
        kept = _of_thread.decompressor = zstandard.ZstdDecompressor()
    return kept
