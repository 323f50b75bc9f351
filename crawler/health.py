"""How the whole is doing: whether a daemon lives, how each source fares in a word, what is under way, and totals.

`look` gathers it from the store for `presswatch status`; deciding on a word is `judge`, a pure function. The lock by
which one daemon works on a store is here as well, since it is also how others see that the daemon lives.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import Timeout, UnixFileLock

from crawler.errors import StoreBusy, StoreError
from crawler.items import ArticleFilter, CrawlState, RunRow, SourceState
from crawler.politeness import host_of
from crawler.source_health import SourceHistory, Usual, changes, usual
from crawler.sources import Source, SourceKind
from storage import Store

# One failed crawl is a hiccup of the network or the site; a second in a row is worth a word.
FAILING_AFTER = 2
# The slowest outlets worth watching publish weekly; a source that brought nothing new for longer may have moved.
QUIET_AFTER = timedelta(days=8)
# A look at the lock by `status` holds it for an instant; a daemon that starts then waits for it this long (seconds).
LOCK_PATIENCE = 1.0
# Without a file to lock, the daemon holds a lease in the store, renewed at a third of its time (seconds).
LEASE_SECONDS = 60.0
LEASE_NAME = "(daemon)"


class SourceWord(StrEnum):
    """A source's state in a word."""

    OK = "ok"
    QUIET = "quiet"
    FAILING = "failing"
    CHANGED = "changed"
    NEVER_RUN = "never run"
    BLOCKED = "blocked"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Holder:
    """The daemon that works on a store; unknown is `None`."""

    host: str | None = None
    pid: int | None = None
    since: datetime | None = None

    def __str__(self) -> str:
        if self.pid is None:
            return "a daemon"
        since = f" since {self.since.isoformat(timespec='seconds')}" if self.since else ""
        return f"the daemon on {self.host}, process {self.pid},{since}".rstrip(",")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source: its state in a word and what it rests on. Times are UTC."""

    name: str
    url: str
    kind: SourceKind
    state: SourceWord
    running: bool
    last_run: datetime | None
    last_success: datetime | None
    last_new: datetime | None
    next_due: datetime | None
    failures: int
    last_error: str | None
    articles: int
    usual: Usual = field(default_factory=Usual)
    changes: tuple[str, ...] = ()

    @property
    def unhealthy(self) -> bool:
        """Whether a person should look: it fails, or no longer gives what it used to."""
        return self.state in (SourceWord.FAILING, SourceWord.CHANGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Everything `presswatch status` tells."""

    at: datetime
    daemon: Holder | None
    sources: tuple[SourceHealth, ...]
    states: dict[str, int] = field(default_factory=dict)
    running: int = 0
    articles: int = 0
    topics: int = 0


def judge(
    source: Source,
    state: SourceState,
    *,
    blocked_until: datetime | None,
    now: datetime,
    changed: Sequence[str] = (),
) -> SourceWord:
    """A source's state in a word.

    `blocked_until` is the time (UTC) before which its host is not to be asked, `changed` what is no longer as it was.
    """
    if not source.enabled:
        return SourceWord.OFF
    if blocked_until is not None and blocked_until > now:
        return SourceWord.BLOCKED
    if state.last_run is None:
        return SourceWord.NEVER_RUN
    if state.failures >= FAILING_AFTER or (state.failures and state.last_success is None):
        return SourceWord.FAILING
    if changed:
        return SourceWord.CHANGED
    if state.last_new is None or now - state.last_new > QUIET_AFTER:
        return SourceWord.QUIET
    return SourceWord.OK


def look(store: Store, store_url: str, now: datetime) -> Health:
    """Gather the health of everything at `now` (UTC). `StoreError` when the store can't be read."""
    states = {state.name: state for state in store.sources.states()}
    histories = store.sources.histories()
    under_way = [row for row in running(store) if row.source is not None]
    busy = {row.source for row in under_way}
    blocked: dict[str, datetime | None] = {}
    sources = []
    for source in store.sources.list():
        host = host_of(source.url)
        if host not in blocked:
            blocked[host] = store.hosts.blocked_until(host)
        state = states.get(source.name, SourceState(name=source.name))
        history = histories.get(source.name, SourceHistory())
        changed = changes(history, now) if source.enabled else ()
        word = judge(source, state, blocked_until=blocked[host], now=now, changed=changed)
        sources.append(
            SourceHealth(
                name=source.name,
                url=source.url,
                kind=source.kind,
                state=word,
                running=source.name in busy,
                last_run=state.last_run,
                last_success=state.last_success,
                last_new=state.last_new,
                next_due=state.next_due,
                failures=state.failures,
                last_error=state.last_error,
                articles=state.articles,
                usual=usual(history),
                changes=changed,
            )
        )
    return Health(
        at=now,
        daemon=daemon_holder(store, store_url),
        sources=tuple(sources),
        states=dict(Counter(source.state.value for source in sources)),
        running=len(under_way),
        articles=store.articles.count(ArticleFilter()),
        topics=len(store.topics.list()),
    )


def running(store: Store, among: int = 200) -> list[RunRow]:
    """Runs under way, newest first, among the `among` latest."""
    return [row for row in store.crawls.list(among, None) if row.state is CrawlState.RUNNING]


def lock_file(store_url: str) -> Path | None:
    """The file beside a SQLite store that its daemon locks; `None` for a store that is no file."""
    scheme, _, rest = store_url.partition(":///")
    if not scheme.startswith("sqlite"):
        return None
    database = Path(rest.partition("?")[0]).resolve()
    return database.with_name(database.name + ".daemon.lock")


class DaemonLock:
    """Held while a daemon works on a store; a context manager.

    SQLite: a lock of the operating system on a file beside the database, which dies with the process. Otherwise a
    lease in the store, which `renew` must keep up every third of `LEASE_SECONDS` and which ends by itself after a kill.
    Entering raises `StoreBusy`, naming the daemon that holds it, and `StoreError` where nothing can be locked.
    """

    def __init__(self, store: Store, store_url: str, since: datetime) -> None:
        self._store = store
        self._file = lock_file(store_url)
        self._lock = UnixFileLock(self._file, fallback_to_soft=False) if self._file else None
        self._token = secrets.token_hex(16)
        self._holder = Holder(socket.gethostname(), os.getpid(), since)

    def __enter__(self) -> Self:
        if self._lock is None:
            if not self._store.hosts.acquire(LEASE_NAME, self._token, LEASE_SECONDS):
                raise StoreBusy(
                    "a daemon already works on this store: stop it first, or wait a minute if it was killed", "daemon"
                )
            return self
        assert self._file is not None
        try:
            self._lock.acquire(timeout=LOCK_PATIENCE)
            self._file.write_text(_written(self._holder))
        except Timeout as error:
            holder = _read(self._file)
            raise StoreBusy(f"{holder} already works on this store: stop it first", str(self._file)) from error
        except OSError as error:
            raise StoreError(
                f"{self._file} can't be locked ({error.strerror or error}): a store needs a folder that can be written "
                "and a file system with locks",
                str(self._file),
            ) from error
        return self

    def renew(self) -> bool:
        """Keep a lease up; `False` when somebody else has it by now. A file's lock needs no renewal."""
        return self._lock is not None or self._store.hosts.renew(LEASE_NAME, self._token, LEASE_SECONDS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is None:
            self._store.hosts.release(LEASE_NAME, self._token)
        else:
            self._lock.release()


def daemon_holder(store: Store, store_url: str) -> Holder | None:
    """The daemon that works on this store now, or `None`."""
    file = lock_file(store_url)
    if file is None:
        token = secrets.token_hex(16)
        if store.hosts.acquire(LEASE_NAME, token, LOCK_PATIENCE):
            store.hosts.release(LEASE_NAME, token)
            return None
        return Holder()
    if not file.exists():
        return None
    lock = UnixFileLock(file, fallback_to_soft=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _read(file)
    except OSError:
        # Somebody else's file, which may only be read: what it says is all there is to know.
        holder = _read(file)
        alive = holder.pid is not None and Path(f"/proc/{holder.pid}").exists()
        return holder if alive else None
    lock.release()
    return None


def _written(holder: Holder) -> str:
    assert holder.since is not None
    return json.dumps({"host": holder.host, "pid": holder.pid, "since": holder.since.isoformat()})


def _read(file: Path) -> Holder:
    try:
        said = json.loads(file.read_text()[:1000])
        return Holder(str(said["host"]), int(said["pid"]), datetime.fromisoformat(said["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder()
