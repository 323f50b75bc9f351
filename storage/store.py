"""The store: one object with a part for each subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlalchemy as sa

from crawler.items import Damaged
from storage import copying, index_soundness, migrations, sequence, soundness
from storage.articles import Articles
from storage.crawls import Crawls
from storage.cursors import Cursors
from storage.database import Database
from storage.doors import Doors
from storage.glance import Glance, log_of, send
from storage.hosts import Hosts
from storage.maintenance import Maintenance
from storage.pages import Pages
from storage.patterns import Patterns
from storage.plans import Plans
from storage.prepared import sqlite_driver
from storage.requests import Requests
from storage.search import Search
from storage.searches import Searches
from storage.session_lock import SessionLock
from storage.sources import Sources
from storage.store_file import Whereabouts
from storage.subscriptions import Subscriptions
from storage.topics import Topics
from storage.version import Older
from storage.waits import WaitingThings

EDIT_CHECKS: Final = (1800.0, 7200.0, 21_600.0, 86_400.0)
"""Ages in seconds at which an article is looked at again: corrections come within the first hours (setting
`edit_checks`).
"""
STORY_WINDOW: Final = 30 * 86_400.0
"""Seconds that two articles of one story may be apart (setting `story_days`)."""
BUSY_TIMEOUT: Final = 30.0
"""Seconds to wait for somebody else's write: many times the longest transaction of ours."""


def utc_now() -> datetime:
    """The present as aware UTC."""
    return datetime.now(UTC)


class Store:
    """Everything that is kept. Thread-safe; may be open in many processes at once. Use `open_store`."""

    def __init__(self, database: Database, edit_checks: Sequence[float], story_window: float) -> None:
        self._database = database
        self.url = database.url
        """The store's URL without its password."""
        self.articles = Articles(database, edit_checks, story_window)
        self.search = Search(database)
        self.sources = Sources(database)
        self.searches = Searches(database)
        self.patterns = Patterns(database)
        self.topics = Topics(database)
        self.doors = Doors(database)
        self.hosts = Hosts(database)
        self.crawls = Crawls(database)
        self.pages = Pages(database)
        self.cursors = Cursors(database)
        self.requests = Requests(database)
        self.subscriptions = Subscriptions(database)
        self.plans = Plans(database)
        self.waits = WaitingThings(database)
        self.maintenance = Maintenance(database)

    @property
    def file(self) -> Path | None:
        """Where an SQLite store lies; `None` for one in memory or on a server."""
        return self._database.file.path if self._database.file is not None else None

    def whereabouts(self) -> Whereabouts:
        """Whether its file still lies where it was opened; a store without one is where it is."""
        return self._database.file.whereabouts() if self._database.file is not None else Whereabouts.HERE

    def prefer_wal(self) -> None:
        """Has an SQLite file that came back without a log keep one again; see `Database.prefer_wal`."""
        self._database.prefer_wal()

    def leave(self) -> Path | None:
        """Closes a store whose file was replaced; see `Database.leave`."""
        return self._database.leave()

    @contextmanager
    def glance(self) -> Iterator[Glance]:
        """One view of how everything is doing. `StoreError`, `StoreBusy`."""
        with self._database.read() as connection:
            if self._database.is_sqlite:
                driver, file = sqlite_driver(connection), self.file
                log = log_of(file) if file is not None else None
                yield Glance(lambda query, values: send(driver, query, values), sqlite=True, log=log)
            else:
                yield Glance(lambda query, values: connection.execute(sa.text(query), values).all(), sqlite=False)

    def together(self, *, write: bool = True) -> AbstractContextManager[None]:
        """What this thread asks of the store meanwhile is one transaction; see `Database.together`."""
        return self._database.together(write=write)

    def change_seq(self) -> int:
        """The number of the last change to any article."""
        with self._database.read() as connection:
            return sequence.read(connection)

    def session_lock(self, host: str, pid: int, since: datetime) -> SessionLock:
        """The lock by which one daemon works on a PostgreSQL store, for a process that says who it is."""
        return SessionLock(self._database, host, pid, since)

    def check(self, *, every: bool = False, compared: index_soundness.Compared | None = None) -> list[str]:
        """What is inconsistent, one line each; empty for a sound store. See `storage.soundness.findings`."""
        return soundness.findings(self._database, every=every, compared=compared)

    def mend_index(self, compared: index_soundness.Compared | None = None) -> tuple[int, int]:
        """Puts right what the search index has wrong; see `storage.index_soundness.mend`."""
        return index_soundness.mend(self._database, compared)

    def make_index_anew(self, compared: index_soundness.Compared | None = None) -> int:
        """Makes the whole search index anew; see `storage.index_soundness.make_anew`."""
        return index_soundness.make_anew(self._database, compared)

    def copy_to(self, other: Store, advance: copying.Advance | None = None, damaged: Damaged = lambda _: None) -> int:
        """Copies everything into a store that is new; see `storage.copying.copy`."""
        return copying.copy(self._database, other._database, advance, damaged)

    def back_up(self, file: Path, advance: copying.Advance | None = None) -> None:
        """Writes a copy of an SQLite store as of now; see `storage.copying.back_up`."""
        copying.back_up(self._database, file, advance)

    def vacuum(self) -> tuple[int, int] | None:
        """Gives room back to the disk; see `storage.copying.vacuum`."""
        return copying.vacuum(self._database)

    @property
    def schema_version(self) -> str:
        """The revision of the store's tables."""
        return migrations.version(self._database)

    def upgrade(self) -> None:
        """Brings a store that was opened as it is (`Older.LEAVE`) up to date. `StoreError`, `StoreBusy`."""
        migrations.upgrade(self._database)

    def lost_by_downgrade(self, target: str) -> list[tuple[str, str]]:
        """What is lost by going back to an older schema; see `storage.migrations.losses`."""
        return migrations.losses(self._database, target)

    def downgrade(self, target: str) -> None:
        """Goes back to an older schema; nothing but `close` may be asked of this object then."""
        migrations.downgrade(self._database, target)

    def close(self) -> None:
        """Closes every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(
    url: str,
    *,
    now: Callable[[], datetime] = utc_now,
    edit_checks: Sequence[float] = EDIT_CHECKS,
    story_window: float = STORY_WINDOW,
    busy_timeout: float = BUSY_TIMEOUT,
    create: bool = True,
    older: Older = Older.UPGRADE,
) -> Store:
    """Opens the store at `url` (``sqlite:///FILE`` or ``postgresql+psycopg://…``), creating or upgrading its schema;
    without `create` only one that is there, else `NoStore`, and an `older` one as is said, else `StoreTooOld`.

    `now` gives the present as aware UTC; `edit_checks` are ages in seconds at which an article is looked at again;
    `story_window` is how many seconds apart two articles of one story may be;
    `busy_timeout` is how many seconds a write waits for another program's. `StoreError` if it can't be opened,
    `StoreTooNew` if a newer presswatch wrote it, `StoreBusy` if somebody holds it.
    """
    database = Database(url, now=now, busy_timeout=busy_timeout, create=create)
    try:
        migrations.upgrade(database, create=create, older=older)
    except BaseException:
        database.close()
        raise
    return Store(database, edit_checks, story_window)
