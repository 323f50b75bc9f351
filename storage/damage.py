"""Rows that can't be read while all others can: what is known of them is told, and the answer goes on without them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from crawler.damage import MENDING, MENDING_FILE
from crawler.errors import DamagedArticle
from crawler.items import ArticleRow, DamagedRow
from storage.article_rows import COLUMNS, TEXT_AT, as_it_comes
from storage.database import is_no_text, is_unreadable
from storage.packing import DamagedText
from storage.schema import articles, url_keys, visits

Made = Callable[[Sequence[Any], tuple[str, ...]], ArticleRow]

UNREADABLE: Final = (ValueError, KeyError, TypeError)
"""What making a row of damaged values may raise; `DamagedText` is one of them."""
REFUSALS: Final = (sqlite3.Error, DBAPIError)
"""What an answer may end with whose rows include one that can't be read (`storage.database.is_unreadable`)."""


def refuse(row: DamagedRow) -> NoReturn:
    """Who asked for this article, or would not hear of those that are left out, is told by an error."""
    way_out = MENDING_FILE if row.in_file else MENDING
    raise DamagedArticle(f"article {row.id}: {row.url}: {row.reason}; {way_out}", row.id)


def of_values(made: Made, values: Sequence[Any], topics: tuple[str, ...], error: Exception) -> DamagedRow:
    """What is known of the values of `COLUMNS` that `made` refuses with `error`."""
    row = None
    if isinstance(error, DamagedText):
        with suppress(*UNREADABLE):
            row = made((*values[:TEXT_AT], "", *values[TEXT_AT + 1 : len(COLUMNS)]), topics)
    said = str(error) if isinstance(error, DamagedText) else f"its row is damaged: {type(error).__name__}: {error}"
    return DamagedRow(str(values[1]), str(values[2]), said, int(values[len(COLUMNS) - 1]), row=row)


def of_refusal(connection: Connection, row_id: int, error: Exception, change_seq: int = 0) -> DamagedRow:
    """The article of a row number, of which the database refuses to read something with `error`."""
    in_file = not is_no_text(error)
    where = "pages of the store's file that it is on are damaged" if in_file else "its row is damaged"
    found = named(connection, row_id, f"{where}: {said(error)}", change_seq)
    return found._replace(in_file=in_file)


def named(connection: Connection, row_id: int, reason: str, change_seq: int = 0) -> DamagedRow:
    """The article of a row number, whose row need not be text throughout, nor be readable."""
    query = _NAMED_AS_BYTES if connection.dialect.name == "sqlite" else _NAMED  # where alone a text may be none
    row = None
    try:
        row = connection.execute(query, {"article": row_id}).first()
    except REFUSALS as error:
        if not is_unreadable(error):
            raise
    if row is not None:
        public_id, url, change_seq = row
    else:
        public_id, url = (_noted(connection, each, row_id) for each in (_KEYS, _VISITS))
    known = _decoded(public_id or f"row {row_id}"), _decoded(url or "its URL can't be read")
    return DamagedRow(*known, reason, int(change_seq))


def said(error: Exception) -> str:
    """What the driver says, without the statement that SQLAlchemy adds."""
    return str(error.orig if isinstance(error, DBAPIError) and error.orig is not None else error)


def _noted(connection: Connection, query: sa.Select[Any], row_id: int) -> str | bytes | None:
    """What another table notes of an article whose own row can't be read."""
    try:
        noted: str | bytes | None = connection.execute(query, {"article": row_id}).scalar()
    except REFUSALS as error:
        if not is_unreadable(error):
            raise
        return None
    return noted


def _decoded(text: str | bytes) -> str:
    return text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")


def _naming(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(*columns, articles.c.change_seq).where(articles.c.id == sa.bindparam("article"))


_OF_ARTICLE: Final = (articles.c.public_id, articles.c.url)
_NAMED: Final = _naming(*_OF_ARTICLE)
_NAMED_AS_BYTES: Final = _naming(
    *(as_it_comes(sa.cast(column, sa.LargeBinary), f"raw_{column.key}") for column in _OF_ARTICLE)
)
# An article is found by any of its keys, and is read from the URL of its last visit.
_KEYS: Final = sa.select(url_keys.c.key).where(url_keys.c.article_id == sa.bindparam("article")).limit(1)
_VISITS: Final = sa.select(visits.c.url).where(visits.c.article_id == sa.bindparam("article"))
