"""Which hashes two texts have in common, and where: all of a text are looked up at once. Pure; exact."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST: Final = 1 << 16
"""Hashes of a text, and slots of a table by 16 bits of each: places are told in 16 bits."""

Hashes = NDArray[np.uint32]
Flags = NDArray[np.bool_]
Places = NDArray[np.uint16]


class Held:
    """The hashes of a text, by which it is asked for those of others; `MOST` at most."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes
        slots = hashes.astype(np.uint16).astype(np.intp)
        # What the table held before does no harm: what is found there is compared, and every slot of a hash is written.
        self._table = np.empty(MOST, np.uint16)
        self._table[slots] = np.arange(len(hashes), dtype=np.uint16)
        self._one = self._table[slots]
        """Of all that are equal one place."""
        self._hidden: Hashes | None = None
        hidden = (hashes.take(self._one) != hashes).nonzero()[0]
        if len(hidden):
            # Others took their slots: these are sought among each other.
            at: dict[int, int] = {}
            self._one[hidden] = [
                at.setdefault(value, place)
                for place, value in zip(hidden.tolist(), hashes[hidden].tolist(), strict=True)
            ]
            self._hidden = np.array(sorted(at), np.uint32)
            self._hidden_at = np.array([at[value] for value in sorted(at)], np.uint16)

    def places(self, asked: Hashes) -> tuple[Places, Flags]:
        """Where each that is asked for stands, equal ones at one place, and whether it does; where not, any place."""
        if not len(self._hashes):
            return np.zeros(len(asked), np.uint16), np.zeros(len(asked), np.bool_)
        places = self._table[asked.astype(np.uint16).astype(np.intp)]
        there = self._hashes.take(places, mode="clip") == asked
        if self._hidden is not None:
            left = (~there).nonzero()[0]
            wanted = asked[left]
            ranks = np.searchsorted(self._hidden, wanted)
            hit = (self._hidden.take(ranks, mode="clip") == wanted).nonzero()[0]
            if len(hit):
                places[left[hit]] = self._hidden_at[ranks[hit]]
                there[left[hit]] = True
        return places, there

    def among(self, places: Places) -> Flags:
        """Which of the hashes are equal to one at these places, as `places` tells them."""
        hit = np.zeros(len(self._hashes), np.bool_)
        hit[places] = True
        flags: Flags = hit[self._one]
        return flags

    def like(self, flags: Flags) -> Flags:
        """Which of the hashes are equal to one that is flagged."""
        return self.among(self._one[flags])
