"""Exported rows in great number, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from crawler.items import ArticleFilter, ArticleRow
from crawler.text.query import Query
from storage import conditions, reading, search
from storage.article_rows import COLUMNS, SHOWN, maker
from storage.columns import chunks
from storage.database import Database
from storage.schema import articles

VERSIONED: Final = 20
"""Articles of which all versions are read at once."""

_AFTER: Final = sa.bindparam("after", type_=sa.BigInteger)
_MOST: Final = sa.bindparam("most", type_=sa.Integer)


_QUERY: Final = SHOWN.where(articles.c.change_seq > _AFTER).order_by(articles.c.change_seq).limit(_MOST)


def in_bulk(database: Database, wanted: ArticleFilter, query: Query | None, batch: int) -> Iterator[ArticleRow]:
    """Articles that pass the filter and of which `query` is true, by `change_seq`; see `Articles.rows`."""
    select = reading.filtered(_QUERY, replace(wanted, after_seq=None))
    if query is not None:
        with database.read() as connection:
            conditions.check(connection, query)
        select = select.add_columns(*search.told(database, query))
    made = maker(database)
    after = wanted.after_seq or 0
    while True:
        with database.read() as connection:
            asked = select if query is None else select.where(search.where(database, connection, query))
            found = connection.execute(asked, {"after": after, "most": batch}).all()
            ids = [row[0] for row in found]
            named = reading.topics_of(connection, ids)
        rows = [(row[0], made(row, named.get(row[0], ()))) for row in found]
        if query is not None:
            rows = [
                (row_id, one)
                for (row_id, one), row in zip(rows, found, strict=True)
                if search.holds(query, (one.title, one.summary, one.text), row[len(COLUMNS) :])
            ]
        if wanted.all_versions:
            for some in chunks(rows, VERSIONED):
                with database.read() as connection:
                    told = reading.with_versions(connection, dict(some))
                yield from told
        else:
            for _, one in rows:
                yield one
        if len(found) < batch:
            return
        after = found[-1][len(COLUMNS) - 1]
