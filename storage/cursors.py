"""Cursors: up to which change an export or alert has come, and with which filters. Kept durably: a lost one would give
rows twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from storage.columns import storable
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

    def asked(self, name: str) -> dict[str, str] | None:
        """The filters, by name, with which it was set; `None` where nobody told."""
        with self._database.read() as connection:
            return connection.execute(sa.select(cursors.c.asked).where(cursors.c.name == name)).scalar()

    def set(self, name: str, seq: int, asked: Mapping[str, str] | None = None) -> None:
        """Everything up to change `seq` that passes the filters `asked` was dealt with."""
        told = None if asked is None else {key: storable(value) for key, value in asked.items()}
        values = {"seq": seq, "set_at": self._database.now(), "asked": told}
        insert = self._database.insert(cursors).values(name=name, **values)
        with self._database.write(durable=True) as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=[cursors.c.name], set_=values))
