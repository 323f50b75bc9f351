"""Searches for topics: how far back the results of each have been walked through."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from crawler.urls import article_id
from storage.columns import storable
from storage.database import Database
from storage.schema import searches


class Searches:
    """By topic and the URL of a search's first page (without dates) with its template."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def covered(self, topic: str, url: str) -> datetime | None:
        """Back to when (UTC) everything was seen; `None`: it was never walked to its end."""
        query = sa.select(searches.c.covered).where(searches.c.topic == topic, searches.c.search == article_id(url))
        with self._database.read() as connection:
            return connection.execute(query).scalar()

    def cover(self, topic: str, url: str, until: datetime) -> None:
        """Everything back to then was seen, stored or judged."""
        values = {"topic": topic, "search": article_id(url), "url": storable(url), "covered": until}
        insert = self._database.insert(searches).values(**values)
        with self._database.write() as connection:
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[searches.c.topic, searches.c.search], set_={"covered": until}
                )
            )
