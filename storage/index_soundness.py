"""Whether the search index holds of every article the tokens that it should, and putting back what it does not hold.

On SQLite the tokens are asked for, and the size that the index has noted of each document is compared: it keeps no
document together. On PostgreSQL a segment is read and its documents are put together again.
"""

from __future__ import annotations

import random
import re
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping
from zstandard import ZstdError

from crawler.errors import StoreError
from storage import parts, search_index, sequence
from storage.columns import Columns, chunks
from storage.database import Database
from storage.expressions import Token
from storage.packing import DamagedText, kept_text
from storage.schema import articles

Compared = Callable[[int, int], None]
"""Hears (articles compared, articles in all)."""

BATCH: Final = 200
"""Articles compared, and put back, at once."""
STRETCH: Final = 500
"""Documents that follow one another, compared together on SQLite."""
NAMED: Final = 3
"""Missing tokens named in a finding."""
_SEPARATED = re.compile("[^\x00-\x20\x7f]+")
"""What FTS5 takes for a token (`storage/migrations/versions/0001_first.py`)."""


@dataclass(frozen=True, slots=True)
class Differing:
    """An article, by its public id and the number of its document, of which the index holds something else, and what;
    or one that is not `mendable`, since its text can't be read.
    """

    public_id: str
    document: int
    told: str
    mendable: bool = True

    def __str__(self) -> str:
        return f"{'search index' if self.mendable else 'text'}: {self.public_id}: {self.told}"


def differing(
    database: Database,
    connection: Connection,
    *,
    most: int | None = None,
    seconds: float | None = None,
    compared: Compared | None = None,
) -> Iterator[Differing]:
    """Articles of which the index holds other tokens than their texts have; of all, or of at most so many, chosen by
    chance anew each time, for about so many seconds. Of an article that it lacks see `search_index.missing`.

    `StoreError` when the index itself can't be read.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    # Counted here: the counter may be what is wrong.
    total, done = connection.execute(sa.select(sa.func.count()).select_from(articles)).scalar_one(), 0
    by_chance = most is not None and most < total
    find = _on_sqlite if database.is_sqlite else _on_postgres
    try:
        for count, found in find(connection, most if by_chance else None):
            yield from found
            done += count
            if compared is not None:
                compared(done, total)
            if (by_chance and most is not None and done >= most) or (
                deadline is not None and time.monotonic() > deadline
            ):
                return
    except (ZstdError, struct.error, IndexError, UnicodeDecodeError) as error:
        raise StoreError(
            f"store {database.url}: the search index is damaged ({error}); make it anew with "
            "`presswatch db reindex --anew`",
            database.url,
        ) from error


def _on_sqlite(connection: Connection, most: int | None) -> Iterator[tuple[int, list[Differing]]]:
    """Stretch by stretch of documents how many were compared, and those that differ."""
    for start in _starts(connection, most):
        number = articles.c.search_doc
        ahead = sa.select(number).where(number >= start).order_by(number).limit(STRETCH)
        rows, damaged = _rows(connection, number, connection.execute(ahead).scalars().all())
        yield len(rows) + len(damaged), damaged + list(_differ_on_sqlite(connection, rows))


def _starts(connection: Connection, most: int | None) -> Iterator[int]:
    """Where stretches of documents begin: one after the other, or here and there until there are `most`."""
    number = articles.c.search_doc
    lowest, highest = connection.execute(sa.select(sa.func.min(number), sa.func.max(number))).one()
    if highest is None:
        return
    if most is not None:
        yield from (random.randint(lowest, highest) for _ in range(-(-most // STRETCH)))
        return
    while lowest is not None:
        yield lowest
        beyond = sa.select(number).where(number >= lowest).order_by(number).offset(STRETCH).limit(1)
        lowest = connection.execute(beyond).scalar()


def _differ_on_sqlite(connection: Connection, rows: Sequence[Columns]) -> Iterator[Differing]:
    """A token is asked for once for all documents of a stretch: to find its place in the index is what takes time."""
    if not rows:
        return
    first, last = (edge(row["search_doc"] for row in rows) for edge in (min, max))
    noted = parts.sizes(connection, first, last)
    holders: dict[str, set[int]] = {}
    told: dict[int, Counter[str]] = {}
    for row in rows:
        document = search_index.shown(row)
        if document.number in noted:
            told[document.number] = Counter(_SEPARATED.findall(document.told))
            for token in told[document.number]:
                holders.setdefault(token, set()).add(document.number)
    absent: dict[int, list[str]] = {}
    for token, expected in holders.items():
        for number in expected - parts.holding(connection, Token(token), expected):
            absent.setdefault(number, []).append(token)
    for row in rows:
        number = row["search_doc"]
        if number in told:
            lost = absent.get(number, [])
            for token in lost:
                del told[number][token]
            # What was indexed before there were parts was told each token once.
            extra = noted[number] - told[number].total()
            found = _told(row, sorted(lost), extra if extra >= 0 else noted[number] - len(told[number]))
            if found is not None:
                yield found


def _on_postgres(connection: Connection, most: int | None) -> Iterator[tuple[int, list[Differing]]]:
    from storage import segments

    every = segments.all_segments(connection)
    if most is not None:
        random.shuffle(every)
    for segment in every:
        numbers = segments.documents_of(connection, segment)
        if most is not None:
            numbers = random.sample(numbers, min(len(numbers), BATCH))
        held = segments.contents(connection, segment, set(numbers))
        for some in chunks(held, BATCH):
            of = dict(some)
            rows, damaged = _rows(connection, articles.c.search_doc, list(of))
            found = [one for row in rows if (one := _differs(row, of[row["search_doc"]])) is not None]
            yield len(rows) + len(damaged), damaged + found


def _rows(
    connection: Connection, column: sa.ColumnElement[int], values: Sequence[int]
) -> tuple[list[Columns], list[Differing]]:
    """What is indexed of these articles, and those whose text can't be read."""
    rows: list[Columns] = []
    damaged: list[Differing] = []
    for row in connection.execute(search_index.SHOWN.where(column.in_(values))).mappings():
        try:
            rows.append({**row, "text": kept_text(row["text"])})
        except DamagedText as error:
            damaged.append(Differing(row["public_id"], row["search_doc"], str(error), mendable=False))
    return rows, damaged


def _differs(row: Columns, held: set[str]) -> Differing | None:
    tokens = search_index.shown(row).tokens
    return _told(row, sorted(tokens - held), len(held - tokens))


def _told(row: Columns, absent: Sequence[str], extra: int) -> Differing | None:
    if not absent and not extra:
        return None
    told = []
    if absent:
        named = ", ".join(map(repr, absent[:NAMED])) + (" …" if len(absent) > NAMED else "")
        told.append(f"it is not found by {len(absent):,} of its words ({named})")
    if extra:
        told.append(f"the index has {extra:,} words that it does not have")
    return Differing(row["public_id"], row["search_doc"], "; ".join(told))


# -- mending


def mend(database: Database, compared: Compared | None = None) -> tuple[int, int]:
    """Compares every article with the index and puts those that differ, or that it lacks, into it anew, under numbers
    of their own as an edit would; (articles in all, articles put). Writers wait for short transactions only.
    """
    mended = 0
    while True:
        with database.read() as connection:
            lost = search_index.missing(database, connection, BATCH)
        if not lost:
            break
        mended += _put(database, lost)
    with database.read() as connection:
        total = sequence.articles(connection)
        # Held to the end: an article is compared with the index as it was at one moment.
        wrong = [one.public_id for one in differing(database, connection, compared=compared) if one.mendable]
    for some in chunks(wrong, BATCH):
        mended += _put(database, some)
    return total, mended


def _put(database: Database, public_ids: Sequence[str]) -> int:
    """Puts articles into the index under new numbers; the rows that an export gives do not change by that."""
    with database.write() as connection:
        last = sequence.lock(connection)
        rows = _rows_named(connection, public_ids)
        documents = []
        for number, row in enumerate(rows, last + 1):
            moved: dict[str, Any] = {**row, "search_doc": number}
            documents.append(search_index.shown(moved))
            connection.execute(
                sa.update(articles).where(articles.c.public_id == row["public_id"]).values(search_doc=number)
            )
        if documents:
            search_index.index(database, connection, documents)
            sequence.store(connection, last + len(documents))
    return len(documents)


def _rows_named(connection: Connection, public_ids: Sequence[str]) -> Sequence[RowMapping]:
    shown = search_index.SHOWN.where(articles.c.public_id.in_(public_ids)).order_by(articles.c.search_doc)
    return connection.execute(shown).mappings().all()


def make_anew(database: Database, compared: Compared | None = None) -> int:
    """The whole index made anew in one transaction, for which writers wait; how many articles it holds."""
    with database.write(durable=True) as connection:
        total = sequence.articles(connection)
        search_index.empty(database, connection)
        told = None if compared is None else (lambda done: compared(done, total))
        search_index.fill(database, connection, connection, told)
    return total
