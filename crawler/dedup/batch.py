"""A batch of texts beside all that the index lists for them: that most are like no other is found out for all at once.

`crawler.dedup.cluster.place` decides on one text, by lists of documents. Making its lists takes longer than anything
else, and nine of ten texts have no candidate: no document stands under two of their hashes that tell anything. That is
counted in arrays for all texts of a batch; lists are made of the others only. Pure.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crawler.dedup.cluster import MOST_LISTED, MOST_STORIES, Shared, least_hits
from crawler.dedup.runs import Listed, Numbers, Postings

_MOST_HITS: Final = 3
"""More hashes than that no text has to share with a candidate."""
_PLACE_SHIFT: Final = np.int64(40)
"""Bits of a document's number when it stands behind the place of a text: a trillion of documents."""
_HASH_SHIFT: Final = np.uint64(32)
_LOW: Final = np.uint64(0xFFFFFFFF)

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


class Batch:
    """Texts that are placed one after the other, by their places in the batch."""

    def __init__(
        self,
        asked: Sequence[Sequence[int]],
        times: Sequence[float],
        documents: Sequence[int],
        found: Postings,
        *,
        window: float,
        stories_of: Callable[[Numbers], Numbers],
    ) -> None:
        """`asked` are the hashes that each text asks for, `times` when it is dated at, epoch seconds, `documents` its
        number. `found` are the postings under these hashes that are within `window` seconds of any of the texts;
        `stories_of` gives the numbers of documents' stories.
        """
        self._asked, self._documents, self._window = asked, documents, window
        self._times = np.array(times, np.float64)
        earliest, latest = float(self._times.min()), float(self._times.max())
        self._wide = latest - earliest > window
        self._listed = listed = found.listed()
        self._core = core = (listed.times >= latest - window) & (listed.times <= earliest + window)
        """Within the window of every text of the batch."""
        sizes = listed.counted(core)
        self._full = sizes >= MOST_LISTED
        self._shared = _of_many_stories(listed, core, (sizes >= MOST_STORIES) & ~self._full, stories_of)
        self._posted: dict[int, list[int]] = {}
        """By hash who of the batch has been posted under it, oldest first."""
        numbers = np.array(documents, np.int64)
        self._revised = {*numbers[np.isin(numbers, listed.documents)].tolist()}
        """Those that stand in the index already, with what they showed before."""
        self._counted = np.full(len(times), not self._wide and not self._revised)
        """Of which texts what is counted beforehand holds as they are placed."""
        self._dated = dict(zip(documents, times, strict=True))
        self._twice = {one for one, count in Counter(documents).items() if count > 1}
        """Those of which the batch has two texts, one after the other."""
        self._look_through()

    def _look_through(self) -> None:
        """Who asks for what, and which texts share several telling hashes with one document."""
        many = np.fromiter(map(len, self._asked), np.int64, len(self._asked))
        wanted = np.fromiter(chain.from_iterable(self._asked), np.uint64, int(many.sum()))
        entries = np.sort(wanted << _HASH_SHIFT | np.repeat(np.arange(len(many), dtype=np.uint64), many))
        hashes = entries >> _HASH_SHIFT
        starts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)])
        askers = np.diff(starts, append=len(hashes))
        values = hashes[starts].astype(np.uint32)
        ranks, there = self._listed.ranked(values)
        full, shared = there & self._full[ranks], there & self._shared[ranks]
        sizes = np.where(there, self._listed.sizes[ranks], 0)
        again = (askers > 1) & ~full
        self._again = {*values[again].tolist()}
        """Hashes under which a text of the batch may find an earlier one."""
        self._again_telling = {*values[again & ~shared].tolist()}
        self._full_values = {*values[full].tolist()}
        crowded = (sizes + askers > MOST_LISTED) & ~full
        self._crowded = dict(zip(values[crowded].tolist(), np.where(there, ranks, -1)[crowded].tolist(), strict=True))
        """Hashes that may come to have too many texts, and where they are listed."""
        self._crowded_values = {*self._crowded}
        asking = np.repeat(there, askers)
        places = (entries[asking] & _LOW).astype(np.int64)
        by_place = np.sort(places << np.int64(32) | np.repeat(ranks, askers)[asking])
        places, self._ranks = by_place >> np.int64(32), by_place & np.int64(0xFFFFFFFF)
        self._places = places
        self._bounds = np.searchsorted(places, np.arange(len(many) + 1))
        common = (self._full | self._shared)[self._ranks]
        self._common = np.bincount(places[common], minlength=len(many))
        self._hits = np.ones(len(many), np.int64)
        """The most telling hashes that a text shares with one document, `_MOST_HITS` at most."""
        if self._counted.all():
            self._count_hits(places[~common], self._ranks[~common])

    def _count_hits(self, places: Places, ranks: Places) -> None:
        which, at = self._listed.expanded(ranks)
        places = places[which]
        near = np.abs(self._listed.times[at] - self._times[places]) <= self._window
        shared = np.sort((places << _PLACE_SHIFT | self._listed.documents[at])[near])
        for hits in range(2, _MOST_HITS + 1):
            again = shared[hits - 1 :] == shared[: 1 - hits]
            self._hits[shared[hits - 1 :][again] >> _PLACE_SHIFT] = hits

    def is_alone(self, place: int) -> bool:
        """Whether it is certain that no text listed until now is a candidate."""
        if not self._counted[place]:
            return False
        asked = self._asked[place]
        again = self._again_telling.intersection(asked)
        # What becomes common meanwhile is among those that are asked again.
        least = least_hits(len(asked) - int(self._common[place]) - len(again))
        if self._hits[place] >= least:
            return False
        posted = [self._posted[value] for value in again if value in self._posted]
        return len(posted) < least or max(Counter(chain.from_iterable(posted)).values()) < least

    def with_room(self, place: int, hashes: tuple[int, ...]) -> tuple[int, ...]:
        """Those of a text's hashes that have fewer than `MOST_LISTED` texts in its window."""
        full = self._full_values.intersection(hashes)
        for value in self._crowded_values.intersection(hashes):
            rank = self._crowded[value]
            near = 0 if rank < 0 else np.count_nonzero(self._near(place, self._listed.at(rank)))
            if near + len(self._posted.get(value, ())) >= MOST_LISTED:
                full.add(value)
        return tuple([value for value in hashes if value not in full]) if full else hashes

    def lists(self, place: int) -> tuple[dict[int, Sequence[int]], set[int]]:
        """By hash of a text those listed under it, without itself, oldest first; and the hashes that have too many.

        The lists hold until the text is posted.
        """
        listed, document = self._listed, self._documents[place]
        ranks = self._ranks[self._bounds[place] : self._bounds[place + 1]]
        shared = self._shared[ranks]
        too_many: set[int] = set()
        if document in self._revised:
            shared[:] = False
        else:
            full = self._full[ranks]
            too_many.update(listed.hashes[ranks[full]].tolist())
            ranks, shared = ranks.compress(~full), shared.compress(~full)
        which, at = listed.expanded(ranks)
        there, sizes = listed.documents[at], listed.sizes[ranks]
        if document in self._revised or not self._core[at].all():
            near = self._near(place, at) & (there != document)
            there, sizes = there.compress(near), np.bincount(which.compress(near), minlength=len(ranks))
        documents, ends = there.tolist(), sizes.cumsum().tolist()
        found: dict[int, Sequence[int]] = {}
        start = 0
        for value, end, common in zip(listed.hashes[ranks].tolist(), ends, shared.tolist(), strict=True):
            if end > start:
                found[value] = Shared(documents[start:end]) if common else documents[start:end]
            start = end
        posted, apart = self._posted, self._wide or document in self._twice
        for value in self._again.intersection(self._asked[place]):
            others = posted.get(value)
            if others and apart:
                others = [one for one in others if self._is_near(place, one)]
            if not others:
                continue
            known = found.get(value)
            if known is None:
                found[value] = others
                continue
            both = sorted({*known, *others}) if known[-1] >= others[0] else [*known, *others]
            found[value] = Shared(both) if type(known) is Shared else both
        return found, too_many

    def post(self, place: int, hashes: Collection[int]) -> None:
        """Lists a text under hashes, for those that come after it."""
        document = self._documents[place]
        for value in self._again.intersection(hashes):
            there = self._posted.setdefault(value, [])
            if not there or there[-1] < document:
                there.append(document)
            elif document not in there:
                insort(there, document)

    def united(self, documents: Collection[int]) -> None:
        """Documents became part of another story: what many stories shared, fewer may share now."""
        listed = self._listed
        at = np.flatnonzero(np.isin(listed.documents, np.fromiter(documents, np.int64, len(documents))))
        ranks = np.searchsorted(listed.first[:-1], at, side="right") - 1
        ranks = ranks[self._shared[ranks]]
        self._shared[ranks] = False
        self._counted[self._places[np.isin(self._ranks, ranks)]] = False

    def _near(self, place: int, at: NDArray[np.int64] | slice) -> Flags:
        near: Flags = np.abs(self._listed.times[at] - self._times[place]) <= self._window
        return near

    def _is_near(self, place: int, other: int) -> bool:
        """Whether another text of the batch is within the window of one."""
        if other == self._documents[place]:
            return False
        return not self._wide or abs(self._dated[other] - self._times[place]) <= self._window


def _of_many_stories(listed: Listed, core: Flags, doubtful: Flags, stories_of: Callable[[Numbers], Numbers]) -> Flags:
    """Which hashes of those that are `doubtful` texts of `MOST_STORIES` stories share, by the `core` of their lists."""
    ranks = np.flatnonzero(doubtful)
    which, at = listed.expanded(ranks)
    which, at = which[core[at]], at[core[at]]
    stories = stories_of(listed.documents[at])
    told = np.sort(which << _PLACE_SHIFT | stories)
    told = told[np.append(True, told[1:] != told[:-1])[: len(told)]]
    shared = np.zeros(len(doubtful), np.bool_)
    shared[ranks] = np.bincount(told >> _PLACE_SHIFT, minlength=len(ranks)) >= MOST_STORIES
    return shared
