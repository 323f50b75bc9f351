"""Rows that can't be read while all others can: what is known of them is told, and the answer goes on without them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from crawler.damage import MENDING
from crawler.errors import DamagedArticle
from crawler.items import ArticleRow, Damaged, DamagedRow
from storage.article_rows import COLUMNS, TEXT_AT, as_it_comes
from storage.database import is_no_text
from storage.packing import DamagedText
from storage.schema import articles

R = TypeVar("R")
Made = Callable[[Sequence[Any], tuple[str, ...]], ArticleRow]

UNREADABLE: Final = (ValueError, KeyError, TypeError)
"""What making a row of damaged values may raise; `DamagedText` is one of them."""


def refuse(row: DamagedRow) -> NoReturn:
    """Who asked for this article, or would not hear of those that are left out, is told by an error."""
    raise DamagedArticle(f"article {row.id}: {row.url}: {row.reason}; {MENDING}", row.id)


def of_values(made: Made, values: Sequence[Any], topics: tuple[str, ...], error: Exception) -> DamagedRow:
    """What is known of the values of `COLUMNS` that `made` refuses with `error`."""
    row = None
    if isinstance(error, DamagedText):
        with suppress(*UNREADABLE):
            row = made((*values[:TEXT_AT], "", *values[TEXT_AT + 1 : len(COLUMNS)]), topics)
    said = str(error) if isinstance(error, DamagedText) else f"its row is damaged: {type(error).__name__}: {error}"
    return DamagedRow(str(values[1]), str(values[2]), said, int(values[len(COLUMNS) - 1]), row=row)


def one_by_one(
    connection: Connection,
    select: sa.Select[Any],
    values: Mapping[str, object],
    ask: Callable[[sa.Select[Any]], Sequence[R]],
    damaged: Damaged,
) -> tuple[list[R], int, int | None]:
    """What `ask` gives of `select` (over `articles`) where the driver refuses the whole answer for one value that is no
    text: the rows, how many there are with those that `damaged` hears of, and the change number of the last.
    """
    found: list[R] = []
    numbers = connection.execute(select.with_only_columns(articles.c.id, articles.c.change_seq), values).all()
    for row_id, _ in numbers:
        try:
            found += ask(select.where(articles.c.id == row_id))
        except (sqlite3.Error, DBAPIError) as error:
            if not is_no_text(error):
                raise
            damaged(named(connection, row_id, f"its row is damaged: {error}"))
    return found, len(numbers), numbers[-1][1] if numbers else None


def named(connection: Connection, row_id: int, reason: str) -> DamagedRow:
    """The article of a row number, whose row need not be text throughout."""
    query = _NAMED_AS_BYTES if connection.dialect.name == "sqlite" else _NAMED  # where alone a text may be none
    public_id, url, seq = connection.execute(query, {"article": row_id}).one()
    return DamagedRow(_decoded(public_id), _decoded(url), reason, int(seq))


def _decoded(text: str | bytes) -> str:
    return text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")


def _naming(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(*columns, articles.c.change_seq).where(articles.c.id == sa.bindparam("article"))


_OF_ARTICLE: Final = (articles.c.public_id, articles.c.url)
_NAMED: Final = _naming(*_OF_ARTICLE)
_NAMED_AS_BYTES: Final = _naming(
    *(as_it_comes(sa.cast(column, sa.LargeBinary), f"raw_{column.key}") for column in _OF_ARTICLE)
)
