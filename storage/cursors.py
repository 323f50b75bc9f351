"""Cursors: up to which change an export or alert has come. Kept durably: a lost one would give rows twice."""

from __future__ import annotations

import sqlalchemy as sa

from storage.database import Database
from storage.schema import cursors


class Cursors:
    """Change numbers by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> int:
        """The last change that was dealt with; 0 for a name never set."""
        with self._database.read() as connection:
            return connection.execute(sa.select(cursors.c.seq).where(cursors.c.name == name)).scalar() or 0

    def set(self, name: str, seq: int) -> None:
        """Everything up to change `seq` was dealt with."""
        values = {"seq": seq, "set_at": self._database.now()}
        insert = self._database.insert(cursors).values(name=name, **values)
        with self._database.write(durable=True) as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=[cursors.c.name], set_=values))
