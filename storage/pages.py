"""Raw pages, kept so that a better extractor can read them again."""

from __future__ import annotations

import sqlalchemy as sa

from crawler.items import RawPage
from storage.database import Database
from storage.schema import articles, pages


class Pages:
    """The latest raw page of each article that was read from a page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, article_id: str) -> RawPage | None:
        """The page of the article of that public id; `None`: not kept."""
        query = (
            sa.select(pages)
            .join(articles, articles.c.id == pages.c.article_id)
            .where(articles.c.public_id == article_id)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return RawPage(
            url=row.url,
            status=row.status,
            headers=row.headers,
            body_zstd=row.body,
            size=row.size,
            fetched_at=row.fetched_at,
        )
