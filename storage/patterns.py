"""Patterns of URLs that yielded no article: left for a while, by source."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from crawler.urls import article_id
from storage.columns import storable
from storage.database import Database
from storage.prepared import Prepared
from storage.schema import url_patterns

_LIST: Final = Prepared(
    sa.select(url_patterns.c.pattern, url_patterns.c.reason, url_patterns.c.times, url_patterns.c.retry_at)
    .where(url_patterns.c.source == sa.bindparam("of"))
    .order_by(url_patterns.c.pattern)
)


@dataclass(frozen=True, slots=True)
class DroppedPattern:
    """A pattern (`crawler.url_traps.pattern_of`) dropped for the `times`-th time, to be tried again at `retry_at`."""

    pattern: str
    reason: str
    times: int
    retry_at: datetime


class Patterns:
    """Dropped patterns by source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, source: str) -> builtins.list[DroppedPattern]:
        """Those of a source, whether their time has come or not."""
        with self._database.read() as connection:
            return [DroppedPattern(*row) for row in _LIST.all(connection, {"of": source})]

    def drop(self, source: str, dropped: DroppedPattern) -> None:
        """Remembers that a pattern is left."""
        values = {
            "pattern": storable(dropped.pattern),
            "reason": storable(dropped.reason),
            "times": dropped.times,
            "retry_at": dropped.retry_at,
        }
        key = article_id(dropped.pattern)
        insert = self._database.insert(url_patterns).values(source=source, pattern_key=key, **values)
        with self._database.write() as connection:
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[url_patterns.c.source, url_patterns.c.pattern_key], set_=values
                )
            )

    def forget(self, source: str, pattern: str) -> None:
        """It yielded an article."""
        here = (url_patterns.c.source == source, url_patterns.c.pattern_key == article_id(pattern))
        with self._database.write() as connection:
            connection.execute(sa.delete(url_patterns).where(*here))
