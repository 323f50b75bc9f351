"""Raw pages, kept so that a better extractor can read them again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.errors import DamagedPage
from crawler.items import RawPage
from storage.damage import REFUSALS, said
from storage.database import Database, is_unreadable
from storage.page_packing import PagePacking
from storage.schema import articles, pages, sightings


class Pages:
    """The latest raw page of each article that was read from a page."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._packing = PagePacking(database)

    def get(self, article_id: str) -> RawPage | None:
        """The page of the article of that public id; `None`: not kept. `DamagedPage`."""
        query = (
            sa.select(pages)
            .join(articles, articles.c.id == pages.c.article_id)
            .where(articles.c.public_id == article_id)
        )
        with self._database.read() as connection:
            try:
                row = connection.execute(query).first()
            except REFUSALS as error:
                if not is_unreadable(error):
                    raise
                raise DamagedPage(
                    f"store {self._database.url}: a raw page is damaged: {said(error)}", self._database.url
                ) from error
            return None if row is None else self._raw(connection, row)

    def each(
        self, source: str | None = None, since: datetime | None = None, batch: int = 60
    ) -> Iterator[tuple[str, str | None, RawPage | DamagedPage]]:
        """Every kept page, or why it can't be unpacked, with its article's public id and the source that met it first,
        in the order of row numbers.

        Only pages of articles met in `source`, and fetched at or after `since` (UTC), if given. Memory is bounded by
        `batch`; no transaction stays open between batches.
        """
        last = 0
        while True:
            query = (
                sa.select(pages, articles.c.public_id, articles.c.source)
                .join(articles, articles.c.id == pages.c.article_id)
                .where(pages.c.article_id > last)
                .order_by(pages.c.article_id)
                .limit(batch)
            )
            if source is not None:
                query = query.where(
                    sa.exists().where(sightings.c.article_id == articles.c.id, sightings.c.source == source)
                )
            if since is not None:
                query = query.where(pages.c.fetched_at >= since)
            with self._database.read() as connection:
                rows = connection.execute(query).all()
                found = [(row.public_id, row.source, self._raw_or_not(connection, row)) for row in rows]
            yield from found
            if len(rows) < batch:
                return
            last = rows[-1].article_id

    def count(self, source: str | None = None, since: datetime | None = None) -> int:
        """How many pages `each` gives."""
        query = sa.select(sa.func.count(pages.c.article_id))
        if source is not None:
            query = query.where(
                sa.exists().where(sightings.c.article_id == pages.c.article_id, sightings.c.source == source)
            )
        if since is not None:
            query = query.where(pages.c.fetched_at >= since)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def pack(self, most: int) -> int:
        """Packs pages closer that came since the last call; see `storage.page_packing`."""
        return self._packing.pack(most)

    def forget_dictionaries(self) -> int:
        """Deletes dictionaries that no page needs any more; how many."""
        return self._packing.forget()

    def _raw_or_not(self, connection: Connection, row: sa.Row[Any]) -> RawPage | DamagedPage:
        try:
            return self._raw(connection, row)
        except DamagedPage as error:
            return error

    def _raw(self, connection: Connection, row: sa.Row[Any]) -> RawPage:
        return RawPage(
            url=row.url,
            status=row.status,
            headers=row.headers,
            body_zstd=self._packing.plain(connection, row.body, row.size),
            size=row.size,
            fetched_at=row.fetched_at,
        )
