"""The file of an SQLite store as it was opened, and whether that is still what lies at its path.

SQLite goes on with what it has open when its file is moved, deleted or replaced: what it writes then is found by nobody
who opens the path. And it takes a write-ahead log for that of whatever database lies beside it: one that stayed behind
when its database was moved ruins the next (https://www.sqlite.org/howtocorrupt.html, 1.4 and 4.4). So each transaction
first sees that database, log and index are the files that were opened, by device and inode.
"""

from __future__ import annotations

import contextlib
import filecmp
import json
import os
import sqlite3
import time
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Final
from urllib.parse import quote

from crawler.errors import NoStore, StoreAway, StoreError

LOG: Final = "-wal"
INDEX: Final = "-shm"
LOCK: Final = ".daemon.lock"
"""What is put to the file's name for the file that a daemon locks; in it stands what that daemon has opened."""
SETTLED: Final = 2.0
"""Seconds for which a file that takes a store's place must not have been written: it may still be on its way."""
_MAGIC: Final = b"SQLite format 3\0"
NOTE_BYTES: Final = 4096
"""Of what a daemon notes: always as many, so that it can be written anew where there is no room for more."""
_VERSION: Final = "SELECT version_num FROM presswatch_schema"

Inode = tuple[int, int]


class Whereabouts(Enum):
    """What lies at the path of a store that is open."""

    HERE = "here"
    GONE = "gone"
    TORN = "torn"  # the file, but not its log or index
    REPLACED = "replaced"  # another store
    STRANGE = "strange"  # something else, or another store that is still being written


class StoreFile:
    """One store's file; `url` is how a person is told of it. Thread-safe once it was opened."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self._url = url
        real = Path(os.path.realpath(path))
        self._real = real
        self._places = {suffix: real.with_name(real.name + suffix) for suffix in (LOG, INDEX)}
        self._main: Inode | None = None
        self._beside: dict[str, Inode] = {}
        # Keeps the inode, so that its number is nobody else's. O_PATH: closing it drops none of SQLite's locks.
        self._held: int | None = None

    def prepare(self, *, create: bool) -> None:
        """Before it is opened for the first time. `NoStore` where none is and none is to be made, `StoreError` where a
        log lies there that is another's.
        """
        self._refuse_left_over()
        if not create and not self.path.exists():
            raise NoStore(no_store(self._url), self._url)

    def uri(self, *, create: bool) -> str:
        """What SQLite is to open; it makes the file the first time only, and with `create`."""
        return f"file:{quote(str(self.path))}?mode={'rwc' if create and self._main is None else 'rw'}"

    def opened(self) -> None:
        """A connection was opened. `StoreAway` when it is to another file than those before."""
        if self._main is not None:
            self.check()
            return
        self._held = os.open(self.path, os.O_PATH | os.O_CLOEXEC)
        found = os.fstat(self._held)
        self._main = found.st_dev, found.st_ino

    def used(self) -> None:
        """A transaction is over, so that log and index are open, and nobody else's SQLite removes them."""
        if not self._beside:
            for suffix, place in self._places.items():
                found = _inode(place)
                if found is not None:
                    self._beside[suffix] = found

    def check(self) -> None:
        """`StoreAway` unless what lies there is what was opened."""
        if self._main is None:
            return
        found = _inode(self.path)
        if found != self._main:
            what = "was moved or deleted" if found is None else "was replaced by another"
            raise StoreAway(f"store {self._url}: its file {what} while it was open; {self._way_out(found)}", self._url)
        for suffix, inode in self._beside.items():
            if _inode(self._places[suffix]) != inode:
                raise StoreAway(
                    f"store {self._url}: {self._places[suffix]} was moved or deleted while the store was open; "
                    "put it back, or run again",
                    self._url,
                )

    @staticmethod
    def _way_out(found: Inode | None) -> str:
        if found is not None:
            return "nothing is written to either"
        return f"nothing is written until it is back, with its {LOG} and {INDEX} beside it"

    def whereabouts(self) -> Whereabouts:
        """What lies at its path now; opens what is not the store's own file for a look."""
        found = _inode(self.path)
        if found is None:
            return Whereabouts.GONE
        if found != self._main:
            return Whereabouts.REPLACED if _holds_a_store(self.path) else Whereabouts.STRANGE
        torn = any(_inode(self._places[suffix]) != inode for suffix, inode in self._beside.items())
        return Whereabouts.TORN if torn else Whereabouts.HERE

    @property
    def log_goes_elsewhere(self) -> bool:
        """Whether what is in the log can still be written back to a file that somebody finds, and to no other's harm:
        the store's own file, where no other log took the place of its own, or that file at another path.
        """
        if self._held is None or os.fstat(self._held).st_nlink == 0:
            return False
        return self._is_ours(LOG) or not _size(self._places[LOG])

    def clear_away(self) -> Path | None:
        """After the last connection was closed: leave no log or index beside another store that is not its own. A log
        that still holds something is given another name, which is returned.

        One beside a file that has come back by way of another file system, byte for byte, stays: it belongs to it.
        """
        if _inode(self.path) == self._main:
            return None
        kept = None
        log = self._places[LOG]
        if self._is_ours(LOG):
            if not _size(log):
                log.unlink()
            elif not self._came_back():
                kept = log.with_name(f"{log.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}")
                log.rename(kept)
        if self._is_ours(INDEX):
            self._places[INDEX].unlink()
        return kept

    def _came_back(self) -> bool:
        if self._held is None or Path(os.path.realpath(self.path)) != self._real:
            return False
        with contextlib.suppress(OSError):
            return filecmp.cmp(f"/proc/self/fd/{self._held}", self.path, shallow=False)
        return False

    def close(self) -> None:
        """After the last connection was closed."""
        held, self._held = self._held, None
        if held is not None:
            os.close(held)

    def size_of_log(self) -> int:
        """Bytes of the write-ahead log."""
        return _size(self._places[LOG])

    def free(self) -> int | None:
        """Bytes that the disk has left, `None` where it does not say."""
        try:
            found = os.statvfs(self._real.parent)
        except OSError:
            return None
        return found.f_bavail * found.f_frsize

    def _is_ours(self, suffix: str) -> bool:
        inode = self._beside.get(suffix)
        return inode is not None and _inode(self._places[suffix]) == inode

    def _refuse_left_over(self) -> None:
        log = self._places[LOG]
        if not _size(log):
            return
        main = _inode(self.path)
        if main is None:
            raise StoreError(
                f"store {self._url}: its file is gone and its write-ahead log {log} is there, so it was moved or "
                "deleted; put it back, or move the log away as well to begin anew",
                self._url,
            )
        noted = noted_in(lock_beside(self.path))
        if noted is not None and noted[1] == _inode(log) and noted[0] != main:
            if not _is_a_database(self.path):
                raise StoreError(
                    f"store {self._url}: what lies in its file's place is no store of presswatch, or not yet a whole "
                    "one; put the file or a backup there",
                    self._url,
                )
            raise StoreError(
                f"store {self._url}: the write-ahead log {log} belongs to another file, in whose place this one was "
                "put, and would ruin it; a daemon that still runs clears it away within seconds, else move it to where "
                f"that file is, and {INDEX} with it",
                self._url,
            )


def no_store(url: str) -> str:
    """What a person is told who wants to read a store that is not there."""
    return (
        f"there is no store {url}: `presswatch source add URL` or `presswatch crawl URL` makes one; or name another "
        "(--store, PRESSWATCH_STORE, `store` in presswatch.toml)"
    )


def database_file(store_url: str) -> Path | None:
    """The file of an SQLite store; `None` for a store that is no file."""
    scheme, _, rest = store_url.partition(":///")
    place = rest.partition("?")[0]
    return Path(place) if scheme.startswith("sqlite") and place not in ("", ":memory:") else None


def lock_beside(database: Path) -> Path:
    """The file beside a store's file that its daemon locks."""
    real = Path(os.path.realpath(database))
    return real.with_name(real.name + LOCK)


def belongs_to_a_store(path: Path) -> bool:
    """Whether a store of ours lies at `path`, or beside it one whose log, index or lock that is: what is written there
    would ruin it. Opens what looks like one.
    """
    real = Path(os.path.realpath(path))
    stems = [real.name.removesuffix(suffix) for suffix in (LOG, INDEX, LOCK) if real.name.endswith(suffix)]
    return any(_has_our_tables(real.with_name(name)) for name in (real.name, *stems) if name)


def _has_our_tables(path: Path) -> bool:
    """Also a store that is busy or damaged: only what surely is no store may be written over."""
    if not _is_a_database(path):
        return False
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as look:
            look.execute(_VERSION)
    except sqlite3.Error as error:
        return error.sqlite_errorcode != sqlite3.SQLITE_ERROR  # it knows no such table
    return True


def noted(database: Path) -> dict[str, Inode | None]:
    """What a daemon that opened the store notes of it."""
    real = Path(os.path.realpath(database))
    return {"file": _inode(real), "log": _inode(real.with_name(real.name + LOG))}


def noted_in(lock: Path) -> tuple[Inode, Inode] | None:
    """What `noted` gave, of file and log, as it stands in a daemon's lock; `None` where nothing does."""
    try:
        said = json.loads(lock.read_bytes()[:NOTE_BYTES])
        (device, file), (log_device, log) = said["file"], said["log"]
        return (int(device), int(file)), (int(log_device), int(log))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _inode(path: Path) -> Inode | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _is_a_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _holds_a_store(path: Path) -> bool:
    """Whether a file that nobody here has open is a whole store of ours, and at rest."""
    try:
        found = path.stat()
        with path.open("rb") as file:
            head = file.read(100)
    except OSError:
        return False
    if len(head) < 100 or not head.startswith(_MAGIC) or 0 <= time.time() - found.st_mtime < SETTLED:
        return False
    # https://www.sqlite.org/fileformat.html, 1.3: page size (1 stands for 65536) and pages.
    page = int.from_bytes(head[16:18], "big")
    if found.st_size < int.from_bytes(head[28:32], "big") * (65_536 if page == 1 else page):
        return False
    try:
        # Immutable: without locks, and without the log that lies beside it.
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as look:
            return look.execute(_VERSION).fetchone() is not None
    except sqlite3.Error:
        return False
