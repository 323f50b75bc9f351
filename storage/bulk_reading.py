"""Exported rows in great number, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from crawler.items import ArticleFilter, ArticleRow
from crawler.text.query import Query
from storage import candidates, conditions, reading, search
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
    told: Sequence[sa.Label[bool]] = ()
    if query is not None:
        with database.read() as connection:
            conditions.check(connection, query)
        select = select.add_columns(*(told := search.told(database, query)))
    filtered = reading.filtered(sa.select(articles.c.id), replace(wanted, after_seq=None))
    made = maker(database)
    after = wanted.after_seq or 0
    while True:
        upto = None
        with database.read() as connection:
            asked = select
            if query is not None:
                meant, upto = candidates.matching(database, connection, query, filtered, after)
                asked = select.where(meant)
            found = reading.tuples(connection, asked, {"after": after, "most": batch})
            named = reading.topics_of(connection, [row[0] for row in found])
        rows = [made(row[: len(COLUMNS)] if told else row, named.get(row[0], ())) for row in found]
        if wanted.all_versions or query is not None:
            numbered = [
                (row[0], one)
                for row, one in zip(found, rows, strict=True)
                if query is None or search.holds(query, (one.title, one.summary, one.text), row[len(COLUMNS) :])
            ]
            rows = [one for _, one in numbered]
        if wanted.all_versions:
            for some in chunks(numbered, VERSIONED):
                with database.read() as connection:
                    every = reading.with_versions(connection, dict(some))
                yield from every
        else:
            yield from rows
        read = found[-1][len(COLUMNS) - 1] if len(found) == batch else upto
        if read is None:
            return
        after = read
