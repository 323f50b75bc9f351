"""A lock that lasts as long as its connection: PostgreSQL's advisory lock, on a connection that does nothing else.

A process that dies loses it at once, since the system closes its connection; a machine that vanishes loses it when the
server's keep-alives go unanswered, some 25 seconds later. It needs a connection to the server itself, or a pooler in
session mode: one in transaction mode hands the server's session to others between two statements.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from storage.database import Database

SPACE: Final = 0x70726573
"""First half of the lock's key (ASCII "pres"); the second says what is locked."""
DAEMON: Final = 1
APPLICATION: Final = "presswatch daemon"
NAME_BYTES: Final = 63
"""What PostgreSQL keeps of an application's name."""
ANSWER_SECONDS: Final = 10
"""A server that needs longer for these statements is away."""
SETTINGS: Final = (
    "tcp_keepalives_idle=10",
    "tcp_keepalives_interval=5",
    "tcp_keepalives_count=3",
    f"statement_timeout={ANSWER_SECONDS}s",
)
_name = re.compile(rf"{APPLICATION} ([0-9]{{1,12}}) ([0-9]{{1,10}}) (.*)", re.DOTALL)
_locked = """
SELECT a.pid, a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :space AND l.objid = :what AND l.objsubid = 2
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True, slots=True)
class Session:
    """Who holds the lock: the server's number for the session, and what its process said of itself, if it did."""

    number: int
    host: str | None = None
    pid: int | None = None
    since: datetime | None = None


class SessionLock:
    """The daemon's lock on a PostgreSQL store. Not thread-safe: one call at a time.

    The holder's host, process and start stand in its connection's application name, where `pg_stat_activity` shows
    them, and go with the lock.
    """

    def __init__(self, database: Database, host: str, pid: int, since: datetime) -> None:
        self._database = database
        name = f"{APPLICATION} {int(since.timestamp())} {pid} {host}"
        self._name = name.encode()[:NAME_BYTES].decode("utf-8", "ignore")
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Take the lock, on a new connection where the old one is gone; false while another session has it.

        `StoreError`: nobody answers.
        """
        with self._database.errors():
            try:
                return self._acquire()
            except sa.exc.SQLAlchemyError:
                self._drop()
                raise

    def held(self) -> bool:
        """Whether the lock is still ours; taken again where the connection was lost and nobody was faster."""
        with self._database.errors():
            try:
                if self._connection is not None and self._ours(self._connection):
                    return True
            except sa.exc.DBAPIError:
                self._drop()
        return self.acquire()

    def release(self) -> None:
        """Give it back, with the connection."""
        if self._connection is not None:
            # The server notices a closed connection a moment later, an unlock at once.
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                self._connection.execute(sa.select(sa.func.pg_advisory_unlock(SPACE, DAEMON)))
        self._drop()

    def holder(self) -> Session | None:
        """The session that holds the lock now, or `None`."""
        with self._database.read() as connection:
            row = connection.execute(sa.text(_locked), {"space": SPACE, "what": DAEMON}).first()
        if row is None:
            return None
        said = _name.fullmatch(row.application_name or "")
        if said is None:
            return Session(row.pid)
        return Session(row.pid, said[3], int(said[2]), datetime.fromtimestamp(int(said[1]), UTC))

    def end(self, session: Session) -> None:
        """End somebody's session, so that its process loses the lock and learns it when it next asks.

        `StoreError` where the server doesn't allow it: sessions of another role are that role's or a superuser's.
        """
        with self._database.read() as connection:
            connection.execute(sa.select(sa.func.pg_terminate_backend(session.number)))

    def _acquire(self) -> bool:
        if self._connection is None:
            arguments = {
                "options": " ".join(f"-c {setting}" for setting in SETTINGS),
                "application_name": self._name,
                "connect_timeout": ANSWER_SECONDS,
            }
            engine = sa.create_engine(
                self._database.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments
            )
            self._connection = engine.connect()
        taken = bool(self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(SPACE, DAEMON))).scalar_one())
        if not taken:
            self._drop()
        return taken

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    @staticmethod
    def _ours(connection: Connection) -> bool:
        own = connection.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
        row = connection.execute(sa.text(_locked), {"space": SPACE, "what": DAEMON}).first()
        return row is not None and bool(row.pid == own)
