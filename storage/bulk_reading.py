"""Exported rows in great number, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from crawler.items import ArticleFilter, ArticleRow, Damaged
from crawler.text.query import Query
from storage import candidates, conditions, reading, search
from storage.article_rows import COLUMNS, SHOWN, maker
from storage.columns import chunks
from storage.damage import UNREADABLE, Made, of_values
from storage.database import Database
from storage.schema import articles

VERSIONED: Final = 20
"""Articles of which all versions are read at once."""

_AFTER: Final = sa.bindparam("after", type_=sa.BigInteger)
_MOST: Final = sa.bindparam("most", type_=sa.Integer)


_QUERY: Final = SHOWN.where(articles.c.change_seq > _AFTER).order_by(articles.c.change_seq).limit(_MOST)


def in_bulk(
    database: Database, wanted: ArticleFilter, query: Query | None, batch: int, damaged: Damaged
) -> Iterator[ArticleRow]:
    """Articles that pass the filter and of which `query` is true, by `change_seq`; see `Articles.rows`."""
    select = reading.filtered(_QUERY, replace(wanted, after_seq=None))
    if query is not None:
        with database.read() as connection:
            conditions.check(connection, query)
        select = select.add_columns(*search.told(database, query))
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
            found, many, last = reading.readable(
                connection, asked, {"after": after, "most": batch}, len(COLUMNS) - 1, damaged
            )
            named = reading.topics_of(connection, [row[0] for row in found])
        rows = _made(made, found, named, query, damaged)
        if wanted.all_versions:
            for some in chunks(rows, VERSIONED):
                with database.read() as connection:
                    every = reading.with_versions(connection, dict(some), damaged)
                yield from every
        else:
            for _, row in rows:
                yield row
        read = last if many == batch else upto
        if read is None:
            return
        after = read


def _made(
    made: Made,
    found: Sequence[tuple[Any, ...]],
    named: Mapping[int, tuple[str, ...]],
    query: Query | None,
    damaged: Damaged,
) -> Iterator[tuple[int, ArticleRow]]:
    """Exported rows of which the query is true, with their row numbers; `damaged` hears of those that can't be read.

    One by one: a text is unpacked as it is taken, and is let go before the next.
    """
    wide = len(COLUMNS)
    for row in found:
        topics = named.get(row[0], ())
        try:
            one = made(row[:wide], topics)  # a slice that leaves nothing out is the row itself
        except UNREADABLE as error:
            damaged(of_values(made, row, topics, error))
            continue
        if query is None or search.holds(query, (one.title, one.summary, one.text), row[wide:]):
            yield row[0], one
