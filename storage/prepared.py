"""Statements that polls and batches make: compiled once, and run on the driver's own cursor where that is SQLite.

To carry a statement through SQLAlchemy's execution (events, contexts, results, rows) costs ten times what SQLite needs
for it; a poll makes a dozen, a batch of articles writes thousands of rows. The statement, its types and its dialect
stay SQLAlchemy's.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from storage import bulk_writing
from storage.bulk_writing import CopyIn, Processor

COPIED: Final = 8
"""Rows from which on PostgreSQL gets them by COPY, which takes some statements of its own."""

_NAMED: Final = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class _Copied:
    """An INSERT as a COPY. `number` is the column whose values are drawn first, where the INSERT returns it; of the
    rows it returns the columns at `returned`.
    """

    into: CopyIn
    processors: tuple[Processor | None, ...]
    number: sa.Column[int] | None
    returned: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL text, its parameters in order (name, value where none is given, what makes it the driver's), and what makes
    each column ours. `copied` is what takes many rows of an INSERT to PostgreSQL, at a tenth of its time.
    """

    text: str
    parameters: tuple[tuple[str, Any, Processor | None], ...]
    columns: tuple[Processor | None, ...]
    copied: _Copied | None

    def sent(
        self, rows: Iterable[Mapping[str, Any]], processors: Sequence[Processor | None] | None = None
    ) -> Iterator[list[Any]]:
        """The values of rows that name every parameter, as the driver takes them, or as other `processors` make
        them.
        """
        take = itemgetter(*(name for name, _, _ in self.parameters))
        if processors is None:
            processors = [process for _, _, process in self.parameters]
        made = [(place, process) for place, process in enumerate(processors) if process is not None]
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
        elif self._copy(connection, compiled, rows) is None:
            with bulk_writing.cursor(connection, compiled.text) as cursor:
                cursor.executemany(compiled.text, compiled.sent(rows))

    def returned(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """Once for each row of values, all of the same names, several; what all that returns, in no order."""
        compiled = self._compiled_for(connection, rows[0])
        if connection.dialect.name == "sqlite":
            driver, made = sqlite_driver(connection), compiled.sent(rows)
            return [*chain.from_iterable(send(driver, compiled.text, values).fetchall() for values in made)]
        copied = self._copy(connection, compiled, rows)
        if copied is not None:
            return copied
        found: list[tuple[Any, ...]] = []
        with bulk_writing.cursor(connection, compiled.text) as cursor:
            cursor.executemany(compiled.text, compiled.sent(rows), returning=True)
            more: bool | None = True
            while more:
                found += cursor.fetchall()
                more = cursor.nextset()
        return found

    def _copy(
        self, connection: Connection, compiled: _Compiled, rows: Sequence[Mapping[str, Any]]
    ) -> list[tuple[Any, ...]] | None:
        """Sends rows by COPY and gives what the statement would return of them; `None`: nothing was sent, since they
        are few, or since some key is taken and the statement knows what to do then.
        """
        copied = compiled.copied
        if copied is None:
            return None
        values: Iterable[list[Any]] = compiled.sent(rows, copied.processors)
        if type(self.statement) is sa.Insert:
            copied.into.send(connection, values)
            return []
        if len(rows) < COPIED:
            return None
        if copied.number is not None:
            drawn = bulk_writing.numbers(connection, copied.number, len(rows))
            values = [[*row, number] for row, number in zip(values, drawn, strict=True)]
        else:
            values = [*values]
        try:
            with connection.begin_nested():
                copied.into.send(connection, values)
        except sa.exc.IntegrityError:
            return None
        return [tuple([row[place] for place in copied.returned]) for row in values]

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
        copied=_copied(statement, order, dialect) if isinstance(statement, sa.Insert) else None,
    )


def _copied(statement: sa.Insert, order: Sequence[str], dialect: Dialect) -> _Copied | None:
    if dialect.name == "sqlite":
        return None
    table = statement.table
    assert isinstance(table, sa.Table)
    names, number = list(order), None
    told = [one["name"] for one in statement.returning_column_descriptions]
    if told and type(statement) is sa.Insert:
        return None
    if not set(told) <= set(names):
        number = table.autoincrement_column
        if number is None or not set(told) <= {*names, number.name}:
            return None
        names.append(number.name)
    return _Copied(
        CopyIn.of(table, names, dialect),
        tuple(bulk_writing.processor(table.c[name], dialect) for name in order),
        number,
        tuple(names.index(name) for name in told),
    )
