"""Which hashes two texts have in common, and where: all of a text are looked up at once. Pure; exact."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST: Final = 1 << 16
"""Hashes of a text, and slots of a table by 16 bits of each: places are kept in 16 bits."""

Hashes = NDArray[np.uint32]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
"""What arrays are indexed by: others are made that each time."""


class Held:
    """The hashes of a text, by which it is asked for those of others; `MOST` at most."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes
        slots = _slots(hashes)
        # What the table held before does no harm: what is found there is compared, and every slot of a hash is written.
        self._table = np.empty(MOST, np.uint16)
        self._table[slots] = np.arange(len(hashes), dtype=np.uint16)
        self._one = self._table[slots].astype(np.intp)
        """Of all that are equal one place."""
        self._hidden: Hashes | None = None
        hidden = (hashes[self._one] != hashes).nonzero()[0]
        if len(hidden):
            # Others took their slots: these are sought among each other, where one stands that took a slot.
            self._taking = np.zeros(len(hashes), np.bool_)
            self._taking[self._one[hidden]] = True
            wanted = hashes[hidden]
            order = wanted.argsort(kind="stable")
            self._hidden = wanted[order]
            self._hidden_at = hidden[order]
            self._one[hidden] = self._hidden_at[self._hidden.searchsorted(wanted)]

    def places(self, asked: Hashes) -> tuple[Places, Flags]:
        """Where each that is asked for stands, equal ones at one place, and whether it does; where not, any place."""
        if not len(self._hashes):
            return np.zeros(len(asked), np.intp), np.zeros(len(asked), np.bool_)
        places: Places = self._table[_slots(asked)].astype(np.intp)
        there: Flags = self._hashes.take(places, mode="clip") == asked
        if self._hidden is not None:
            left = (self._taking.take(places, mode="clip") > there).nonzero()[0]
            if len(left):
                wanted = asked[left]
                ranks = self._hidden.searchsorted(wanted)
                hit = (self._hidden.take(ranks, mode="clip") == wanted).nonzero()[0]
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


def _slots(hashes: Hashes) -> Places:
    return hashes.astype(np.uint16).astype(np.intp)
