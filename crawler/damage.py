"""Articles that a store can't read, gathered while all others are: how many, which, and what to do about them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final

from crawler.items import DamagedRow

MENDING: Final = (
    "`presswatch db check` names all that is damaged; `presswatch reextract` mends it from kept raw pages, else import "
    "an export of before or restore a backup"
)
MENDING_FILE: Final = "restore a backup, or export what can be read and import that into a new store"
MAX_NAMED: Final = 20
"""Articles that are named; all are counted."""


@dataclass(slots=True)
class Damage:
    """What was met so far; `in_file` of it for damaged pages of the store's file. `left` are the change numbers of
    articles that were left out, eight bytes each; one of which an earlier version alone is damaged is not.
    """

    count: int = 0
    in_file: int = 0
    named: list[str] = field(default_factory=list)
    left: array[int] = field(default_factory=lambda: array("q"))
    _met: set[int] = field(default_factory=set)

    def note(self, row: DamagedRow) -> None:
        """One more, if it was not met before: a choice reads articles more than once."""
        of = hash((row.id, row.version))
        if of in self._met:
            return
        self._met.add(of)
        self.count += 1
        self.in_file += row.in_file
        if len(self.named) < MAX_NAMED:
            self.named.append(str(row))
        if row.version is None:
            self.left.append(row.change_seq)

    def ways_out(self) -> list[str]:
        """What to do about it, a line each."""
        of_file = f"`presswatch db check` says where the store's file is damaged; {MENDING_FILE}"
        return [MENDING] * (self.count > self.in_file) + [of_file] * (self.in_file > 0)
