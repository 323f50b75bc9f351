"""The articles of the latest dates of which a query is true, without reading others."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.errors import StoreError
from crawler.items import ArticleFilter, Damaged
from crawler.text.query import Query, Word, leaves, read_query
from storage import candidates, conditions, reading, search
from storage.article_rows import TEXT, as_it_comes, of_shown
from storage.columns import chunks
from storage.damage import REFUSALS, named
from storage.database import Database, is_unreadable
from storage.packing import DamagedText, kept_text
from storage.schema import articles

LEAST_READ: Final = 100
"""Articles that are read at once."""

_OWN: Final = (articles.c.id, articles.c.public_id, articles.c.change_seq)
_UNREAD: Final = sa.select(*_OWN)
_READ: Final = of_shown(*_OWN, articles.c.title, articles.c.summary, as_it_comes(TEXT, "packed"), lost=True)


def newest(
    database: Database, wanted: ArticleFilter, count: int, passed_over: Collection[str], damaged: Damaged
) -> list[str] | None:
    """See `Articles.newest`."""
    try:
        return _newest(database, wanted, count, passed_over, damaged)
    except StoreError as error:
        if not isinstance(error.__cause__, REFUSALS) or not is_unreadable(error.__cause__):
            raise
        return None


def _newest(
    database: Database, wanted: ArticleFilter, count: int, passed_over: Collection[str], damaged: Damaged
) -> list[str] | None:
    with database.read() as connection:
        query, select, reads = None, _UNREAD, False
        if wanted.words is not None:
            query = read_query(wanted.words, now=database.now(), zone=wanted.zone)
            conditions.check(connection, query)
            reads = any(isinstance(leaf, Word) for leaf in leaves(query.root))
            if reads:
                select = _READ.add_columns(*search.told(database, query))
        select = select.where(reading.among(database, articles.c.id))
        found: list[tuple[Any, str, int]] = []
        for portion in candidates.by_date(database, connection, query, wanted):
            if portion is None:
                return None
            for some in chunks(portion, max(count, LEAST_READ)):
                dates = dict(some)
                numbers = {"numbers": reading.listed(database, list(dates))}
                rows: Iterable[Sequence[Any]] = reading.tuples(connection, select, numbers)
                if query is not None and reads:
                    rows = _true_of(connection, query, rows, damaged)
                found += [(dates[row[0]], row[1], row[2]) for row in rows if row[1] not in passed_over]
                found = heapq.nlargest(count, found)
                # Of articles of one moment the ids decide.
                if len(found) == count and some[-1][1] < found[-1][0]:
                    return _in_order(found)
        return _in_order(found)


def _in_order(found: Sequence[tuple[Any, str, int]]) -> list[str]:
    return [public_id for _, public_id, _ in sorted(found, key=lambda one: one[2])]


def _true_of(
    connection: Connection, query: Query, shown: Iterable[Sequence[Any]], damaged: Damaged
) -> Iterator[Sequence[Any]]:
    for row in shown:
        row_id, _, _, title, summary, packed, *told = row
        if packed is None:
            damaged(named(connection, row_id, "its text is not where it should be"))
            continue
        try:
            text = kept_text(packed)
        except DamagedText as error:
            damaged(named(connection, row_id, str(error)))
            continue
        if search.holds(query, (title, summary, text), told):
            yield row
