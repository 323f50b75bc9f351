"""Which story an article belongs to, as the search for near copies asks it: by numbers, and again and again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.columns import chunks
from storage.schema import articles

MOST_KNOWN: Final = 400_000
"""Articles whose story is kept between transactions, some 40 MB."""
MOST_CHANGED: Final = 20_000
"""Changes by others that are read to go on with what is known; after more, all is forgotten."""
_MOST_ASKED: Final = 2_000

_COLUMNS = "SELECT id, story, CASE WHEN story = public_id THEN 1 ELSE 0 END FROM articles WHERE "
_FOUNDERS = sa.select(articles.c.public_id, articles.c.id).where(
    articles.c.public_id.in_(sa.bindparam("names", expanding=True))
)
_OLDEST = sa.select(sa.func.min(articles.c.id)).where(articles.c.story == sa.bindparam("name"))
_NAME = "SELECT story FROM articles WHERE id = "


class StoryNumbers:
    """By article the number of its story: the row number of the article that told it first, else of the oldest.

    Kept between the transactions of one database and brought up to date by the change numbers; what a transaction
    changed itself is read again, since it may have been undone. An article that is gone is its own story.
    """

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._seen = 0
        self._changed: set[int] = set()

    def __getitem__(self, row_id: int) -> int:
        return self._numbers[row_id]

    def refresh(self, connection: Connection, before: int) -> None:
        """Brings what is known up to a transaction that begins after change `before`."""
        if not 0 <= before - self._seen <= MOST_CHANGED or len(self._numbers) > MOST_KNOWN:
            self._numbers.clear()
        else:
            for row_id in self._changed:
                self._numbers.pop(row_id, None)
            self._read(connection, f"change_seq > {self._seen:d} AND change_seq <= {before:d}")
        self._changed = set(self._read(connection, f"change_seq > {before:d}"))
        self._seen = before

    def know(self, connection: Connection, row_ids: Iterable[int]) -> dict[int, int]:
        """The numbers of these and of all others that are known."""
        known = self._numbers
        for some in chunks({*row_ids}.difference(known), _MOST_ASKED):
            self._read(connection, f"id IN ({','.join(map(str, some))})")
            for row_id in some:
                known.setdefault(row_id, row_id)
        return known

    def name(self, connection: Connection, number: int, member: int | None = None) -> str:
        """The public id that names a story; `member` is an article that belongs to it."""
        for row_id in (number, member):
            name = row_id and connection.exec_driver_sql(f"{_NAME}{row_id:d}").scalar()
            if name:
                return str(name)
        # The article that told it first was deleted since its number was learnt.
        members = [row_id for row_id, story in self._numbers.items() if story == number and row_id != number]
        return self.name(connection, members[0], members[-1]) if members else ""

    def move(self, row_ids: Collection[int], number: int) -> None:
        """Notes that articles belong to another story from now on."""
        self._numbers |= dict.fromkeys(row_ids, number)
        self._changed.update(row_ids)

    def _read(self, connection: Connection, condition: str) -> list[int]:
        # Written out, not bound: a batch asks for thousands.
        later: dict[str, list[int]] = {}
        rows = connection.exec_driver_sql(_COLUMNS + condition).all()
        for row_id, story, first in rows:
            if first:
                self._numbers[row_id] = row_id
            else:
                later.setdefault(story, []).append(row_id)
        for names in chunks(later):
            founders = {row.public_id: row.id for row in connection.execute(_FOUNDERS, {"names": names})}
            for name in names:
                number = founders.get(name) or connection.execute(_OLDEST, {"name": name}).scalar_one()
                self._numbers |= dict.fromkeys(later[name], number)
        return [row_id for row_id, _, _ in rows]
