"""A whole store into another, SQLite or PostgreSQL: ids, versions and change numbers are kept, the index is made anew.

The source is read in one snapshot, so it may be written meanwhile. The target must be new; it is filled in one
transaction, and is empty or whole. SQLite's own online backup (https://www.sqlite.org/backup.html) makes a backup of a
file, which copies pages and is many times faster.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.errors import StoreError
from crawler.text import search_tokens
from storage import search
from storage.columns import storable
from storage.database import Database
from storage.schema import VERSION_TABLE, articles, counters, metadata, posting_runs, texts, versions

BATCH: Final = 500
"""Rows at a time; a run of postings may have 14 MB and comes alone."""
PAGES_A_STEP: Final = 2_000
"""Pages copied before other programs get a turn: 8 MB."""
LEFT_BEHIND: Final = frozenset({"hosts", "robots", "requests", "subscriptions"})
"""Leases, robots.txt answers, what was asked within the hour and subscriptions belong to the running programs of one
place, and come again by themselves.
"""

Advance = Callable[[int, int], None]


def copy(source: Database, target: Database, advance: Advance | None = None) -> int:
    """Copy everything and say how many articles there are. `advance` hears (rows copied, rows in all).

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
            step = 1 if table is posting_runs else BATCH
            for batch in reading.execute(sa.select(table)).mappings().partitions(step):
                writing.execute(sa.insert(table), [dict(row) for row in batch])
                done += len(batch)
                if advance is not None:
                    advance(done, total)
            _restart(target, writing, table)
        shown = (
            sa.select(articles.c.search_doc, articles.c.title, articles.c.summary, texts.c.text)
            .join(versions, sa.and_(versions.c.article_id == articles.c.id, versions.c.number == articles.c.version))
            .join(texts, texts.c.id == versions.c.text_id)
        )
        for rows in reading.execute(shown).partitions(BATCH):
            words = [(int(row.search_doc), _tokens((row.title, row.summary, row.text))) for row in rows]
            search.index(target, writing, words)
            done += len(words)
            if advance is not None:
                advance(done, total)
    return counts[articles]


def _tokens(parts: Sequence[str | None]) -> str:
    return storable(search_tokens("\n".join(part for part in parts if part)))


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
    """A copy of an SQLite store as of one moment, checked, at `file`: it appears whole or not at all.

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
    descriptor, name = -1, ""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".presswatch-", suffix=".part", dir=file.parent)
        os.close(descriptor)
        with closing(sqlite3.connect(database)) as here, closing(sqlite3.connect(name)) as there:
            told = None if advance is None else (lambda _status, left, total: advance(total - left, total))
            here.backup(there, pages=PAGES_A_STEP, progress=told)
            there.execute("PRAGMA journal_mode=DELETE")
            verdict = there.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise StoreError(f"store {source.url}: is damaged ({verdict}); see `presswatch db check`", source.url)
        with Path(name).open("rb") as written:
            os.fsync(written.fileno())
        Path(name).replace(file)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{file}: the backup can't be written: {error}", str(file)) from error
    finally:
        if name:
            with suppress(FileNotFoundError):
                Path(name).unlink()


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
