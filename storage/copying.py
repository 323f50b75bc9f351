"""A whole store into another, SQLite or PostgreSQL: ids, versions and change numbers are kept, the index is made anew.

The source is read in one snapshot, so it may be written meanwhile. The target must be new; it is filled in one
transaction, and is empty or whole. SQLite's own online backup (https://www.sqlite.org/backup.html) makes a backup of a
file, which copies pages and is many times faster.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler import under_way
from crawler.errors import StoreError
from crawler.items import Damaged
from storage import bulk_writing, search_index
from storage.article_rows import TEXT, as_it_comes
from storage.bulk_writing import CopyIn
from storage.database import Database
from storage.packing import as_kept
from storage.schema import VERSION_TABLE, articles, counters, metadata, pages, posting_runs, texts

BATCH: Final = 500
LARGE: Final = {pages: 50, posting_runs: 1}
"""Rows at a time of tables whose rows have megabytes: raw pages up to some, a run of postings up to 14."""
PAGES_A_STEP: Final = 2_000
"""Pages copied before other programs get a turn: 8 MB."""
LEFT_BEHIND: Final = frozenset({"hosts", "robots", "requests", "subscriptions"})
"""Leases, robots.txt answers, what was asked within the hour and subscriptions belong to the running programs of one
place, and come again by themselves.
"""

UNDER_WAY: Final = ".presswatch-backup-"
"""How the folder begins in which a backup lies until it is whole."""

Advance = Callable[[int, int], None]


def copy(source: Database, target: Database, advance: Advance | None = None, damaged: Damaged = lambda _: None) -> int:
    """Copy everything and say how many articles there are. `advance` hears (rows copied, rows in all).

    A text that can't be read is copied as it is, and may be mended there as well; `damaged` hears of its article.

    `StoreError` when the target holds anything already.
    """
    tables = [table for table in metadata.sorted_tables if table.name not in {VERSION_TABLE, *LEFT_BEHIND}]
    with source.snapshot() as reading, target.write(durable=True) as writing:
        for table in tables:
            if table is not counters and writing.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
                raise StoreError(
                    f"store {target.url}: holds {table.name} already; name a new, empty one to copy to", target.url
                )
        counts = {
            table: reading.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables
        }
        total, done = sum(counts.values()) + counts[articles], 0
        for table in tables:
            if table is counters:
                writing.execute(sa.delete(counters))
            for batch in _batches(source, target, reading, table):
                _insert(target, writing, table, batch)
                done += len(batch)
                if advance is not None:
                    advance(done, total)
            _restart(target, writing, table)
        before = done
        search_index.fill(
            target, writing, reading, None if advance is None else (lambda put: advance(before + put, total)), damaged
        )
    return counts[articles]


def _batches(
    source: Database, target: Database, reading: Connection, table: sa.Table
) -> Iterator[list[tuple[object, ...]]]:
    """The rows of a table, some at a time, with values as the target's driver takes them: what SQLAlchemy does for each
    value of each row, done only where the two databases keep a column differently.
    """
    columns = [as_it_comes(TEXT if column is texts.c.text else column, column.name) for column in table.columns]
    conversions = _conversions(source, target, table)
    size = LARGE.get(table, BATCH)
    with source.errors():  # not of the target, whose transaction this is within
        for rows in reading.execute(sa.select(*columns)).partitions(size):
            batch: list[tuple[object, ...]] = [tuple(row) for row in rows]
            if conversions:
                by_column = list(zip(*batch, strict=True))
                for place, convert in conversions:
                    by_column[place] = tuple(map(convert, by_column[place]))
                batch = list(zip(*by_column, strict=True))
            yield batch


def _conversions(source: Database, target: Database, table: sa.Table) -> list[tuple[int, Callable[[object], object]]]:
    """By place in the row, what a value of one driver has to become for the other."""
    here, there = source.engine.dialect, target.engine.dialect
    found: list[tuple[int, Callable[[object], object]]] = []
    for place, column in enumerate(table.columns):
        if column is texts.c.text:
            found.append((place, _text_for(there.name)))
            continue
        if isinstance(column.type, sa.Float) or (source.is_sqlite and target.is_sqlite):
            continue  # a float to both drivers, and all else between two files
        read = column.type.dialect_impl(here).result_processor(here, None)
        write = (
            column.type.dialect_impl(there).bind_processor(there)
            if target.is_sqlite
            else bulk_writing.processor(column, there)
        )
        if read is not None or write is not None:
            found.append((place, _converter(read, write)))
    return found


def _text_for(dialect: str) -> Callable[[Any], object]:
    return lambda kept: as_kept(kept, dialect)


def _converter(read: Callable[[Any], Any] | None, write: Callable[[Any], Any] | None) -> Callable[[object], object]:
    def convert(value: object) -> object:
        if value is None:
            return None
        if read is not None:
            value = read(value)
        return value if write is None else write(value)

    return convert


def _insert(target: Database, writing: Connection, table: sa.Table, batch: list[tuple[object, ...]]) -> None:
    """Rows into a table, by the driver: SQLAlchemy would look at each value again."""
    if not target.is_sqlite:
        CopyIn.of(table, [column.name for column in table.columns], writing.dialect).send(writing, batch)
        return
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    writing.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', batch)  # noqa: S608


def _restart(target: Database, writing: Connection, table: sa.Table) -> None:
    """Numbers given by PostgreSQL go on after the greatest copied one; SQLite looks itself."""
    column = table.autoincrement_column
    if target.is_sqlite or column is None:
        return
    highest = writing.execute(sa.select(sa.func.max(column))).scalar()
    if highest is not None:
        place = sa.func.pg_get_serial_sequence(table.name, column.name)
        writing.execute(sa.select(sa.func.setval(sa.func.cast(place, sa.Text), highest)))


def back_up(source: Database, file: Path, advance: Advance | None = None) -> None:
    """A copy of an SQLite store as of one moment, checked, at `file`: it appears whole or not at all. What a killed one
    left beside it is cleared away.

    Writers go on meanwhile. `advance` hears (pages copied, pages in all). `StoreError` when the store is no file, or
    the copy can't be written or is damaged.
    """
    database = source.engine.url.database
    if not source.is_sqlite or not database:
        raise StoreError(
            f"store {source.url}: only a store in a file is backed up this way; "
            "use `presswatch db copy sqlite:///FILE`, or pg_dump",
            source.url,
        )
    if file.exists() and file.samefile(database):
        raise StoreError(f"{file}: is the store itself; name another file for its backup", str(file))
    told = None if advance is None else (lambda _status, left, total: advance(total - left, total))
    try:
        # A folder, since SQLite puts logs beside a file, which a kill leaves too.
        with under_way.new_folder(file.absolute().parent, UNDER_WAY) as folder:
            part = folder / "store.db"
            part.touch(mode=0o600)
            with closing(sqlite3.connect(database)) as here, closing(sqlite3.connect(part)) as there:
                here.backup(there, pages=PAGES_A_STEP, progress=told)
                there.execute("PRAGMA journal_mode=DELETE")
                verdict = " ".join(there.execute("PRAGMA quick_check(1)").fetchone()[0].split())
            if verdict != "ok":
                raise StoreError(f"store {source.url}: is damaged ({verdict}); see `presswatch db check`", source.url)
            with part.open("rb") as written:
                # It may come to be in the store's place.
                os.fchmod(written.fileno(), Path(database).stat().st_mode & 0o777)
                os.fsync(written.fileno())
            part.replace(file)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"{file}: the backup can't be written: {reason}; choose another place", str(file)) from error


def vacuum(database: Database) -> tuple[int, int] | None:
    """Give room that deleted rows left back to the disk; (bytes before, bytes after), `None` where the server does it.

    Waits for writers and holds them up. `StoreBusy`, `StoreError`.
    """
    with database.apart() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("VACUUM (ANALYZE)")
            return None
        before = _size(connection)
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        # From here on the daemon's maintenance can shrink the file, also one that an earlier version made.
        connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA optimize")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return before, _size(connection)


def _size(connection: Connection) -> int:
    pages, size = (connection.exec_driver_sql(f"PRAGMA page_{name}").scalar_one() for name in ("count", "size"))
    return int(pages) * int(size)
