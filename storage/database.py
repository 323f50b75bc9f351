"""The connection: one engine, its transactions, and the border at which SQLAlchemy's errors become ours.

SQLite: WAL, foreign keys on; every write transaction is BEGIN IMMEDIATE, because a deferred one that reads and then
writes fails at once when somebody else wrote between, whatever the busy timeout. Threads of one process queue at a
lock of our own, which is fair, while SQLite's busy handler sleeps and hopes.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, Engine, ExecutionContext, make_url
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from crawler.errors import StoreAway, StoreBusy, StoreError
from storage.prepared import Prepared, sqlite_driver
from storage.store_file import StoreFile

WAL_LIMIT: Final = 64 * 1024 * 1024
"""Bytes to which the write-ahead file is cut after a checkpoint: a long reader lets it grow, and it would never
shrink.
"""
WAL_PAUSE: Final = 0.02
"""Seconds between two attempts to put a file into WAL mode, which only a new file needs."""
CHECKPOINT_PAGES: Final = 4000
"""Pages in the log before they are written back (SQLite's default: 1000): pages changed often are written less."""
FREE_SHARE: Final = 8
LEAST_WAL_LIMIT: Final = 1 << 20
"""The log takes at most this part of what a small disk has left, yet a megabyte: some articles are one transaction."""
LOG_SHARE: Final = 4
PAGE_BYTES: Final = 4096
"""The log is written back at a quarter of its limit at the latest."""
CACHE_KIB: Final = 6 * 1024
"""Page cache of one SQLite connection: holds the upper levels of every index of a store of a million articles."""
WRITER_CACHE_KIB: Final = 16 * 1024
"""That of the connection that writes: what a batch of hundreds of articles changes stays there until its end."""

_FORMS = "sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
_IMMEDIATE = "presswatch_immediate"
_BUSY_STATES: Final = frozenset({"55P03", "40P01", "40001"})
"""PostgreSQL: lock not available, deadlock detected, serialization failure."""
_NO_TEXT: Final = "Could not decode to UTF-8"
"""How Python's driver says that a column holds other bytes than a text's; SQLite itself doesn't look."""
_WAY_OUT: Final = {
    "SQLITE_NOTADB": "the file is not an SQLite database; name another file or move this one away",
    "SQLITE_CORRUPT": "the database is damaged; see `presswatch db check`, restore a backup or export what can be read",
    "SQLITE_CANTOPEN": "the file can't be opened; check that its folder exists and may be written",
    "SQLITE_READONLY": "the file may not be written; check its permissions and those of its folder (to read a store "
    "that nobody has open, SQLite writes there as well; a backup can be read without)",
    "SQLITE_FULL": "free some space",
    "SQLITE_IOERR": "the disk failed; check it and run again",
}


def parse_store_url(url: str) -> URL:
    """The store's URL, with the driver we use filled in; `StoreError` for a database that is neither of the two."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        shown = re.sub(r":[^:/@]*@", ":***@", url)
        raise StoreError(f"store {shown!r}: not a database URL; write {_FORMS}", shown) from error
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite+pysqlite":
        parsed = parsed.set(drivername="sqlite")
    shown = parsed.render_as_string(hide_password=True)
    if parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise StoreError(f"store {shown}: {parsed.drivername} is not supported; write {_FORMS}", shown)
    return parsed


def is_no_text(error: Exception) -> bool:
    """Whether the driver refuses an answer because a value in it is no text."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return str(cause).startswith(_NO_TEXT)


def is_unreadable(error: Exception) -> bool:
    """Whether a value that is no text, or a damaged page of an SQLite file, is in the way: what else was asked for may
    be read without it.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(cause, "sqlite_errorcode", None) or 0
    return is_no_text(error) or code & 0xFF == sqlite3.SQLITE_CORRUPT


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


class Database:
    """An engine with its transactions. Thread-safe. `now` gives the present as aware UTC; without `create` no file is
    made.
    """

    def __init__(self, url: str, *, now: Callable[[], datetime], busy_timeout: float, create: bool = True) -> None:
        parsed = parse_store_url(url)
        self.url: str = parsed.render_as_string(hide_password=True)
        self.now = now
        self.is_sqlite: bool = parsed.drivername == "sqlite"
        self._memory = self.is_sqlite and parsed.database in {None, "", ":memory:"}
        self.is_file = self.is_sqlite and not self._memory
        self._busy_timeout = busy_timeout
        self._lock = threading.RLock()
        self._writing: Connection | None = None
        self._open = threading.local()
        self._create = create
        self.file: StoreFile | None = None
        self._inserts: dict[tuple[sa.Table, tuple[sa.Column[Any], ...]], Prepared] = {}
        self.engine: Engine = self._sqlite(parsed) if self.is_sqlite else self._postgres(parsed)

    def _sqlite(self, url: URL) -> Engine:
        if self._memory:
            options: dict[str, Any] = {"poolclass": StaticPool}
        else:
            folder = Path(url.database or "").parent
            if self._create and not folder.is_dir():
                raise StoreError(
                    f"store {self.url}: folder {folder} does not exist; create it or set another store", self.url
                )
            self.file = StoreFile(Path(url.database or ""), self.url)
            self.file.prepare(create=self._create)
            # Last in, first out: what is asked one after the other fills the page cache of one connection, not of all.
            options = {"pool_size": 4, "max_overflow": 16, "pool_use_lifo": True}
        engine = sa.create_engine(
            url,
            connect_args={"timeout": self._busy_timeout, "check_same_thread": False},
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
            **options,
        )

        @event.listens_for(engine, "do_connect")
        def open_file(_dialect: object, _record: object, args: list[Any], options: dict[str, Any]) -> None:
            if self.file is not None:
                args[0], options["uri"] = self.file.uri(create=self._create), True

        @event.listens_for(engine, "connect")
        def set_up(connection: sqlite3.Connection, _record: object) -> None:
            if self.file is not None:
                self.file.opened()
            connection.isolation_level = None
            for pragma in (
                "foreign_keys=ON",
                "synchronous=NORMAL",
                f"journal_size_limit={self.log_limit}",
                f"wal_autocheckpoint={min(CHECKPOINT_PAGES, self.log_limit // LOG_SHARE // PAGE_BYTES)}",
                f"cache_size=-{CACHE_KIB}",
                "secure_delete=FAST",
                "temp_store=MEMORY",
            ):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            immediate = connection.get_execution_options().get(_IMMEDIATE, False)
            # Not by way of SQLAlchemy, which takes longer over it than SQLite.
            sqlite_driver(connection).execute("BEGIN IMMEDIATE" if immediate else "BEGIN")

        return engine

    def _postgres(self, url: URL) -> Engine:
        milliseconds = int(self._busy_timeout * 1000)
        try:
            engine = sa.create_engine(
                url,
                connect_args={
                    "options": f"-c lock_timeout={milliseconds} -c timezone=UTC",
                    "application_name": "presswatch",
                    "connect_timeout": max(2, int(self._busy_timeout)),
                },
                pool_pre_ping=True,
                pool_size=4,
                max_overflow=16,
                json_serializer=_dumps,
                json_deserializer=orjson.loads,
            )
        except (ImportError, NoSuchModuleError) as error:
            raise StoreError(
                f"store {self.url}: the PostgreSQL driver is not installed; run `pip install 'presswatch[postgres]'`",
                self.url,
            ) from error

        @event.listens_for(engine, "do_execute")
        def execute(cursor: DBAPICursor, statement: str, parameters: object, context: ExecutionContext) -> bool:
            if parameters or context.compiled is not None:
                return False
            cursor.execute(statement)  # with parameters, be they none, the driver looks for their places in it
            return True

        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the store, that of `together` within it. `StoreError`, `StoreBusy`."""
        joined: tuple[Connection, bool] | None = getattr(self._open, "transaction", None)
        if joined is not None:
            yield joined[0]
            return
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with (
            self.errors(),
            self._alone(self._memory),
            self._in_place(),
            self.engine.connect().execution_options(**level) as connection,
            connection.begin() as transaction,
        ):
            yield connection
            transaction.rollback()  # there is nothing to commit, and SQLite refuses to where it met a damaged page

    @contextmanager
    def write(self, *, durable: bool = False, discard: bool = False) -> Iterator[Connection]:
        """One write transaction, rolled back on any error and with `discard`.

        `durable`: it survives a loss of power; without it SQLite may lose the last commits, never a part of one. What
        is to be durable or discarded can't be a part of `together`.
        """
        joined: tuple[Connection, bool] | None = getattr(self._open, "transaction", None)
        if joined is not None:
            connection, writes = joined
            if durable or discard or not writes:
                raise ValueError("this write has to be a transaction of its own")
            yield connection
            return
        with self.errors(), self._alone(self.is_sqlite), self._in_place(), self._writer() as connection:
            full = durable and self.is_sqlite
            if full:  # outside a transaction, where alone SQLite obeys it
                self._pragma(connection, "synchronous=FULL")
            try:
                with connection.begin() as transaction:
                    yield connection
                    if discard:
                        transaction.rollback()
            finally:
                if full:
                    self._pragma(connection, "synchronous=NORMAL")

    @contextmanager
    def write_straight(self) -> Iterator[sqlite3.Connection]:
        """One write transaction on the driver's own connection to an SQLite file, at a fifth of the CPU that the way
        through SQLAlchemy costs: for what is written with every request. `StoreError`, `StoreBusy`.
        """
        with self.errors(), self._alone(needed=True), self._in_place(), self._writer() as writer:
            connection = sqlite_driver(writer)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _writer(self) -> Iterator[Connection]:
        """A connection that writes. Those who write to an SQLite file do so one after the other and share one: it costs
        as much as a statement to take one from the pool and to put it back, and each keeps pages of its own.
        """
        if not self.is_file:
            with self.engine.connect() as connection:
                yield connection.execution_options(**{_IMMEDIATE: True})
            return
        if self._writing is None:
            self._writing = self.engine.connect().execution_options(**{_IMMEDIATE: True})
            self._pragma(self._writing, f"cache_size=-{WRITER_CACHE_KIB}")
            self._prefer_wal(self._writing)
        yield self._writing

    @contextmanager
    def together(self, *, write: bool = True) -> Iterator[None]:
        """All that this thread asks meanwhile is one transaction, rolled back on any error that leaves the block: a
        transaction costs more than a look-up in it. Without `write` nothing may be written. `StoreError`, `StoreBusy`.
        """
        with self.write() if write else self.read() as connection:
            before: tuple[Connection, bool] | None = getattr(self._open, "transaction", None)
            self._open.transaction = before or (connection, write)
            try:
                yield
            finally:
                self._open.transaction = before

    @property
    def within_together(self) -> bool:
        """Whether this thread is in a block of `together`: what it writes is undone if a later part fails."""
        return getattr(self._open, "transaction", None) is not None

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One view of the whole store, however long it is read; rows are streamed. `StoreError`, `StoreBusy`."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with (
            self.errors(),
            self._alone(self._memory),
            self._in_place(),
            self.engine.connect().execution_options(stream_results=True, **level) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """A connection outside of any transaction, for what can't be done in one. `StoreError`, `StoreBusy`."""
        with self.errors(), self._alone(self.is_sqlite), self._in_place(), self.engine.connect() as connection:
            if self.is_sqlite:
                # Our engine begins by itself: end that, the pragmas and VACUUM are no part of a transaction.
                connection.exec_driver_sql("COMMIT")
                yield connection
                connection.exec_driver_sql("BEGIN")
            else:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def use_wal(self) -> None:
        """Puts an SQLite file into WAL mode; the file remembers it. Waits for others itself: SQLite fails at once.

        A file that is still empty also learns to give space back (auto_vacuum).
        """
        if not self.is_sqlite or self._memory:
            return
        deadline = time.monotonic() + self._busy_timeout
        with self.errors(), self.engine.connect() as connection:
            while True:
                try:
                    self._pragma(connection, "auto_vacuum=INCREMENTAL")
                    self._pragma(connection, "journal_mode=WAL")
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(WAL_PAUSE)
                else:
                    return

    def prefer_wal(self) -> None:
        """Puts an SQLite file that came back without a log, as a backup does, into WAL mode again, unless somebody else
        has it open this instant: it works without as well, only that who reads keeps others from writing.
        """
        if self.is_file:
            with self.errors(), self._alone(needed=True), self._in_place(), self.engine.connect() as connection:
                self._prefer_wal(connection)

    def _prefer_wal(self, connection: Connection) -> None:
        try:
            self._pragma(connection, "journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise

    def insert(self, table: sa.Table) -> sqlite.Insert:
        """An INSERT that knows ON CONFLICT in the dialect spoken here (both dialects' constructs have the same
        methods).
        """
        if self.is_sqlite:
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # what a command with an SQLite file need not wait for

        return cast("sqlite.Insert", postgresql.insert(table))

    def among(self, column: sa.Column[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
        """Whether a column's value is one of these. PostgreSQL takes them as one array: hundreds of parameters cost it
        more to read and plan than to look up.
        """
        if self.is_sqlite:
            return column.in_(values)
        return column == sa.any_(sa.literal(list(values), sa.ARRAY(column.type)))

    def insert_missing(self, table: sa.Table, *returned: sa.Column[Any]) -> Prepared:
        """An INSERT that passes over rows whose key is taken; it returns these columns of the others."""
        kept = self._inserts.get((table, returned))
        if kept is None:
            statement = self.insert(table).on_conflict_do_nothing()
            kept = Prepared(statement.returning(*returned) if returned else statement)
            self._inserts[table, returned] = kept
        return kept

    @staticmethod
    def _pragma(connection: Connection, pragma: str) -> None:
        sqlite_driver(connection).execute(f"PRAGMA {pragma}")

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """A transaction of the file that was opened, as long as it lies where it did. `StoreAway`."""
        if self.file is None:
            yield
            return
        self.file.check()
        yield
        self.file.used()

    @property
    def log_limit(self) -> int:
        """Bytes that the write-ahead log of an SQLite file is to have at most: `WAL_LIMIT`, on a small disk a part of
        what is free as a connection is opened.
        """
        free = self.file.free() if self.file is not None else None
        return WAL_LIMIT if free is None else max(LEAST_WAL_LIMIT, min(WAL_LIMIT, free // FREE_SHARE))

    @contextmanager
    def _alone(self, needed: bool) -> Iterator[None]:
        if not needed:
            yield
            return
        if not self._lock.acquire(timeout=self._busy_timeout):
            raise StoreBusy(
                f"store {self.url}: another thread has been writing for {self._busy_timeout:g} s; try again", self.url
            )
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What SQLAlchemy or a driver raises inside becomes one of ours."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self.wrapped(error) from error

    def wrapped(self, error: Exception) -> StoreError:
        """Our error for one of SQLAlchemy's or of the driver's."""
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        text = " ".join(str(cause).split())[:300]
        if isinstance(cause, sqlite3.Error):
            name = getattr(cause, "sqlite_errorname", None) or ""
            if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                return StoreBusy(
                    f"store {self.url}: locked by another program for {self._busy_timeout:g} s; end it or try again",
                    self.url,
                )
            if is_no_text(cause):
                name = "SQLITE_CORRUPT"
            ways = [way for code, way in _WAY_OUT.items() if name.startswith(code)]
            kind = StoreAway if isinstance(cause, sqlite3.OperationalError) else StoreError
            return kind(f"store {self.url}: {text}" + (f"; {ways[0]}" if ways else ""), self.url)
        if getattr(cause, "sqlstate", None) in _BUSY_STATES:
            return StoreBusy(f"store {self.url}: {text}; somebody else is writing, try again", self.url)
        if isinstance(error, sa.exc.TimeoutError):
            return StoreBusy(f"store {self.url}: all connections are in use; try again", self.url)
        if isinstance(error, sa.exc.OperationalError):
            return StoreAway(
                f"store {self.url}: {text}; check that the server runs and that the URL is right", self.url
            )
        return StoreError(f"store {self.url}: {text}", self.url)

    def close(self) -> None:
        """Gives every connection back to the system."""
        self._dispose()
        if self.file is not None:
            self.file.close()

    def _dispose(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.close()
        self.engine.dispose()

    def leave(self) -> Path | None:
        """Close an SQLite file that is not what lies at its path any more, so that what does can be opened: the log
        goes back into the file that it is of, and does not stay beside another. `StoreBusy` while somebody still reads
        the old one. A log that can't be written back is kept under the name that is returned.
        """
        if self.file is None:
            self.close()
            return None
        if self.file.log_goes_elsewhere:
            with self.errors(), self._alone(needed=True), self._writer() as writer:
                busy, *_ = sqlite_driver(writer).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StoreBusy(
                    f"store {self.url}: was replaced, and another program still reads the old one; end it, run again",
                    self.url,
                )
        self._dispose()
        kept = self.file.clear_away()
        self.file.close()
        return kept
