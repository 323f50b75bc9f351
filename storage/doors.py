"""Doors: the validators of feeds, sitemaps and listings (RFC 9110, 13.1), kept once everything behind them was dealt
with.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from crawler.items import Validators
from crawler.urls import article_id
from storage.columns import optional, storable
from storage.database import Database
from storage.prepared import Prepared
from storage.schema import doors

_GET: Final = Prepared(
    sa.select(doors.c.etag, doors.c.last_modified, doors.c.unfinished).where(
        doors.c.source == sa.bindparam("of"), doors.c.door == sa.bindparam("named")
    )
)


class Doors:
    """Validators by source and URL of the door, as it is asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, source: str, url: str) -> Validators | None:
        """What to ask the door with; `None`: without condition."""
        with self._database.read() as connection:
            row = _GET.first(connection, {"of": source, "named": article_id(url)})
        if row is None:
            return None
        etag, last_modified, unfinished = row
        return Validators(etag=etag, last_modified=last_modified, unfinished=unfinished)

    def save(self, source: str, url: str, validators: Validators) -> None:
        """Keeps them durably; empty ones are forgotten."""
        told: dict[str, str | bool | None] = {
            "etag": optional(validators.etag),
            "last_modified": optional(validators.last_modified),
            "unfinished": validators.unfinished,
        }
        here = (doors.c.source == source, doors.c.door == article_id(url))
        with self._database.write(durable=True) as connection:
            if not any(told.values()):
                connection.execute(sa.delete(doors).where(*here))
                return
            values = {**told, "url": storable(url), "saved_at": self._database.now()}
            insert = self._database.insert(doors).values(source=source, door=article_id(url), **values)
            connection.execute(insert.on_conflict_do_update(index_elements=[doors.c.source, doors.c.door], set_=values))

    def forget(self, source: str) -> None:
        """Asks every door of the source without condition next time."""
        with self._database.write(durable=True) as connection:
            connection.execute(sa.delete(doors).where(doors.c.source == source))
