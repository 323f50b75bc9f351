"""What an export's rows are, counted once for whoever tells of it: the manifest, a dataset's card."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from crawler.items import ArticleRow


@dataclass(slots=True)
class Tally:
    """What an export's rows are, counted as they pass."""

    rows: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    first_seq: int | None = None
    last_seq: int | None = None
    letters: int = 0

    def add(self, row: ArticleRow, part: str = "") -> None:
        """Count a row."""
        self.rows += 1
        self.languages[_told(row.lang)] += 1
        self.sources[_told(row.source)] += 1
        self.topics.update(map(_told, row.topics))
        if part:
            self.parts[part] += 1
        self.letters += len(row.text)
        when = row.published.utc if row.published is not None else row.first_seen
        self.first = when if self.first is None else min(self.first, when)
        self.last = when if self.last is None else max(self.last, when)
        self.first_seq = row.change_seq if self.first_seq is None else min(self.first_seq, row.change_seq)
        self.last_seq = max(self.last_seq or 0, row.change_seq)


def digest(text: str) -> bytes:
    """Eight bytes that stand for `text`, the same everywhere."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]


class Distinct:
    """Counts different texts; each that comes costs eight bytes, since a set of a million takes a hundred."""

    def __init__(self) -> None:
        self._seen = array("Q")

    def add(self, text: str) -> None:
        """Count one, which may have come before."""
        self._seen.append(int.from_bytes(digest(text), "big"))

    def count(self) -> int:
        """How many different ones came."""
        import numpy as np  # imported only by who counts

        seen = np.frombuffer(self._seen, np.uint64)
        seen.sort()  # where it lies: np.unique would take as much again, twice
        return int(np.count_nonzero(seen[1:] != seen[:-1])) + 1 if len(seen) else 0


def _told(name: str | None) -> str:
    """`name` as UTF-8 can carry it: a row may turn out broken only after it was counted."""
    return (name or "").encode("utf-8", "replace").decode()
