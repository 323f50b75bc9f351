"""The requests of the last hour: written before each is sent, so that no kill makes the next process forget one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from storage.database import Database
from storage.schema import requests

METER_LOCK: Final = 0x6D657465
"""Key of the advisory lock (ASCII "mete") under which PostgreSQL stores note requests in order."""
Noted = tuple[int, float, str, str]
"""Number, moment (epoch seconds), host and source of one request."""

_columns = (requests.c.id, requests.c.at, requests.c.host, requests.c.source)


class Requests:
    """Requests noted. Errors: `StoreError`, `StoreBusy`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: float) -> list[Noted]:
        """Those noted at or after `moment` (epoch seconds), in the order noted."""
        query = sa.select(*_columns).where(requests.c.at >= moment).order_by(requests.c.id)
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def note(
        self, host: str, source: str, last: int, admit: Callable[[Sequence[Noted]], bool]
    ) -> tuple[int, list[Noted]] | None:
        """Note a request to `host` for `source`: its number, and what others noted after number `last`.

        Where others did, `admit` is shown theirs and decides once more: `False` takes the note back, and the answer is
        `None`. Notes are made one at a time, whichever process makes them.
        """
        if self._database.is_file:
            return self._note_straight(host, source, last, admit)
        with self._database.write() as connection:
            if not self._database.is_sqlite:
                connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(METER_LOCK)))
            values = {"at": time.time(), "host": host, "source": source}
            number = int(connection.execute(_insert, values).scalar_one())
            if number == last + 1:
                return number, []
            query = sa.select(*_columns).where(requests.c.id > _known(last, number), requests.c.id < number)
            others: list[Noted] = [tuple(row) for row in connection.execute(query.order_by(requests.c.id))]
            if admit(others):
                return number, others
            connection.execute(sa.delete(requests).where(requests.c.id == number))
            return None

    def _note_straight(
        self, host: str, source: str, last: int, admit: Callable[[Sequence[Noted]], bool]
    ) -> tuple[int, list[Noted]] | None:
        with self._database.write_straight() as connection:
            number = connection.execute(_INSERT, (time.time(), host, source)).lastrowid
            assert number is not None
            if number == last + 1:
                return number, []
            others: list[Noted] = connection.execute(_OTHERS, (_known(last, number), number)).fetchall()
            if admit(others):
                return number, others
            connection.execute(_TAKE_BACK, (number,))
            return None

    def forget(self, before: float) -> None:
        """Drop what was noted before then (epoch seconds)."""
        with self._database.write() as connection:
            connection.execute(sa.delete(requests).where(requests.c.at < before))


_insert = sa.insert(requests).returning(requests.c.id)
_INSERT: Final = "INSERT INTO requests (at, host, source) VALUES (?, ?, ?)"
_OTHERS: Final = "SELECT id, at, host, source FROM requests WHERE id > ? AND id < ? ORDER BY id"
_TAKE_BACK: Final = "DELETE FROM requests WHERE id = ?"


def _known(last: int, number: int) -> int:
    """The number up to which all is known: SQLite numbers anew when everything was forgotten."""
    return last if last < number else 0
