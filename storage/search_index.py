"""The search index of both databases: tokens of texts and of what conditions ask (`storage.conditions`), by document.

A document is numbered by the change that indexed it: SQLite's contentless table can't be deleted from without the exact
old tokens, and PostgreSQL's segments are written once, so a re-indexed article gets a new number; the old entry belongs
to nobody and is never joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from storage import conditions
from storage.database import Database
from storage.expressions import AnyOf, Expression, Token
from storage.prepared import sqlite_driver
from storage.schema import articles

MAX_TOKENS: Final = 400_000
"""Characters of tokens indexed for one article."""
PORTION: Final = 500
"""Documents handed out at once."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed of an article: `words` are the blank-separated tokens of its texts, `marks` those of its site,
    language and authors (`storage.conditions.marks`).
    """

    number: int
    words: str
    marks: tuple[str, ...]


def document(number: int, words: str, article: Mapping[str, Any] | RowMapping) -> Document:
    """What the index holds of an article under a number: `words` are its tokens, the rest is in its columns."""
    marks = conditions.marks(article["key"], article["site"], article["lang"], article["authors"])
    return Document(number, words, marks)


def index(database: Database, connection: Connection, documents: Sequence[Document]) -> None:
    """Puts documents into the index, in ascending order, with numbers above all that it holds."""
    if database.is_sqlite:
        _set_up(database, connection)
        # That a token comes again costs FTS5 less than it costs us to find out.
        tokens = ((one.number, " ".join((_within(one.words), *one.marks))) for one in documents)
        sqlite_driver(connection).executemany(_INDEX, tokens)
    else:
        from storage import segments

        segments.add(connection, [(one.number, {*_within(one.words).split(), *one.marks}) for one in documents])


def _set_up(database: Database, connection: Connection) -> None:
    """Sees once to how FTS5 gathers and merges; the table keeps it."""
    if database in _seen_to:
        return
    driver = sqlite_driver(connection)
    held = dict(driver.execute("SELECT k, v FROM search_index_config").fetchall())
    for name, value in _SETTINGS.items():
        if held.get(name) != value:
            driver.execute("INSERT INTO search_index(search_index, rank) VALUES (?, ?)", (name, value))
    _seen_to.add(database)


_SETTINGS: Final = {"hashsize": 8 * 1024 * 1024, "automerge": 8}
"""Bytes of new tokens that are gathered before a transaction's end (1 MiB would cut a batch of hundreds into several
segments), and how many segments of a level are merged: with twice FTS5's four a document is written a third less.
"""
_seen_to: WeakSet[Database] = WeakSet()
_INDEX: Final = "INSERT INTO search_index(rowid, tokens) VALUES (?, ?)"
_MATCHING = sa.text("SELECT rowid FROM search_index WHERE search_index MATCH :match ORDER BY rowid DESC")

# The plus sign lets SQLite walk the hits once: looking each number up in the index takes half a millisecond.
_HOLDING = sa.text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :match AND rowid >= :lowest AND +rowid IN :numbers"
).bindparams(sa.bindparam("numbers", expanding=True))


def _within(words: str) -> str:
    return words if len(words) <= MAX_TOKENS else words[: words.rindex(" ", 0, MAX_TOKENS)]


def newest_first(database: Database, connection: Connection, expression: Expression) -> Iterator[list[int]]:
    """The documents that fulfil the expression, last indexed first, in portions; what is not taken is not looked for.

    Some belong to nobody any more.
    """
    if not database.is_sqlite:
        from storage import segments

        yield from segments.newest_first(connection, expression)
        return
    with connection.execute(_MATCHING, {"match": _match(expression)}) as result:
        for rows in result.partitions(PORTION):
            yield [row[0] for row in rows]


def holding(database: Database, connection: Connection, expression: Expression, numbers: Sequence[int]) -> set[int]:
    """Which of these documents, at most some thousand, fulfil the expression."""
    if not numbers:
        return set()
    if database.is_sqlite:
        asked = {"match": _match(expression), "lowest": min(numbers), "numbers": numbers}
        return set(connection.execute(_HOLDING, asked).scalars())
    from storage import segments

    return segments.holding(connection, expression, set(numbers))


def among(database: Database, connection: Connection, expression: Expression) -> sa.ColumnElement[bool]:
    """Whether an article (over `articles`) is one of the documents that fulfil the expression; all of them are found
    for that, on PostgreSQL at once.
    """
    if database.is_sqlite:
        match = sa.literal_column("search_index").op("MATCH")(_match(expression))
        rowid = sa.literal_column("rowid", sa.BigInteger)
        return articles.c.search_doc.in_(sa.select(rowid).select_from(sa.table("search_index")).where(match))
    found = [number for portion in newest_first(database, connection, expression) for number in portion]
    numbers = sa.cast(sa.literal(found, sa.ARRAY(sa.BigInteger)), sa.ARRAY(sa.BigInteger))
    return articles.c.search_doc == sa.any_(numbers)


def _match(expression: Expression) -> str:
    """The expression in FTS5's language."""
    if isinstance(expression, Token):
        return '"' + expression.text.replace('"', '""') + '"' + ("*" if expression.begun else "")
    word = " OR " if isinstance(expression, AnyOf) else " AND "
    return "(" + word.join(map(_match, expression.parts)) + ")"


def missing(database: Database, connection: Connection, limit: int) -> list[str]:
    """Public ids of articles that the index does not hold, at most `limit`."""
    query = sa.select(articles.c.public_id)
    if database.is_sqlite:
        held = sa.select(sa.column("id", sa.BigInteger)).select_from(sa.table("search_index_docsize"))
        return list(connection.execute(query.where(articles.c.search_doc.not_in(held)).limit(limit)).scalars())
    from storage import segments

    there = {number for portion in segments.all_documents(connection) for number in portion}
    numbers = connection.execute(sa.select(articles.c.search_doc).execution_options(yield_per=PORTION)).scalars()
    lost = [number for number in numbers if number not in there][:limit]
    return list(connection.execute(query.where(articles.c.search_doc.in_(lost))).scalars())
