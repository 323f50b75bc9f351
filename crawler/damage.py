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
MAX_NAMED: Final = 20
"""Articles that are named; all are counted."""


@dataclass(slots=True)
class Damage:
    """What was met so far. `left` are the change numbers of articles that were left out, eight bytes each; one of
    which an earlier version alone is damaged is not.
    """

    count: int = 0
    named: list[str] = field(default_factory=list)
    left: array[int] = field(default_factory=lambda: array("q"))

    def begin(self) -> None:
        """Forget what was met: the same is read again."""
        self.count, self.named, self.left = 0, [], array("q")

    def note(self, row: DamagedRow) -> None:
        """One more."""
        self.count += 1
        if len(self.named) < MAX_NAMED:
            self.named.append(str(row))
        if row.version is None:
            self.left.append(row.change_seq)
