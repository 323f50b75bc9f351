"""The near-duplicate index: sorted runs of postings (`crawler.dedup.runs`), a row each, read once by who writes.

A run holds articles of one stretch of days, so that those out of reach of an article's window are never read. Each
transaction writes a run of its own; when there are several of about one size, they become one.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.dedup.runs import MOST_DOCUMENTS, Hashes, Postings, Run, distinct, to_merge
from crawler.errors import StoreError
from storage.columns import chunks
from storage.database import Database
from storage.prepared import Prepared
from storage.schema import posting_runs

STRETCH: Final = 30 * 86_400.0
"""Seconds that the articles of one run are dated within, counted from 1970."""
MOST_HELD: Final = 192 * 1024 * 1024
"""Bytes of runs kept in memory between transactions; what is beyond is read anew for each."""
MARKS: Final = 1 << 27
"""Bits, 16 MB: whether any run that was read has a hash that begins so. Three of four that are asked for none has."""
_MOST_MARKED: Final = MARKS // 2
_MARK_SHIFT: Final = np.uint32(32 - (MARKS.bit_length() - 1))

_LISTED = Prepared(
    sa.select(posting_runs.c.id, posting_runs.c.stretch, posting_runs.c.documents).where(
        posting_runs.c.stretch.between(sa.bindparam("first"), sa.bindparam("last"))
    )
)
_BODY = sa.select(posting_runs.c.body).where(posting_runs.c.id == sa.bindparam("number"))
Key = tuple[int, int]
"""Number of a run and how many documents it has."""


def stretch_of(at: float) -> int:
    """The stretch that a moment belongs to, epoch seconds."""
    return int(at // STRETCH)


class HeldRuns:
    """Runs as they were read, those last used at the end. Their numbers are drawn by lot and never given again."""

    def __init__(self) -> None:
        self._runs: dict[int, Run] = {}
        self._size = 0
        self._marks = np.zeros(MARKS // 8, np.uint8)
        self._marked = 0

    def __contains__(self, number: int) -> bool:
        return number in self._runs

    def get(self, number: int) -> Run | None:
        """A run that is held."""
        run = self._runs.pop(number, None)
        if run is not None:
            self._runs[number] = run
        return run

    def keep(self, number: int, run: Run, new: Hashes | None = None) -> None:
        """Holds a run; those that were not used for longest make room. `new` are those of its hashes that no run had
        that was held before, where that is known.
        """
        self._runs[number] = run
        self._size += run.size
        self._mark(run.hashes if new is None else new)
        while self._size > MOST_HELD:
            self.drop(next(iter(self._runs)))

    def drop(self, number: int) -> None:
        """Forgets a run."""
        run = self._runs.pop(number, None)
        if run is not None:
            self._size -= run.size

    def maybe(self, asked: Hashes) -> Hashes:
        """Of the hashes those that some run may have that was read before; none that one has is left out."""
        bits = asked >> _MARK_SHIFT
        marked = (self._marks[bits >> np.uint32(3)] >> (bits & np.uint32(7)).astype(np.uint8)) & np.uint8(1) != 0
        maybe: Hashes = asked[marked]
        return maybe

    def _mark(self, hashes: Hashes) -> None:
        if self._marked > _MOST_MARKED:
            # Most are of runs that are gone or out of reach.
            self._marks[:] = 0
            self._marked = 0
            for run in self._runs.values():
                self._mark(run.hashes)
            return
        bits = hashes >> _MARK_SHIFT
        np.bitwise_or.at(self._marks, bits >> np.uint32(3), np.uint8(1) << (bits & np.uint32(7)).astype(np.uint8))
        self._marked += len(hashes)


class PostedRuns:
    """The runs that one writing transaction looks into and adds to."""

    def __init__(self, database: Database, connection: Connection, held: HeldRuns) -> None:
        self._database, self._connection, self._held = database, connection, held
        self._listed: dict[int, list[Key]] = {}

    def find(self, asked: Sequence[Sequence[int]], times: Sequence[float], window: float) -> Postings:
        """Who is posted under the hashes of documents, each dated at its time, within the window of some of them."""
        reached: dict[int, list[int]] = defaultdict(list)
        for place, at in enumerate(times):
            for stretch in range(stretch_of(at - window), stretch_of(at + window) + 1):
                reached[stretch].append(place)
        self._list(reached)
        # Once all have been read, it is known of most hashes that none has them.
        for keys in self._listed.values():
            for _ in self._read([number for number, _ in keys if number not in self._held]):
                pass
        by_places: dict[tuple[int, ...], Hashes] = {}
        found: list[Postings] = []
        for stretch, places in reached.items():
            keys = self._listed[stretch]
            if keys:
                some = tuple(places)
                if some not in by_places:
                    wanted = np.concatenate([np.array(asked[place], np.uint32) for place in places])
                    by_places[some] = distinct(self._held.maybe(wanted))
                found += [run.find(by_places[some]) for run in self._read([number for number, _ in keys])]
        all_found = Postings.joined(found)
        return all_found[(all_found.times >= min(times) - window) & (all_found.times <= max(times) + window)]

    def post(self, documents: Sequence[int], times: Mapping[int, float], posted: Mapping[int, Sequence[int]]) -> None:
        """Adds the hashes under which documents are found from now on."""
        by_stretch: dict[int, list[int]] = defaultdict(list)
        for document in documents:
            if posted[document]:
                by_stretch[stretch_of(times[document])].append(document)
        self._list(by_stretch.keys() - self._listed.keys())
        for stretch, here in sorted(by_stretch.items()):
            for some in chunks(here, MOST_DOCUMENTS):
                run = Run.of(some, [times[one] for one in some], [posted[one] for one in some])
                self._add(stretch, run)

    def _add(self, stretch: int, run: Run) -> None:
        merged = to_merge(len(run), self._listed[stretch])
        new = run.hashes
        if merged:
            run = Run.merged([*self._read(merged), run])
            self._connection.execute(sa.delete(posting_runs).where(posting_runs.c.id.in_(merged)))
            for number in merged:
                self._held.drop(number)
        number = secrets.randbits(62)
        row = {"id": number, "stretch": stretch, "documents": len(run), "body": run.packed()}
        self._connection.execute(sa.insert(posting_runs), row)
        # If the transaction is undone, no store ever lists this number.
        self._held.keep(number, run, new)
        left = [key for key in self._listed[stretch] if key[0] not in merged]
        self._listed[stretch] = [*left, (number, len(run))]

    def _list(self, stretches: Collection[int]) -> None:
        """Learns which runs there are."""
        if not stretches:
            return
        self._listed |= {stretch: [] for stretch in stretches}
        # Batches span a few stretches; an archive's spans many, most of them not empty.
        between = {"first": min(stretches), "last": max(stretches)}
        for number, stretch, documents in _LISTED.all(self._connection, between):
            if stretch in stretches:
                self._listed[stretch].append((number, documents))

    def _read(self, numbers: Iterable[int]) -> Iterable[Run]:
        for number in numbers:
            run = self._held.get(number)
            if run is None:
                run = self._unpacked(number)
                self._held.keep(number, run)
            yield run

    def _unpacked(self, number: int) -> Run:
        body = self._connection.execute(_BODY, {"number": number}).scalar_one()
        try:
            return Run.unpacked(body)
        except ValueError as error:
            raise StoreError(
                f"store {self._database.url}: {error} (posting_runs {number}); restore a backup, or delete that row:"
                " near copies of its articles are no longer found",
                self._database.url,
            ) from error
