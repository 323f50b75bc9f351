"""What was found lately, how soon, and what waits: the numbers by which a watch is judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from crawler.items import Precision
from storage.articles import RETRIED_FOR
from storage.database import Database
from storage.schema import articles, set_aside, sources

MOST_DELAYS: Final = 20_000
"""Delays that are read, of the articles found last: what is told of more differs by less than a minute."""


class Discoveries:
    """Articles by when they were found. Errors: `StoreError`, `StoreBusy`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_source(self, since: datetime) -> dict[str | None, int]:
        """Articles found at or after `since` (UTC) by the source that met each first, `None` for those of no source."""
        query = (
            sa.select(articles.c.source, sa.func.count().label("found"))
            .where(articles.c.first_seen >= since)
            .group_by(articles.c.source)
        )
        with self._database.read() as connection:
            return {row.source: row.found for row in connection.execute(query)}

    def counts(self, spans: Sequence[tuple[datetime, datetime]]) -> list[int | None]:
        """Articles found within each span (UTC, its end left out); `None` for one that begins before the first."""
        with self._database.read() as connection:
            oldest = connection.execute(sa.select(sa.func.min(articles.c.first_seen))).scalar()
            found: list[int | None] = []
            for begin, end in spans:
                query = sa.select(sa.func.count()).where(articles.c.first_seen >= begin, articles.c.first_seen < end)
                known = oldest is not None and oldest <= begin
                found.append(int(connection.execute(query).scalar_one()) if known else None)
            return found

    def delays(self, since: datetime) -> list[float]:
        """Seconds from publication to discovery of articles found at or after `since` (UTC), unordered; of many the
        latest.

        Only of those whose publisher tells the time of day, and that were published when their source was watched
        already: what it showed before nobody could have found sooner. Below 0 where a publisher's clock runs ahead.
        """
        seconds: sa.ColumnElement[Any]
        if self._database.is_sqlite:
            days = sa.func.julianday(articles.c.first_seen) - sa.func.julianday(articles.c.published_at)
            seconds = days * 86_400.0
        else:
            seconds = sa.extract("epoch", articles.c.first_seen - articles.c.published_at)
        query = (
            sa.select(sa.cast(seconds, sa.Double))
            .join(sources, sources.c.name == articles.c.source)
            .where(
                articles.c.first_seen >= since,
                articles.c.published_at >= sources.c.added_at,
                articles.c.published_precision != Precision.DAY.value,
            )
            .order_by(articles.c.first_seen.desc())
            .limit(MOST_DELAYS)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """Articles that could not be had, or for which a budget had no room, and that are due for another try; and
        since when the one that waits longest is (UTC).
        """
        # Source by source, as the index goes.
        due = (
            set_aside.c.source == sources.c.name,
            set_aside.c.retry_at > now - RETRIED_FOR,
            set_aside.c.retry_at <= now,
            set_aside.c.at > now - RETRIED_FOR,
        )
        count = sa.select(sa.func.count()).where(*due).correlate(sources).scalar_subquery()
        oldest = sa.select(sa.func.min(set_aside.c.retry_at)).where(*due).correlate(sources).scalar_subquery()
        query = sa.select(sa.func.coalesce(sa.func.sum(count), 0), sa.func.min(oldest)).select_from(sources)
        with self._database.read() as connection:
            number, since = connection.execute(query).one()
        return int(number), since
