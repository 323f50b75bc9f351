"""The lock by which one daemon works on a store, and by which others see that it lives.

SQLite: a lock of the operating system on a file beside the database, which dies with the process. PostgreSQL: an
advisory lock on a connection of its own, which dies with the connection. Neither leaves anything to expire.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from crawler.errors import NoStore, StoreBusy, StoreError
from storage.store_file import NOTE_BYTES, database_file, lock_beside, noted

if TYPE_CHECKING:
    from storage import Store
    from storage.glance import Glanced

# A look at the lock by `status` holds it for an instant; a daemon that starts then waits for it this long (seconds).
LOCK_PATIENCE = 1.0
# How often a daemon makes sure that it still has the lock, and so how late one that lost it learns of that (seconds).
RENEW_EVERY = 5.0
TRY_EVERY = 0.2
# Of what it says of its trouble; escaped, each letter takes six bytes at most.
LONGEST_TROUBLE = 400


@dataclass(frozen=True, slots=True)
class Holder:
    """The daemon that works on a store; unknown is `None`. `trouble` is why it does nothing now, as it says."""

    host: str | None = None
    pid: int | None = None
    since: datetime | None = None
    trouble: str | None = None

    def __str__(self) -> str:
        if self.pid is None:
            return "a daemon"
        since = f" since {self.since.isoformat(timespec='seconds')}" if self.since else ""
        return f"the daemon on {self.host}, process {self.pid},{since}".rstrip(",")


class DaemonLock:
    """Held while a daemon works on a store; a context manager.

    Entering raises `StoreBusy`, naming the daemon that holds it, and `StoreError` where nothing can be locked. With
    `takeover` seconds the other one is asked to stop (SIGTERM) and waited for; on PostgreSQL one that is on another
    machine, or doesn't stop, loses its session instead, and ends by itself within `RENEW_EVERY`. `asked` is told of it.
    """

    def __init__(
        self,
        store: Store,
        store_url: str,
        since: datetime,
        *,
        takeover: float | None = None,
        asked: Callable[[Holder], None] = lambda _holder: None,
    ) -> None:
        self._takeover = takeover
        self._asked = asked
        holder = Holder(socket.gethostname(), os.getpid(), since)
        database = database_file(store_url)
        self._lock = _FileLock(database, holder) if database is not None else _SessionLock(store, holder)

    def __enter__(self) -> Self:
        if self._lock.acquire(LOCK_PATIENCE):
            return self
        if self._takeover is None:
            raise StoreBusy(
                f"{self._lock.holder() or Holder()} already works on this store: stop it first, or start this one with "
                "--takeover",
                "daemon",
            )
        self._take_over(self._takeover)
        return self

    def renew(self) -> bool:
        """Make sure of it; `False` when somebody else has it by now. `StoreError`: the store can't tell."""
        return self._lock.held()

    def say(self, trouble: str | None) -> None:
        """Have others told why nothing is crawled (`None`: it is), also while the store can't be written. An SQLite
        store's daemon alone can: where a server does not answer, nobody else gets an answer either.
        """
        self._lock.say(trouble)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def _take_over(self, seconds: float) -> None:
        holder = self._lock.holder()
        if holder is not None:
            self._asked(holder)
            if not _ask_to_stop(holder) and not self._lock.end_holder():
                raise StoreBusy(
                    f"{holder} can't be asked to stop from here: stop it where it runs (SIGTERM), then start this one",
                    "daemon",
                )
        deadline = time.monotonic() + seconds
        while not self._lock.acquire(TRY_EVERY):
            if time.monotonic() < deadline:
                continue
            if not self._lock.end_holder():
                raise StoreBusy(f"{holder} did not stop within {seconds:g} s: end it with kill -9", "daemon")
            deadline += seconds


class _FileLock:
    """SQLite's: who holds it has written into the file."""

    def __init__(self, database: Path, owner: Holder) -> None:
        from filelock import UnixFileLock  # not loaded by who only looks who holds it

        self._database = database
        self._file = file = lock_beside(database)
        self._owner = owner
        self._opened: dict[str, tuple[int, int] | None] = {}
        self._lock = UnixFileLock(file, fallback_to_soft=False)

    def acquire(self, seconds: float) -> bool:
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=seconds)
            self._opened = noted(self._database)
            self._file.write_bytes(_written(self._owner, self._opened))
        except Timeout:
            return False
        except OSError as error:
            raise StoreError(
                f"{self._file} can't be locked ({error.strerror or error}): a store needs a folder that can be written "
                "and a file system with locks",
                str(self._file),
            ) from error
        return True

    def held(self) -> bool:
        return True

    def say(self, trouble: str | None) -> None:
        # In the room that it has: a full disk gives no more.
        with contextlib.suppress(OSError), self._file.open("r+b") as file:
            file.write(_written(replace(self._owner, trouble=trouble), self._opened))

    def holder(self) -> Holder | None:
        return _file_holder(self._file)

    def end_holder(self) -> bool:
        return False

    def release(self) -> None:
        # What it had open is closed in good order, and says nothing of what will lie there.
        with contextlib.suppress(OSError):
            os.truncate(self._file, 0)
        self._lock.release()


class _SessionLock:
    """PostgreSQL's."""

    def __init__(self, store: Store, owner: Holder) -> None:
        assert owner.host is not None
        assert owner.pid is not None
        assert owner.since is not None
        self._lock = store.session_lock(owner.host, owner.pid, owner.since)

    def acquire(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._lock.acquire():
            if time.monotonic() >= deadline:
                return False
            time.sleep(TRY_EVERY)
        return True

    def held(self) -> bool:
        return self._lock.held()

    def say(self, trouble: str | None) -> None: ...

    def holder(self) -> Holder | None:
        session = self._lock.holder()
        return None if session is None else Holder(session.host, session.pid, session.since)

    def end_holder(self) -> bool:
        session = self._lock.holder()
        if session is not None:
            self._lock.end(session)
        return True

    def release(self) -> None:
        self._lock.release()


def daemon_holder(store: Glanced, store_url: str) -> Holder | None:
    """The daemon that works on this store now, or `None`."""
    file = lock_file(store_url)
    if file is not None:
        return _file_holder(file)
    asking = Holder(socket.gethostname(), os.getpid(), datetime.now(UTC))
    return _SessionLock(cast("Store", store), asking).holder()  # what is no file is glanced at as a store


def who_waits_for(store_url: str) -> Holder | None:
    """The daemon that works on a file which is not there; `None`: none does, or it is there, or it is no file."""
    database = database_file(store_url)
    return None if database is None or database.exists() else _file_holder(lock_beside(database))


def refuse_lost(store_url: str) -> None:
    """`NoStore` where a daemon waits for the file, which was taken from under it: whatever was made in its place, that
    daemon would go on with, and whatever was said of it would be wrong.
    """
    if (holder := who_waits_for(store_url)) is not None:
        raise NoStore(
            f"store {store_url}: its file was moved or deleted, and {holder} waits for it: put it or a backup in its "
            "place; to begin anew stop that daemon first",
            store_url,
        )


def _file_holder(file: Path) -> Holder | None:
    """Who holds the lock on a file, as `filelock` takes it (flock(2)); two who look see no daemon in each other."""
    try:
        looked_at = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # it was never locked, or may not even be read
        return None
    try:
        fcntl.flock(looked_at, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _read(file)
    finally:
        os.close(looked_at)
    return None


def lock_file(store_url: str) -> Path | None:
    """The file beside a SQLite store that its daemon locks; `None` for a store that is no file."""
    database = database_file(store_url)
    return None if database is None else lock_beside(database)


def _ask_to_stop(holder: Holder) -> bool:
    """Send SIGTERM to a daemon on this machine; `False` where that is not possible."""
    host = socket.gethostname()
    # PostgreSQL keeps some 25 letters of a name.
    here = holder.host is not None and (host == holder.host or (len(holder.host) > 20 and host.startswith(holder.host)))
    if not here or holder.pid is None or not _is_daemon(holder.pid):
        return False
    try:
        os.kill(holder.pid, signal.SIGTERM)
    except ProcessLookupError:
        return True  # it has just ended
    except PermissionError:
        return False
    return True


def _is_daemon(pid: int) -> bool:
    """Whether a process looks like one of ours: two machines, or containers, may share a name and not their numbers."""
    try:
        return b"daemon" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _written(holder: Holder, opened: Mapping[str, object]) -> bytes:
    assert holder.since is not None
    said = {"host": holder.host, "pid": holder.pid, "since": holder.since.isoformat(), **opened}
    trouble = holder.trouble[:LONGEST_TROUBLE] if holder.trouble is not None else None
    return json.dumps({**said, "trouble": trouble}).encode().ljust(NOTE_BYTES)


def _read(file: Path) -> Holder:
    try:
        said = json.loads(file.read_bytes()[:NOTE_BYTES])
        trouble = str(said["trouble"]) if said.get("trouble") else None
        return Holder(str(said["host"]), int(said["pid"]), datetime.fromisoformat(said["since"]), trouble)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Holder()
