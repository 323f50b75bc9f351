"""Which story an article belongs to, as the search for near copies asks it: by numbers, and again and again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from storage.columns import chunks
from storage.prepared import Prepared
from storage.schema import articles

MOST_KNOWN: Final = 1 << 20
"""Articles whose story is kept between transactions, 16 MB: of those whose numbers end alike the one last asked for."""
MOST_CHANGED: Final = 20_000
"""Changes by others that are read to go on with what is known; after more, all is forgotten."""
_MOST_ASKED: Final = 2_000

_COLUMNS = "SELECT id, story, CASE WHEN story = public_id THEN 1 ELSE 0 END FROM articles WHERE "
_FOUNDERS = sa.select(articles.c.public_id, articles.c.id).where(
    articles.c.public_id.in_(sa.bindparam("names", expanding=True))
)
_OLDEST = sa.select(sa.func.min(articles.c.id)).where(articles.c.story == sa.bindparam("name"))
_NAME = Prepared(sa.select(articles.c.story).where(articles.c.id == sa.bindparam("article")))


class StoryNumbers:
    """By article the number of its story: the row number of the article that told it first, else of the oldest.

    Kept between the transactions of one database and brought up to date by the change numbers; what a transaction
    changed itself is read again, since it may have been undone. An article that is gone is its own story.
    """

    def __init__(self) -> None:
        self._articles = np.zeros(MOST_KNOWN, np.int64)
        self._numbers = np.zeros(MOST_KNOWN, np.int64)
        self._seen = 0
        self._changed: set[int] = set()
        self._moved: dict[int, int] = {}
        """What this transaction moved, written or not."""

    def refresh(self, connection: Connection, before: int) -> None:
        """Brings what is known up to a transaction that begins after change `before`."""
        self._moved = {}
        if not 0 <= before - self._seen <= MOST_CHANGED:
            self._articles[:] = 0
        else:
            changed = np.fromiter(self._changed, np.int64, len(self._changed))
            at = changed % MOST_KNOWN
            self._articles[at[self._articles[at] == changed]] = 0
            self._keep(self._read(connection, f"change_seq > {self._seen:d} AND change_seq <= {before:d}"))
        ours = self._read(connection, f"change_seq > {before:d}")
        self._keep(ours)
        self._changed = {*ours}
        self._seen = before

    def of(self, connection: Connection, row_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of each of these."""
        at = row_ids % MOST_KNOWN
        known = self._articles[at] == row_ids
        numbers = self._numbers[at]
        if not known.all():
            asked = np.unique(row_ids[~known])
            found: dict[int, int] = {}
            for some in chunks(asked.tolist(), _MOST_ASKED):
                found |= dict(zip(some, some, strict=True))
                found |= self._read(connection, f"id IN ({','.join(map(str, some))})")
            found |= {row_id: number for row_id, number in self._moved.items() if row_id in found}
            self._keep(found)
            learnt = np.fromiter(map(found.__getitem__, asked.tolist()), np.int64, len(asked))
            numbers[~known] = learnt[np.searchsorted(asked, row_ids[~known])]
        return numbers

    def know(self, connection: Connection, row_ids: Iterable[int]) -> dict[int, int]:
        """The numbers of these."""
        asked = [*row_ids]
        return dict(zip(asked, self.of(connection, np.array(asked, np.int64)).tolist(), strict=True))

    def name(self, connection: Connection, number: int, member: int | None = None) -> str:
        """The public id that names a story; `member` is an article that belongs to it."""
        for row_id in (number, member):
            row = _NAME.first(connection, {"article": row_id}) if row_id else None
            if row is not None:
                return str(row[0])
        # The article that told it first was deleted since its number was learnt.
        of_story = (self._articles > 0) & (self._numbers == number) & (self._articles != number)
        members: Sequence[int] = self._articles[of_story].tolist()
        return self.name(connection, members[0], members[-1]) if members else ""

    def move(self, row_ids: Collection[int], number: int) -> None:
        """Notes that articles belong to another story from now on."""
        moved = dict.fromkeys(row_ids, number)
        self._keep(moved)
        self._moved |= moved
        self._changed.update(row_ids)

    def _keep(self, found: dict[int, int]) -> None:
        row_ids = np.fromiter(found, np.int64, len(found))
        self._articles[row_ids % MOST_KNOWN] = row_ids
        self._numbers[row_ids % MOST_KNOWN] = np.fromiter(found.values(), np.int64, len(found))

    def _read(self, connection: Connection, condition: str) -> dict[int, int]:
        # Written out, not bound: a batch asks for thousands.
        numbers: dict[int, int] = {}
        later: dict[str, list[int]] = {}
        for row_id, story, first in connection.exec_driver_sql(_COLUMNS + condition).all():
            numbers[row_id] = row_id
            if not first:
                later.setdefault(story, []).append(row_id)
        for names in chunks(later):
            founders = {row.public_id: row.id for row in connection.execute(_FOUNDERS, {"names": names})}
            for name in names:
                number = founders.get(name) or connection.execute(_OLDEST, {"name": name}).scalar_one()
                numbers |= dict.fromkeys(later[name], number)
        return numbers
