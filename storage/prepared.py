"""Statements that polls and batches make: compiled once, and run on the driver's own cursor where that is SQLite.

To carry a statement through SQLAlchemy's execution (events, contexts, results, rows) costs ten times what SQLite needs
for it; a poll makes a dozen, a batch of articles writes thousands of rows. The statement, its types and its dialect
stay SQLAlchemy's.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

_NAMED: Final = re.compile(r"%\((\w+)\)s")
Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL text, its parameters in order (name, value where none is given, what makes it the driver's), and what makes
    each column ours. `copied` is what takes many rows of a plain INSERT to PostgreSQL, at a tenth of its time.
    """

    text: str
    parameters: tuple[tuple[str, Any, Processor | None], ...]
    columns: tuple[Processor | None, ...]
    copied: str | None

    def sent(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
        """The values of rows that name every parameter, as the driver takes them."""
        take = itemgetter(*(name for name, _, _ in self.parameters))
        made = [(place, process) for place, (_, _, process) in enumerate(self.parameters) if process is not None]
        for row in rows:
            values = [*take(row)]
            for place, process in made:
                values[place] = process(values[place])
            yield values


class Prepared:
    """A SELECT, INSERT, UPDATE or DELETE whose values are bound parameters; none of them a list of values (``IN``).

    Rows are plain tuples. An error of the driver leaves as it is: `Database.errors` knows it.
    """

    def __init__(self, statement: sa.Select[Any] | sa.Insert | sa.Update | sa.Delete) -> None:
        self.statement: Final = statement
        self._compiled: dict[tuple[str, frozenset[str]], _Compiled] = {}

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Every row."""
        if connection.dialect.name != "sqlite":
            return [tuple(row) for row in connection.execute(self.statement, values)]
        compiled, cursor = self._sent(connection, values)
        rows = cursor.fetchall()
        if not any(compiled.columns):
            return rows
        return [
            tuple(
                value if process is None else process(value)
                for value, process in zip(row, compiled.columns, strict=True)
            )
            for row in rows
        ]

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row, `None` where there is none; of statements that give few."""
        # All are fetched: SQLite commits nothing while a statement that writes is under way.
        rows = self.all(connection, values)
        return rows[0] if rows else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows were written."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self.statement, values).rowcount
        return self._sent(connection, values)[1].rowcount

    def run_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each row of values; all have the same names, several."""
        compiled = self._compiled_for(connection, rows[0])
        if connection.dialect.name == "sqlite":
            sqlite_driver(connection).executemany(compiled.text, compiled.sent(rows))
        elif compiled.copied is not None:
            with _cursor(connection, compiled.copied) as cursor, cursor.copy(compiled.copied) as copy:
                for values in compiled.sent(rows):
                    copy.write_row(values)
        else:
            with _cursor(connection, compiled.text) as cursor:
                cursor.executemany(compiled.text, compiled.sent(rows))

    def returned(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """Once for each row of values, all of the same names, several; what all that returns, in no order."""
        compiled = self._compiled_for(connection, rows[0])
        if connection.dialect.name == "sqlite":
            driver, made = sqlite_driver(connection), compiled.sent(rows)
            return [*chain.from_iterable(send(driver, compiled.text, values).fetchall() for values in made)]
        found: list[tuple[Any, ...]] = []
        with _cursor(connection, compiled.text) as cursor:
            cursor.executemany(compiled.text, compiled.sent(rows), returning=True)
            more: bool | None = True
            while more:
                found += cursor.fetchall()
                more = cursor.nextset()
        return found

    def _sent(self, connection: Connection, values: Mapping[str, Any]) -> tuple[_Compiled, sqlite3.Cursor]:
        compiled = self._compiled_for(connection, values)
        sent = [
            value if process is None else process(value)
            for name, other, process in compiled.parameters
            for value in (values.get(name, other),)
        ]
        return compiled, send(sqlite_driver(connection), compiled.text, sent)

    def _compiled_for(self, connection: Connection, values: Mapping[str, Any]) -> _Compiled:
        # One process may hold stores of both databases.
        key = connection.dialect.name, frozenset(values)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self.statement, key[1], connection.dialect)
        return compiled


def sqlite_driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection of one to an SQLite file."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def send(driver: sqlite3.Connection, text: str, values: list[Any]) -> sqlite3.Cursor:
    """Runs a statement; the only place that does."""
    return driver.execute(text, values)


@contextmanager
def _cursor(connection: Connection, text: str) -> Iterator[Any]:
    """A cursor of PostgreSQL's driver, which sends rows one behind the other; its errors become SQLAlchemy's."""
    driver: Any = connection.connection.driver_connection
    base = cast("type[Exception]", connection.dialect.loaded_dbapi.Error)
    try:
        with driver.cursor() as cursor:
            yield cursor
    except base as error:
        raise sa.exc.DBAPIError.instance(text, None, error, base, dialect=connection.dialect) from error


def _compile(
    statement: sa.Select[Any] | sa.Insert | sa.Update | sa.Delete, names: Iterable[str], dialect: Dialect
) -> _Compiled:
    columns = None if isinstance(statement, sa.Select) else sorted(names)
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    told = (
        ()
        if isinstance(statement, sa.Delete)
        else statement.column_descriptions
        if isinstance(statement, sa.Select)
        else statement.returning_column_descriptions
    )
    text, order = compiled.string, compiled.positiontup
    if order is None:
        order = _NAMED.findall(text)
        text = _NAMED.sub("%s", text)
    return _Compiled(
        text=text,
        parameters=tuple(
            (name, compiled.params[name], compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in order
        ),
        columns=tuple(one["type"].dialect_impl(dialect).result_processor(dialect, None) for one in told),
        copied=_copied(statement, order, dialect),
    )


def _copied(
    statement: sa.Select[Any] | sa.Insert | sa.Update | sa.Delete, order: Sequence[str], dialect: Dialect
) -> str | None:
    # The dialects' own INSERTs may know a conflict.
    if dialect.name == "sqlite" or type(statement) is not sa.Insert or statement.returning_column_descriptions:
        return None
    quote = dialect.identifier_preparer.quote
    return f"COPY {quote(statement.table.name)} ({', '.join(map(quote, order))}) FROM STDIN"
