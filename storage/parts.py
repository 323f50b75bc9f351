"""The inverted index on SQLite: which documents hold a token, in FTS5 tables for stretches of document numbers.

FTS5 gathers all documents that hold a word with a given beginning before it tells the first: in one table what `th*`
costs grows with the store. Here the newest table is asked first, and most often alone. A table of older articles gets
no more of them: its segments are merged into one, a little whenever something comes to the next table, and it is asked
in half the time. What was indexed before there were parts is in `search_index`, and older than every part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Any, Final

import orjson
from sqlalchemy.engine import Connection

from storage.columns import chunks
from storage.expressions import AnyOf, Expression, Token, Without
from storage.prepared import sqlite_driver

WIDTH: Final = 65_536
"""Document numbers of a part. Part of the format: a document is looked for in the part of its number."""
PORTION: Final = 500
"""Documents handed out at once."""
SPARSE: Final = 1_000
"""Documents of a part that are told all at once: FTS5 walks backwards in half as much time again as forwards."""
FIRST: Final = "search_index"
"""The table of documents from before there were parts."""

MERGED: Final = 1
"""Pages of the part before that are merged for each document: it is one segment when a sixth of the next is full, and
no writer is held up by the seconds that this takes at once.
"""

_PARTS: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'search_index_[0-9]*'"
    " AND sql LIKE 'CREATE VIRTUAL TABLE%'"
)
_LIKE_FIRST: Final = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'search_index'"
_SETTINGS: Final = {"hashsize": 8 * 1024 * 1024, "automerge": 8}
"""Bytes of new tokens that are gathered before a transaction's end (1 MiB would cut a batch of hundreds into several
segments), and how many segments of a level are merged: with twice FTS5's four a document is written a third less.
"""


def add(connection: Connection, documents: Iterable[tuple[int, str]]) -> None:
    """Puts documents, (number, blank-separated tokens), into the index; their numbers ascend and are above all that it
    holds.
    """
    driver = sqlite_driver(connection)
    for part, some in groupby(documents, lambda one: one[0] // WIDTH):
        name, earlier = f"{FIRST}_{part}", _names(connection, highest=part * WIDTH - 1)[0]
        new = name not in _names(connection)
        if new:
            (made,) = driver.execute(_LIKE_FIRST).fetchone()
            driver.execute(made.replace(FIRST, name, 1))
            set_up = f"INSERT INTO {name}({name}, rank) VALUES (?, ?)"  # noqa: S608 - a name of ours
            driver.executemany(set_up, _SETTINGS.items())
        count = driver.executemany(f"INSERT INTO {name}(rowid, tokens) VALUES (?, ?)", some).rowcount  # noqa: S608
        # https://www.sqlite.org/fts5.html#the_merge_command: below zero what follows is for all segments.
        pages = -MERGED * count if new else MERGED * count
        driver.execute(f"INSERT INTO {earlier}({earlier}, rank) VALUES ('merge', ?)", (pages,))  # noqa: S608


def newest_first(connection: Connection, expression: Expression, below: int) -> Iterator[list[int]]:
    """The documents numbered below `below` that fulfil the expression, the highest number first, in portions; what is
    not asked for is not looked for.
    """
    match = _match(expression)
    sparse = False
    for name in _names(connection, highest=below):
        asked = f"SELECT rowid FROM {name} WHERE {name} MATCH ? AND rowid < ? ORDER BY rowid"  # noqa: S608
        if sparse:
            rows = _fetched(connection, f"{asked} LIMIT {SPARSE}", (match, below))
            if len(rows) < SPARSE:
                yield from chunks((row[0] for row in reversed(rows)), PORTION)
                continue
        found = 0
        with connection.exec_driver_sql(f"{asked} DESC", (match, below)) as result:
            # As the driver gives them: SQLAlchemy's rows take longer than the index does.
            driver: Any = result.cursor
            while rows := driver.fetchmany(PORTION):
                found += len(rows)
                yield [row[0] for row in rows]
        sparse = found < SPARSE


def holding(
    connection: Connection, expression: Expression, numbers: Collection[int], narrower: Expression | None = None
) -> set[int]:
    """Which of these documents fulfil the expression; they lie near each other, for all between them are looked at.
    `narrower` says the same of these documents and holds of fewer others.
    """
    match = _match(expression)
    found: set[int] = set()
    for name in _names(connection, min(numbers), max(numbers)):
        part = name.removeprefix(f"{FIRST}_")
        some = [number for number in numbers if name == FIRST or number // WIDTH == int(part)]
        if not some:
            continue
        asked = f"SELECT rowid FROM {name} WHERE {name} MATCH ? AND rowid BETWEEN ? AND ?"  # noqa: S608
        if narrower is not None:
            rows = _fetched(connection, f"{asked} LIMIT {SPARSE}", (match, min(some), max(some)))
            if len(rows) < SPARSE:
                found.update({row[0] for row in rows}.intersection(some))
                continue
            match, narrower = _match(narrower), None
        # The plus sign lets SQLite walk the hits once: looking each number up in the index takes longer.
        asked += " AND +rowid IN (SELECT value FROM json_each(?))"
        rows = _fetched(connection, asked, (match, min(some), max(some), orjson.dumps(some).decode()))
        found.update(row[0] for row in rows)
    return found


def _fetched(connection: Connection, asked: str, values: tuple[object, ...]) -> list[tuple[int]]:
    with connection.exec_driver_sql(asked, values) as result:
        driver: Any = result.cursor
        rows: list[tuple[int]] = driver.fetchall()
    return rows


def all_documents(connection: Connection) -> str:
    """A query for the number, `id`, of every document of the index."""
    return " UNION ALL ".join(f"SELECT id FROM {name}_docsize" for name in _names(connection))  # noqa: S608


def sizes(connection: Connection, lowest: int, highest: int) -> dict[int, int]:
    """How many tokens the index noted of each document it holds of those between the two numbers, both included."""
    noted: dict[int, int] = {}
    for name in _names(connection, lowest, highest):
        asked = f"SELECT id, sz FROM {name}_docsize WHERE id BETWEEN ? AND ?"  # noqa: S608
        rows = connection.exec_driver_sql(asked, (lowest, highest))
        noted.update((number, _varint(size)) for number, size in rows)
    return noted


def empty(connection: Connection) -> None:
    """Takes everything out of the index."""
    driver = sqlite_driver(connection)
    for name in _names(connection):
        driver.execute(
            f"INSERT INTO {name}({name}) VALUES ('delete-all')" if name == FIRST else f"DROP TABLE {name}"  # noqa: S608
        )


def _varint(data: bytes) -> int:
    """The first number of a record of SQLite's (https://www.sqlite.org/fileformat.html)."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value


def _names(connection: Connection, lowest: int = 0, highest: int = 2**63 - 1) -> list[str]:
    """The tables that may hold documents with such numbers, the newest first."""
    parts = sorted(
        (int(name.rpartition("_")[2]) for (name,) in sqlite_driver(connection).execute(_PARTS)), reverse=True
    )
    return [*(f"{FIRST}_{part}" for part in parts if lowest // WIDTH <= part <= highest // WIDTH), FIRST]


def _match(expression: Expression) -> str:
    """The expression in FTS5's language."""
    if isinstance(expression, Token):
        return '"' + expression.text.replace('"', '""') + '"' + ("*" if expression.begun else "")
    if isinstance(expression, Without):
        return f"({_match(expression.part)} NOT {_match(expression.refused)})"
    word = " OR " if isinstance(expression, AnyOf) else " AND "
    return "(" + word.join(map(_match, expression.parts)) + ")"
