"""Rows sent to PostgreSQL in its own binary form (COPY): it neither parses nor plans, and fills a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

Processor = Callable[[Any], Any]

_NEXT: Final = "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass)) FROM generate_series(1, %s)"
"""The sequence is looked up once, not for each number."""


@dataclass(frozen=True, slots=True)
class CopyIn:
    """A COPY into columns of a table, with PostgreSQL's names of their types."""

    text: str
    types: tuple[str, ...]

    @classmethod
    def of(cls, table: sa.Table, names: Sequence[str], dialect: Dialect) -> CopyIn:
        """Into the columns of these names, in this order."""
        quote = dialect.identifier_preparer.quote
        text = f"COPY {quote(table.name)} ({', '.join(map(quote, names))}) FROM STDIN (FORMAT BINARY)"
        return cls(text, tuple(_type_name(table.c[name].type, dialect) for name in names))

    def send(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Sends rows of values of exactly these types; those of JSON are its text."""
        with cursor(connection, self.text) as sender, sender.copy(self.text) as copy:
            copy.set_types(self.types)
            for row in rows:
                copy.write_row(row)


def processor(column: sa.Column[Any], dialect: Dialect) -> Processor | None:
    """What makes a value of ours one that `CopyIn.send` takes; `None`: it is one."""
    kind = column.type
    # The driver's own makes an object around it, which only parameters of statements need.
    if isinstance(kind, sa.JSON):
        made: Processor | None = sa.JSON.bind_processor(kind, dialect)  # type: ignore[no-untyped-call]
        return made
    return kind.dialect_impl(dialect).bind_processor(dialect)


def numbers(connection: Connection, column: sa.Column[int], count: int) -> list[int]:
    """Numbers that a column's sequence gives, ascending."""
    with cursor(connection, _NEXT) as asking:
        asking.execute(_NEXT, (column.table.name, column.name, count))
        return [number for (number,) in asking.fetchall()]


@contextmanager
def cursor(connection: Connection, text: str) -> Iterator[Any]:
    """A cursor of PostgreSQL's driver; its errors become SQLAlchemy's."""
    driver: Any = connection.connection.driver_connection
    base = cast("type[Exception]", connection.dialect.loaded_dbapi.Error)
    try:
        with driver.cursor() as opened:
            yield opened
    except base as error:
        raise sa.exc.DBAPIError.instance(text, None, error, base, dialect=connection.dialect) from error


def _type_name(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> str:
    if isinstance(kind, sa.JSON):
        return "text"  # in binary form JSON is its text, and the driver would make JSON of that
    return kind.compile(dialect=dialect).partition("(")[0].lower()
