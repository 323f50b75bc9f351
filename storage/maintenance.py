"""What keeps a store small and quick over the years: forgetting by age and size, and the database's own upkeep.

Each call is one short transaction over at most `most` rows, so that a crawl that stores waits for a moment only; who
calls repeats it while there is time.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from crawler.items import CrawlState
from storage.database import Database
from storage.prepared import sqlite_driver
from storage.schema import articles, crawls, pages, texts, versions

VACUUM_PAGES: Final = 500
"""Free pages given back at once (2 MB)."""
ANALYSIS_LIMIT: Final = 400
"""Rows of an index that SQLite looks at, as its documentation advises."""
ANALYZE_ROWS: Final = 10_000
"""A table of so many rows that PostgreSQL has never analysed has an autovacuum that is off."""


class Maintenance:
    """Upkeep of the whole store. Errors: `StoreError`, `StoreBusy`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_pages(self, before: datetime, most: int) -> int:
        """Delete raw pages fetched before then, oldest first; how many."""
        old = sa.select(pages.c.article_id).where(pages.c.fetched_at < before).order_by(pages.c.fetched_at).limit(most)
        with self._database.write() as connection:
            return connection.execute(sa.delete(pages).where(pages.c.article_id.in_(old))).rowcount

    def shrink_pages(self, size: int, most: int) -> int:
        """Delete the oldest raw pages beyond `size` compressed bytes in all; how many."""
        length = sa.func.length if self._database.is_sqlite else sa.func.octet_length
        newest_first = (pages.c.fetched_at.desc(), pages.c.article_id.desc())
        total = sa.func.sum(length(pages.c.body)).over(order_by=newest_first)
        sums = sa.select(pages.c.article_id, pages.c.fetched_at, total.label("total")).subquery()
        beyond = sa.select(sums.c.article_id).where(sums.c.total > size).order_by(sums.c.fetched_at).limit(most)
        with self._database.read() as connection:
            ids = connection.execute(beyond).scalars().all()
        if not ids:
            return 0
        with self._database.write() as connection:
            return connection.execute(sa.delete(pages).where(pages.c.article_id.in_(ids))).rowcount

    def forget_runs(self, before: datetime, most: int) -> int:
        """Delete runs that ended before then, oldest first; how many."""
        old = (
            sa.select(crawls.c.id)
            .where(crawls.c.ended_at < before, crawls.c.state != CrawlState.RUNNING.value)
            .order_by(crawls.c.id)
            .limit(most)
        )
        with self._database.write() as connection:
            return connection.execute(sa.delete(crawls).where(crawls.c.id.in_(old))).rowcount

    def forget_versions(self, before: datetime, most: int) -> int:
        """Delete versions that were superseded before then, with texts that nobody shows any more; how many.

        An article's present version stays, and no gap comes into its numbers.
        """
        later = versions.alias()
        # A version's end is the next one's beginning.
        superseded = (
            sa.select(versions.c.article_id, sa.func.max(versions.c.number).label("last"))
            .join(articles, articles.c.id == versions.c.article_id)
            .join(later, sa.and_(later.c.article_id == versions.c.article_id, later.c.number == versions.c.number + 1))
            .where(later.c.seen_at < before, versions.c.number < articles.c.version)
            .group_by(versions.c.article_id)
            .limit(most)
        )
        with self._database.write() as connection:
            forgotten = 0
            for article, last in connection.execute(superseded).all():
                which = (versions.c.article_id == article, versions.c.number <= last)
                ids = connection.execute(sa.select(versions.c.text_id).where(*which)).scalars().all()
                forgotten += connection.execute(sa.delete(versions).where(*which)).rowcount
                shown = sa.exists().where(versions.c.text_id == texts.c.id)
                connection.execute(sa.delete(texts).where(texts.c.id.in_(ids), ~shown))
            return forgotten

    def log_size(self) -> int:
        """Bytes of an SQLite file's write-ahead log, which lie beside it; 0 for other stores."""
        return self._database.file.size_of_log() if self._database.file is not None else 0

    @property
    def log_limit(self) -> int:
        """Bytes that it is to have at most; it has more while somebody reads, or commits without a pause."""
        return self._database.log_limit

    def write_back(self) -> bool:
        """Write the log back into the file and cut it; false while somebody reads what it holds."""
        if self._database.file is None:
            return True
        with self._database.apart() as connection:
            driver = sqlite_driver(connection)
            # First so that nobody waits: writers stand still while the log is cut, and in vain where it is read.
            _, frames, back = driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if back < frames:
                return False
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def tidy(self, seconds: float) -> int:
        """The database's own upkeep within about `seconds`; how many pages of the file were given back.

        SQLite: fresh statistics, free pages back to the system (files made by this or a later version), the
        write-ahead log written back and cut. PostgreSQL does that itself; tables it has never looked at are analysed.
        """
        return self._tidy_sqlite(seconds) if self._database.is_sqlite else self._tidy_postgres()

    def _tidy_sqlite(self, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        with self._database.apart() as connection:
            driver = sqlite_driver(connection)

            def pragma(text: str) -> list[Any]:
                return driver.execute(f"PRAGMA {text}").fetchall()

            pragma(f"analysis_limit={ANALYSIS_LIMIT}")
            pragma("optimize")
            free = before = int(pragma("freelist_count")[0][0])
            while free > 0 and int(pragma("auto_vacuum")[0][0]) == 2 and time.monotonic() < deadline:
                pragma(f"incremental_vacuum({VACUUM_PAGES})")
                left = int(pragma("freelist_count")[0][0])
                if left >= free:
                    break
                free = left
            pragma("wal_checkpoint(TRUNCATE)")
            return before - free

    def _tidy_postgres(self) -> int:
        never = sa.text(
            "SELECT relname FROM pg_stat_user_tables WHERE last_analyze IS NULL AND last_autoanalyze IS NULL "
            "AND n_live_tup > :rows"
        )
        ours = {table.name for table in pages.metadata.sorted_tables}
        with self._database.write() as connection:
            for name in set(connection.execute(never, {"rows": ANALYZE_ROWS}).scalars()) & ours:
                connection.execute(sa.text(f"ANALYZE {name}"))
        return 0
