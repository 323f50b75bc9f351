"""Sorted runs of postings: under which hashes of their sketches documents are found, packed.

The near-duplicate index is written as a log-structured merge tree is (O'Neil, Cheng, Gawlick and O'Neil, "The
Log-Structured Merge-Tree", Acta Informatica 33, 1996): each batch of documents is a run of its own, runs of about one
size become one. A row a posting would cost a page written for each of a text's three dozen hashes, since equal hashes
are all over the tree; a run is written in one piece, and what is common stands side by side in it.

A run takes 6 bytes a posting where it is kept and about 4 in memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

MOST_DOCUMENTS: Final = 1 << 16
"""Documents of one run: they are numbered in 16 bits."""
FAN: Final = 4
"""Runs of one size that become one."""

_HEAD: Final = struct.Struct("<II")
_NUMBER, _TIME, _HASH, _PLACE = np.dtype("<i8"), np.dtype("<f8"), np.dtype("<u4"), np.dtype("<u2")
_MANY_BITS: Final = 18
_MOST_BITS: Final = 19
"""Of a directory, the latter for the largest runs: it takes a byte a posting there."""
_HASH_SHIFT: Final = np.uint64(32)
_LOW: Final = 0xFFFFFFFF
"""Documents up to this number fit behind a hash in 64 bits."""
_SPARE_BITS: Final = 2

Hashes = NDArray[np.uint32]
Numbers = NDArray[np.int64]
Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Postings:
    """Postings by hash: for each the hash, the number of the document, and when that is dated at (epoch seconds)."""

    hashes: Hashes
    documents: Numbers
    times: Times

    def __len__(self) -> int:
        return len(self.hashes)

    def __getitem__(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Postings:
        return Postings(self.hashes[kept], self.documents[kept], self.times[kept])

    @staticmethod
    def joined(parts: Sequence[Postings]) -> Postings:
        """All of them, one part after the other."""
        return Postings(
            np.concatenate([np.zeros(0, np.uint32), *(one.hashes for one in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(one.documents for one in parts)]),
            np.concatenate([np.zeros(0, np.float64), *(one.times for one in parts)]),
        )

    def listed(self) -> Listed:
        """The same as lists."""
        wide = len(self) and int(self.documents.max()) > _LOW
        order = (
            np.lexsort((self.documents, self.hashes))
            if wide
            else np.argsort(self.hashes.astype(np.uint64) << _HASH_SHIFT | self.documents.astype(np.uint64))
        )
        hashes, documents, times = self.hashes[order], self.documents[order], self.times[order]
        another = np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)]
        # An article whose text was another before may stand there twice; its latest time counts.
        once = np.flatnonzero(another | np.append(True, documents[1:] != documents[:-1])[: len(hashes)])
        hashes, documents = hashes[once], documents[once]
        times = np.maximum.reduceat(times, once) if len(once) else times
        starts = np.flatnonzero(another[once])
        first = np.append(starts, (len(hashes), len(hashes)))
        return Listed(np.append(hashes[starts].astype(np.int64), 1 << 32), first, np.diff(first), documents, times)


@dataclass(frozen=True, slots=True)
class Listed:
    """By hash the documents posted under it, each once, their numbers rising, and when each is dated at.

    `hashes` rise; the list of each begins at its `first` and has its `sizes`. The last one is none, of no documents.
    """

    hashes: Numbers
    first: Numbers
    sizes: Numbers
    documents: Numbers
    times: Times

    def counted(self, flags: NDArray[np.bool_]) -> Numbers:
        """How many of them, flagged one by one."""
        up_to = np.append(0, np.cumsum(flags))
        return np.diff(up_to[self.first])

    def ranked(self, values: Hashes) -> tuple[Numbers, NDArray[np.bool_]]:
        """Where each of these hashes stands in `hashes`, and whether it does."""
        ranks = np.searchsorted(self.hashes, values.astype(np.int64))
        return ranks, self.hashes[ranks] == values

    def at(self, rank: int) -> slice:
        """Where the documents of a hash stand."""
        return slice(int(self.first[rank]), int(self.first[rank + 1]))

    def expanded(self, ranks: Numbers) -> tuple[Numbers, Numbers]:
        """For each document of each of these hashes, which of `ranks` it is of, and where it stands."""
        sizes = self.sizes[ranks]
        ends: Numbers = sizes.cumsum()
        which: Numbers = np.arange(len(ranks)).repeat(sizes)
        return which, np.arange(len(which)) + (self.first[ranks] - (ends - sizes)).repeat(sizes)


_NONE: Final = Postings.joined(())


class Run:
    """Postings of at most `MOST_DOCUMENTS` documents, sorted by hash, as they are looked up."""

    __slots__ = ("_bits", "_documents", "_first", "_mask", "_places", "_rest", "_shift", "_times")

    def __init__(self, documents: Numbers, times: Times, hashes: Hashes, places: NDArray[np.uint16]) -> None:
        """`hashes` rise; `places` are those of their documents in `documents`."""
        self._documents, self._times, self._places = documents, times, places
        # A directory by the first bits of a hash: what follows them takes two bytes where the directory is large.
        wanted = len(hashes).bit_length()
        self._bits = min(wanted + _SPARE_BITS, max(_MANY_BITS, min(_MOST_BITS, wanted - 1)))
        self._shift = np.uint32(32 - self._bits)
        self._mask = np.uint32((1 << (32 - self._bits)) - 1)
        counts = np.bincount(hashes >> self._shift, minlength=1 << self._bits)
        self._first = np.zeros(len(counts) + 1, np.uint32)
        np.cumsum(counts, out=self._first[1:])
        rest = hashes & self._mask
        self._rest: NDArray[np.uint16] | Hashes = rest.astype(np.uint16) if 32 - self._bits <= 16 else rest

    @classmethod
    def of(cls, documents: Sequence[int], times: Sequence[float], posted: Sequence[Sequence[int]]) -> Self:
        """The run of documents that are new: their numbers, when they are dated at, and the hashes of each."""
        _bounded(len(documents))
        many = [len(each) for each in posted]
        hashes = np.fromiter((value for each in posted for value in each), np.uint32, sum(many))
        order = np.argsort(hashes, kind="stable")
        places = np.repeat(np.arange(len(documents), dtype=np.uint16), many)[order]
        return cls(np.array(documents, np.int64), np.array(times, np.float64), hashes[order], places)

    @classmethod
    def merged(cls, runs: Sequence[Self]) -> Self:
        """One run of several, which together have no more than `MOST_DOCUMENTS` documents."""
        _bounded(sum(map(len, runs)))
        hashes = np.concatenate([one.hashes for one in runs])
        places = np.concatenate(
            [one._places + np.uint16(sum(map(len, runs[:place]))) for place, one in enumerate(runs)]
        )
        order = np.argsort(hashes, kind="stable")
        return cls(
            np.concatenate([one._documents for one in runs]),
            np.concatenate([one._times for one in runs]),
            hashes[order],
            places[order],
        )

    @classmethod
    def unpacked(cls, body: bytes) -> Self:
        """The run that `packed` gave. `ValueError` when it is none."""
        try:
            documents, postings = _HEAD.unpack_from(body)
        except struct.error as error:
            raise ValueError(f"a run of postings is damaged: {error}") from error
        sizes = (
            (_NUMBER, documents),
            (_TIME, documents),
            (_HASH, postings),
            (_PLACE, postings),
        )
        wanted = _HEAD.size + sum(kind.itemsize * count for kind, count in sizes)
        if documents > MOST_DOCUMENTS or wanted != len(body):
            raise ValueError(f"a run of postings is damaged: {len(body):,} bytes instead of {wanted:,}")
        at = _HEAD.size
        columns: list[NDArray[Any]] = []
        for kind, count in sizes:
            columns.append(np.frombuffer(body, kind, count, at).astype(kind.newbyteorder("="), copy=kind is not _HASH))
            at += kind.itemsize * count
        numbers, times, hashes, places = columns
        if postings and (int(places.max()) >= documents or bool(np.any(hashes[1:] < hashes[:-1]))):
            raise ValueError("a run of postings is damaged: it is out of order")
        return cls(numbers, times, hashes, places)

    def packed(self) -> bytes:
        """The run as it is kept, the same on every machine."""
        hashes = self.hashes
        return b"".join(
            (
                _HEAD.pack(len(self._documents), len(hashes)),
                self._documents.astype(_NUMBER, copy=False).tobytes(),
                self._times.astype(_TIME, copy=False).tobytes(),
                hashes.astype(_HASH, copy=False).tobytes(),
                self._places.astype(_PLACE, copy=False).tobytes(),
            )
        )

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def hashes(self) -> Hashes:
        """The hash of each posting."""
        heads = np.repeat(np.arange(len(self._first) - 1, dtype=np.uint32), np.diff(self._first).astype(np.intp))
        hashes: Hashes = (heads << self._shift) | self._rest.astype(np.uint32)
        return hashes

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return sum(each.nbytes for each in (self._documents, self._times, self._first, self._rest, self._places))

    def find(self, asked: Hashes) -> Postings:
        """The postings of hashes, each of which is asked once."""
        heads = (asked >> self._shift).astype(np.intp)
        begins = self._first[heads].astype(np.intp)
        sizes = self._first[heads + 1] - begins
        # The few that begin as one that is asked for are looked through: halving them took three times as long.
        ends = np.cumsum(sizes)
        at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(begins - (ends - sizes), sizes)
        wanted = np.repeat((asked & self._mask).astype(self._rest.dtype), sizes)
        hit = np.flatnonzero(self._rest[at] == wanted)
        if not len(hit):
            return _NONE
        places = self._places[at[hit]]
        which = np.searchsorted(ends, hit, side="right")
        return Postings(asked[which], self._documents[places], self._times[places])


def distinct(hashes: Hashes) -> Hashes:
    """Each hash once, rising."""
    rising: Hashes = np.sort(hashes)
    once: NDArray[np.bool_] = np.append(True, rising[1:] != rising[:-1])[: len(rising)]
    return rising[once]


def size_class(documents: int) -> int:
    """Runs of one class are of about one size, each class `FAN` times the one before."""
    return (documents.bit_length() - 1) // (FAN.bit_length() - 1)


def to_merge(size: int, others: Iterable[tuple[int, int]]) -> list[int]:
    """Which of `others`, by (key, documents), a new run of `size` documents is merged with, so that there are few.

    Those of its class, once they are `FAN` together, and so on with what comes of it. What goes beyond
    `MOST_DOCUMENTS` stays.
    """
    by_class: dict[int, list[tuple[int, int]]] = {}
    for key, documents in others:
        by_class.setdefault(size_class(documents), []).append((documents, key))
    taken: list[int] = []
    while len(peers := by_class.pop(size_class(size), [])) >= FAN - 1:
        fitting = []
        for documents, key in sorted(peers):
            if size + documents > MOST_DOCUMENTS:
                break
            size += documents
            fitting.append(key)
        if not fitting:
            break
        taken += fitting
    return taken


def _bounded(documents: int) -> None:
    if documents > MOST_DOCUMENTS:
        raise ValueError(f"{documents:,} documents in a run of postings, at most {MOST_DOCUMENTS:,} have room")
