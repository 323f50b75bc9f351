"""Exported rows in great number, batch by batch.

Where a value or a page of an SQLite file can't be read, its driver refuses the whole answer. Then articles are asked
for by stretches of change numbers, half as long after each refusal and twice as long after each answer, until the one
that is in the way is alone, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.errors import StoreError
from crawler.items import ArticleFilter, ArticleRow, Damaged, DamagedRow
from crawler.text.query import Query
from storage import candidates, conditions, reading, search, sequence
from storage.article_rows import COLUMNS, SHOWN_OR_LOST, TEXT_AT, maker
from storage.columns import chunks
from storage.damage import REFUSALS, UNREADABLE, Made, of_refusal, of_values, said
from storage.database import Database, is_unreadable
from storage.schema import articles

VERSIONED: Final = 20
"""Articles of which all versions are read at once."""
WIDEST: Final = 500
"""Change numbers that are asked for at once near one that can't be read."""
STRETCHES: Final = 1_000
"""Such stretches within one transaction."""

_AFTER: Final = sa.bindparam("after", type_=sa.BigInteger)
_UPTO: Final = sa.bindparam("upto", type_=sa.BigInteger)
_MOST: Final = sa.bindparam("most", type_=sa.Integer)
_OF_IDS: Final = SHOWN_OR_LOST.where(articles.c.public_id.in_(sa.bindparam("ids", expanding=True)))
_OF_ID: Final = sa.select(articles.c.id).where(articles.c.public_id == sa.bindparam("id"))
_OF_NUMBER: Final = sa.select(articles.c.id).where(articles.c.change_seq == sa.bindparam("number"))

Found = list[tuple[tuple[Any, ...], tuple[str, ...]]]
"""Rows as the driver gives them, each with the topics of its article."""


class Stretches:
    """The rows of `select` (over `articles`, the row number first, the change number at `seq_at`) that pass the filter,
    by change number, some `batch` at a time; with a query those of which it is true as far as index and SQL can tell
    (`storage.candidates.matching`). `damaged` hears of articles that can't be read.
    """

    def __init__(
        self,
        database: Database,
        select: sa.Select[Any],
        *,
        seq_at: int,
        wanted: ArticleFilter,
        query: Query | None,
        batch: int,
        damaged: Damaged,
    ) -> None:
        everything = replace(wanted, after_seq=None)
        select = select.where(articles.c.change_seq > _AFTER).order_by(articles.c.change_seq).limit(_MOST)
        self._seq_at = seq_at
        self._database, self._query, self._batch, self._damaged = database, query, batch, damaged
        self._select = reading.filtered(select, everything)
        self._filtered = reading.filtered(sa.select(articles.c.id), everything)
        self._after = wanted.after_seq or 0

    def __iter__(self) -> Iterator[Found]:
        after: int | None = self._after
        while after is not None:
            with self._database.read() as connection:
                try:
                    found, reached = self._next(connection, after)
                except REFUSALS as error:
                    if not is_unreadable(error):
                        raise
                    found, reached = self._around(connection, after)
            yield found
            after = reached

    def _next(self, connection: Connection, after: int) -> tuple[Found, int | None]:
        """The rows after that change number, and up to which one they are: `None` to the end."""
        select, upto = self._select, None
        if self._query is not None:
            meant, upto = candidates.matching(self._database, connection, self._query, self._filtered, after)
            select = select.where(meant)
        found = self._ask(connection, select, {"after": after, "most": self._batch})
        return found, (found[-1][0][self._seq_at] if len(found) == self._batch else upto)

    def _around(self, connection: Connection, after: int) -> tuple[Found, int | None]:
        """The same, where one of them can't be read."""
        found: Found = []
        last, width = sequence.read(connection), 1
        for _ in range(STRETCHES):
            if after >= last:
                return found, None
            upto = min(after + width, last)
            try:
                found += self._within(connection, after, upto)
                width = min(2 * width, WIDEST)
            except REFUSALS as error:
                if not is_unreadable(error):
                    raise
                width = (upto - after) // 2
                if width:
                    continue
                width = 1
                self._leave_out(connection, upto, error)
            after = upto
            if len(found) >= self._batch:
                break
        return found, after

    def _within(self, connection: Connection, after: int, upto: int) -> Found:
        values = {"after": after, "upto": upto, "most": WIDEST}
        within = articles.c.change_seq <= _UPTO
        select = self._select.where(within)
        if self._query is not None:
            asked = self._filtered.with_only_columns(articles.c.search_doc)
            asked = asked.where(articles.c.change_seq > _AFTER, within)
            documents = [row[0] for row in reading.tuples(connection, asked, values)]
            select = select.where(candidates.where(self._database, connection, self._query.root, documents))
        return self._ask(connection, select, values)

    def _ask(self, connection: Connection, select: sa.Select[Any], values: Mapping[str, object]) -> Found:
        found = reading.tuples(connection, select, values)
        named = reading.topics_of(connection, [row[0] for row in found])
        return [(row, named.get(row[0], ())) for row in found]

    def _leave_out(self, connection: Connection, number: int, error: Exception) -> None:
        """Tells of the article of a change number, for which `error` came, if it is one that can't be read."""
        try:
            row_id = connection.execute(_OF_NUMBER, {"number": number}).scalar()
        except REFUSALS as refused:
            if not is_unreadable(refused):
                raise
            raise StoreError(
                f"store {self._database.url}: the index by which articles are read in their order is damaged; "
                "`presswatch db copy` makes a store with a new one, or restore a backup",
                self._database.url,
            ) from refused
        if row_id is None:
            return
        if self._query is not None and self._is_sound(connection, row_id):
            raise StoreError(
                f"store {self._database.url}: the search index can't be read: {said(error)}; make it anew with "
                "`presswatch db reindex --anew`",
                self._database.url,
            ) from error
        self._damaged(of_refusal(connection, row_id, error, number))

    def _is_sound(self, connection: Connection, row_id: int) -> bool:
        """Whether an article can be read without the search index."""
        try:
            self._ask(connection, self._select.where(articles.c.id == row_id), {"after": 0, "most": 1})
        except REFUSALS as error:
            if not is_unreadable(error):
                raise
            return False
        return True


def in_bulk(
    database: Database, wanted: ArticleFilter, query: Query | None, batch: int, damaged: Damaged
) -> Iterator[ArticleRow]:
    """Articles that pass the filter and of which `query` is true, by `change_seq`; see `Articles.rows`."""
    select = SHOWN_OR_LOST
    if query is not None:
        with database.read() as connection:
            conditions.check(connection, query)
        select = select.add_columns(*search.told(database, query))
    stretches = Stretches(
        database, select, seq_at=len(COLUMNS) - 1, wanted=wanted, query=query, batch=batch, damaged=damaged
    )
    for found in stretches:
        yield from _shown(database, found, query, wanted.all_versions, damaged)


def by_ids(database: Database, ids: Iterable[str], all_versions: bool, damaged: Damaged) -> Iterator[ArticleRow]:
    """The articles of public ids; see `Articles.these`."""
    for some in chunks(ids):
        order = {public_id: place for place, public_id in enumerate(some)}
        with database.read() as connection:
            found = _of_ids(connection, some, damaged)
        found.sort(key=lambda one: order[one[0][1]])
        yield from _shown(database, found, None, all_versions, damaged)


def _of_ids(connection: Connection, ids: Sequence[str], damaged: Damaged) -> Found:
    try:
        rows = reading.tuples(connection, _OF_IDS, {"ids": ids})
        named = reading.topics_of(connection, [row[0] for row in rows])
    except REFUSALS as error:
        if not is_unreadable(error):
            raise
        if len(ids) > 1:
            return [found for one in ids for found in _of_ids(connection, [one], damaged)]
        row_id = connection.execute(_OF_ID, {"id": ids[0]}).scalar()
        if row_id is not None:
            damaged(of_refusal(connection, row_id, error))
        return []
    return [(row, named.get(row[0], ())) for row in rows]


def _shown(
    database: Database, found: Found, query: Query | None, all_versions: bool, damaged: Damaged
) -> Iterator[ArticleRow]:
    rows = _made(maker(database), found, query, damaged)
    if not all_versions:
        yield from rows
        return
    numbers = {row[1]: row[0] for row, _ in found}
    for some in chunks(rows, VERSIONED):
        with database.read() as connection:
            every = _versions(connection, {numbers[one.id]: one for one in some}, damaged)
        yield from every


def _made(made: Made, found: Found, query: Query | None, damaged: Damaged) -> Iterator[ArticleRow]:
    """Exported rows of which the query is true; `damaged` hears of those that can't be read.

    One by one: a text is unpacked as it is taken, and is let go before the next.
    """
    wide = len(COLUMNS)
    for row, topics in found:
        if row[TEXT_AT] is None:
            why = "its text is not where it should be"
            damaged(DamagedRow(str(row[1]), str(row[2]), why, int(row[wide - 1])))
            continue
        try:
            one = made(row[:wide], topics)  # a slice that leaves nothing out is the row itself
        except UNREADABLE as error:
            damaged(of_values(made, row, topics, error))
            continue
        if query is None or search.holds(query, (one.title, one.summary, one.text), row[wide:]):
            yield one


def _versions(connection: Connection, rows: Mapping[int, ArticleRow], damaged: Damaged) -> Sequence[ArticleRow]:
    """`reading.with_versions`; of an article that can't be read with them `damaged` hears."""
    try:
        return reading.with_versions(connection, rows, damaged)
    except REFUSALS as error:
        if not is_unreadable(error):
            raise
        if len(rows) > 1:
            return [each for one in rows.items() for each in _versions(connection, dict([one]), damaged)]
        ((row_id, row),) = rows.items()
        damaged(of_refusal(connection, row_id, error, row.change_seq))
        return []
