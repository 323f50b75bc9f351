"""The change counter: one row, so that change numbers appear in the order in which they are committed.

A database's own sequence hands out a number before the transaction commits: a reader that has seen a later number
would never see the earlier one.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.schema import counters

_HERE = counters.c.name == "change_seq"
_ARTICLES = counters.c.name == "articles"


def read(connection: Connection) -> int:
    """The number of the last change."""
    return int(connection.execute(sa.select(counters.c.value).where(_HERE)).scalar_one())


def lock(connection: Connection) -> int:
    """The number of the last change, locked until the transaction ends (on SQLite every write transaction is alone)."""
    return int(connection.execute(sa.select(counters.c.value).where(_HERE).with_for_update()).scalar_one())


def store(connection: Connection, value: int) -> None:
    """Writes the number of the last change, under the lock."""
    connection.execute(sa.update(counters).where(_HERE).values(value=value))


def articles(connection: Connection) -> int:
    """How many articles there are: counted as they come and go, since counting a million takes a moment."""
    return int(connection.execute(sa.select(counters.c.value).where(_ARTICLES)).scalar_one())


def add_articles(connection: Connection, more: int) -> None:
    """Counts articles that came (or went, below 0), under the lock."""
    connection.execute(sa.update(counters).where(_ARTICLES).values(value=counters.c.value + more))
