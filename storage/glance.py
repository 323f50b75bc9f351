"""How everything is doing, read at once: what `status`, `/metrics` and the forecast of the disk ask.

Plain SQL that both databases understand. An SQLite file is read on the driver's own connection and without SQLAlchemy,
whose loading takes longer than all that is asked here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import orjson

from crawler.errors import StoreAway, UnknownName
from crawler.items import Precision, SourceState, StoreGrowth
from crawler.source_health import SUMMARY, Summary, from_plain, summary, summary_from_plain
from crawler.sources import Outline, Schedule, SourceKind
from storage.liveness import is_dead
from storage.version import HEAD, VERSION_TABLE
from storage.waiting_rows import WaitingArticles, WaitingSource, ceiling_from, waits_from

MOST_DELAYS: Final = 20_000
"""Delays that are read, of the articles found last: what is told of more differs by less than a minute."""
SAMPLED: Final = 200
"""Raw pages whose mean size stands for all."""
RETRIED_FOR: Final = timedelta(days=2)
"""How long after its first failure a URL is tried again though no door names it anew."""
FILE_PATIENCE: Final = 1.0
"""Seconds to wait for a file that is locked; who opens it as a store then waits longer, and tells."""
MAPPED: Final = 1 << 30
"""Bytes of a file that are read where the system has them, instead of copied page by page."""
_SQLITE: Final = "sqlite:///"
_DAY: Final = timedelta(days=1)
_KINDS: Final = {kind.value: kind for kind in SourceKind}
_NOTHING: Final = Summary()

Given = str | int | float | datetime
Cell = Any
"""What a driver hands over."""

_RUNNING: Final = "SELECT id, name, source, started_at, heartbeat_at, pid, host FROM crawls WHERE state = 'running'"
_BLOCKED: Final = (
    "SELECT host, blocked_until, block_reason FROM hosts WHERE blocked_until > :now ORDER BY blocked_until"
)
_FOUND: Final = "SELECT source, count(*) FROM articles WHERE first_seen >= :since GROUP BY source"
_FOUND_WITHIN: Final = "SELECT count(*) FROM articles WHERE first_seen >= :begin AND first_seen < :end"
_OLDEST: Final = "SELECT min(first_seen) FROM articles"
_SOURCES: Final = (
    "SELECT name, url, kind, every, cron, min_interval, enabled, added_at, last_run, last_success, last_new, next_due,"
    " failures, last_error, articles, history IS NOT NULL, {summary} FROM sources{where}"
)
_HISTORY: Final = "SELECT history FROM sources WHERE name = :name"
_DELAYS: Final = (
    "SELECT {seconds} FROM articles JOIN sources ON sources.name = articles.source"
    " WHERE articles.first_seen >= :since AND articles.published_at >= sources.added_at"
    " AND articles.published_precision <> :day ORDER BY articles.first_seen DESC LIMIT :most"
)
# Source by source, as the index goes.
_DUE_AGAIN: Final = (
    "FROM set_aside WHERE set_aside.source = sources.name AND set_aside.retry_at > :since"
    " AND set_aside.retry_at <= :now AND set_aside.at > :since"
)
_WAITING: Final = (
    f"SELECT coalesce(sum((SELECT count(*) {_DUE_AGAIN})), 0),"  # noqa: S608 - our own parts
    f" min((SELECT min(set_aside.retry_at) {_DUE_AGAIN})) FROM sources"
)
_WAITING_ARTICLES: Final = (
    "SELECT set_aside.ceiling, set_aside.source, count(*), min(set_aside.retry_at) FROM set_aside"
    " JOIN sources ON sources.name = set_aside.source WHERE set_aside.ceiling IS NOT NULL"
    " AND set_aside.retry_at IS NOT NULL AND sources.enabled GROUP BY set_aside.ceiling, set_aside.source"
)
_WAITING_SOURCES: Final = (
    "SELECT name, waits, next_due FROM sources WHERE waits IS NOT NULL AND enabled ORDER BY next_due, name"
)
_REQUEST: Final = "SELECT at FROM requests WHERE at >= :since{of} ORDER BY id LIMIT 1 OFFSET :number"
_OF: Final = {"host_budget": " AND host = :whose", "source_budget": " AND source = :whose"}
_REQUESTS: Final = "SELECT host, source, count(*) FROM requests WHERE at >= :since GROUP BY host, source"
_BOOK: Final = "SELECT state FROM plans WHERE name = :name"
_COUNTER: Final = "SELECT value FROM counters WHERE name = :name"
_TOPICS: Final = "SELECT count(*) FROM topics"
_PAGE_SIZES: Final = (
    "SELECT avg(bytes) FROM (SELECT {length}(body) AS bytes FROM pages ORDER BY fetched_at DESC LIMIT :most) AS sample"
)
_OLDEST_PAGE: Final = "SELECT min(fetched_at) FROM pages"
_PAGES: Final = "SELECT count(*) FROM pages WHERE fetched_at >= :since"


class UnderWay(NamedTuple):
    """A run under way."""

    run: int
    name: str
    source: str | None
    since: datetime | None
    pid: int | None
    host: str | None


class Glance:
    """One consistent view, while it is open. `read` sends SQL with named values and gives all rows.

    Times are UTC. Errors are those of whoever opened it, and `UnknownName`.
    """

    def __init__(
        self,
        read: Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]],
        *,
        sqlite: bool,
        log: Path | None = None,
    ) -> None:
        """`log` is the write-ahead log beside an SQLite file."""
        self._read = read
        self._sqlite = sqlite
        self._log = log

    def running(self, now: datetime) -> list[UnderWay]:
        """The runs under way, longest first; not those whose process is dead, which are marked at the next start."""
        found = []
        for run, name, source, started, heartbeat, pid, host in self._rows(f"{_RUNNING} ORDER BY id"):
            since = _moment(started)
            heard = _moment(heartbeat) or since
            if heard is not None and not is_dead(host, pid, heard, now):
                found.append(UnderWay(run, name, source, since, pid, host))
        return found

    def blocked(self, now: datetime) -> dict[str, tuple[datetime, str]]:
        """The hosts that are left alone at `now`, each with the moment before which it is, and why; the first to be
        asked again first.
        """
        return {
            host: (until, reason or "")
            for host, blocked, reason in self._rows(_BLOCKED, now=now)
            if (until := _moment(blocked)) is not None
        }

    def sources(self, name: str | None = None) -> list[tuple[Outline, SourceState, Summary]]:
        """How every source has been doing and what its crawls used to bring, by name; or of one. `UnknownName`."""
        # Of a history of kilobytes; the database finds it sooner than it could be handed over.
        part = f"json_extract(history, '$.{SUMMARY}')" if self._sqlite else f"history -> '{SUMMARY}'"
        where = "" if name is None else " WHERE name = :name"
        query = _SOURCES.format(summary=part, where=where)
        rows = self._rows(query) if name is None else self._rows(query, name=name)
        if name is not None and not rows:
            raise UnknownName(f"source {name!r}: does not exist; see `presswatch source list`", name)
        # Put in order here: in the order of an index the pages of large rows would be read to and fro.
        return [self._source(row) for row in sorted(rows, key=itemgetter(0))]

    def _source(self, row: Sequence[Any]) -> tuple[Outline, SourceState, Summary]:
        (
            name,
            url,
            kind,
            every,
            cron,
            least,
            enabled,
            added,
            run,
            success,
            new,
            due,
            failures,
            error,
            met,
            known,
            told,
        ) = row
        outline = Outline(
            name=name,
            url=url,
            kind=_KINDS[kind],
            schedule=_schedule(every, cron, least),
            enabled=bool(enabled),
            added_at=_moment(added),
        )
        state = SourceState(
            name=name,
            last_run=_moment(run),
            last_success=_moment(success),
            last_new=_moment(new),
            next_due=_moment(due),
            failures=failures,
            last_error=error,
            articles=met,
        )
        if not known:
            return outline, state, _NOTHING
        found = summary_from_plain(_json(told))
        if found is None:
            # An earlier version wrote none, or another; the next crawl of the source writes it anew.
            ((history,),) = self._rows(_HISTORY, name=name)
            found = summary(from_plain(_json(history)))
        return outline, state, found

    def found(self, since: datetime) -> dict[str | None, int]:
        """Articles found at or after `since` by the source that met each first, `None` for those of no source."""
        return {row[0]: row[1] for row in self._rows(_FOUND, since=since)}

    def found_within(self, spans: Sequence[tuple[datetime, datetime]]) -> list[int | None]:
        """Articles found within each span (its end left out); `None` for one that begins before the first was."""
        oldest = self._oldest()
        return [
            int(self._one(_FOUND_WITHIN, begin=begin, end=end)) if oldest is not None and oldest <= begin else None
            for begin, end in spans
        ]

    def delays(self, since: datetime) -> list[float]:
        """Seconds from publication to discovery of articles found at or after `since`, of many the latest.

        Only of those whose publisher tells the time of day, and that were published when their source was watched
        already: what it showed before nobody could have found sooner. Below 0 where a publisher's clock runs ahead.
        """
        seconds = (
            "(julianday(articles.first_seen) - julianday(articles.published_at)) * 86400.0"
            if self._sqlite
            else "extract(epoch FROM articles.first_seen - articles.published_at)::float8"
        )
        query = _DELAYS.format(seconds=seconds)
        return [delay for (delay,) in self._rows(query, since=since, day=Precision.DAY.value, most=MOST_DELAYS)]

    def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """Articles that could not be had, or for which there was no room, and that are due for another try; and since
        when the one that waits longest is.
        """
        ((count, oldest),) = self._rows(_WAITING, since=now - RETRIED_FOR, now=now)
        return int(count), _moment(oldest)

    def requests(self, since: float) -> list[tuple[str, str, int]]:
        """How many requests were noted at or after `since` (epoch seconds) by host and source."""
        return [(host, source, count) for host, source, count in self._rows(_REQUESTS, since=since)]

    def request(self, since: float, key: tuple[str, str], number: int) -> float | None:
        """When (epoch seconds) the one of that `number`, from 0, was noted among those since then that count towards a
        ceiling: a setting, and the host or source it is of. `None`: there are not so many.
        """
        of = _OF.get(key[0], "")
        rows = self._rows(_REQUEST.format(of=of), since=since, number=number, **({"whose": key[1]} if of else {}))
        return float(rows[0][0]) if rows else None

    def waiting_articles(self) -> list[WaitingArticles]:
        """Articles of all enabled sources that wait for room under a ceiling, by ceiling and source."""
        return [
            WaitingArticles(ceiling=ceiling_from(key), source=source, count=count, first=first)
            for key, source, count, moment in self._rows(_WAITING_ARTICLES)
            if (first := _moment(moment)) is not None
        ]

    def waiting_sources(self) -> list[WaitingSource]:
        """Enabled sources of which something waits for room, longest waiting first."""
        return [
            WaitingSource(name=name, waits=waits, next_due=_moment(due))
            for name, told, due in self._rows(_WAITING_SOURCES)
            if (waits := waits_from(_json(told))) is not None
        ]

    def book(self, name: str) -> Mapping[str, Any] | None:
        """What was kept last under a name; `None`: nothing."""
        rows = self._rows(_BOOK, name=name)
        return _json(rows[0][0]) if rows else None

    def articles(self) -> int:
        """How many articles there are."""
        return int(self._one(_COUNTER, name="articles"))

    def topics(self) -> int:
        """How many topics there are."""
        return int(self._one(_TOPICS))

    def growth(self, since: datetime, now: datetime) -> StoreGrowth:
        """How large the store is, and what came to it from `since` to `now`: index ranges and a sample are read.

        The size of raw pages is that of the `SAMPLED` newest ones, for as many as there are.
        """
        length = "length" if self._sqlite else "octet_length"
        mean = int(self._one(_PAGE_SIZES.format(length=length), most=SAMPLED) or 0)
        new_pages, old_pages = int(self._one(_PAGES, since=since)), 0
        first = _moment(self._one(_OLDEST_PAGE)) if mean else None
        if first is not None:
            # Older pages came as fast: counting those of a month would read a whole index.
            days = max((now - max(since, first)) / _DAY, 1 / 24)
            old_pages = int(new_pages / days * max(0.0, (since - first) / _DAY))
        oldest = self._oldest()
        return StoreGrowth(
            size=self._size(),
            pages=(new_pages + old_pages) * mean,
            articles=self.articles(),
            new=int(self._one(_FOUND_WITHIN, begin=since, end=datetime.max.replace(tzinfo=UTC))),
            page_bytes=new_pages * mean,
            days=0.0 if oldest is None else max(0.0, (now - max(since, oldest)) / _DAY),
        )

    def _size(self) -> int:
        if not self._sqlite:
            return int(self._one("SELECT pg_database_size(current_database())"))
        used, free, size = (int(self._one(f"PRAGMA {name}")) for name in ("page_count", "freelist_count", "page_size"))
        log = self._log.stat().st_size if self._log is not None and self._log.exists() else 0
        return (used - free) * size + log

    def _oldest(self) -> datetime | None:
        return _moment(self._one(_OLDEST))

    def _one(self, query: str, **values: Given) -> Cell:
        ((value,),) = self._rows(query, **values)
        return value

    def _rows(self, query: str, **values: Given) -> Sequence[Sequence[Cell]]:
        if self._sqlite:
            values = {name: _written(value) if isinstance(value, datetime) else value for name, value in values.items()}
        return self._read(query, values)


class Glanced(Protocol):
    """What can be glanced at: a `Store`, or the file of one."""

    @property
    def file(self) -> Path | None:
        """Where it lies, if it is a file."""

    def glance(self) -> AbstractContextManager[Glance]:
        """One view of it. `StoreError`."""


class GlanceFile:
    """An SQLite store's file, open to be looked at alone; `open_file`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.file: Path | None = path
        self._log = log_of(path)
        self._connection = connection

    @contextmanager
    def glance(self) -> Iterator[Glance]:
        """One view of it. `StoreAway`."""
        try:
            self._connection.execute("BEGIN")
            yield Glance(lambda query, values: send(self._connection, query, values), sqlite=True, log=self._log)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreAway(f"store {_SQLITE}{self.file}: {error}", str(self.file)) from error

    def close(self) -> None:
        """Closes it."""
        self._connection.close()


def open_file(url: str) -> GlanceFile | None:
    """The store at `url` where that is an SQLite file with the schema that this program needs, and nobody keeps it
    locked; `None`: `open_store` says what it is, or makes it that.
    """
    if not url.startswith(_SQLITE) or "?" in url or url.endswith(":memory:"):
        return None
    path = Path(url.removeprefix(_SQLITE))
    if not path.is_file():
        return None
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=FILE_PATIENCE, isolation_level=None
    )
    try:
        connection.execute(f"PRAGMA mmap_size={MAPPED}")
        version = send(connection, f"SELECT version_num FROM {VERSION_TABLE}", {})  # noqa: S608 - our own table
    except sqlite3.Error:
        version = []
    if version != [(HEAD,)]:
        connection.close()
        return None
    return GlanceFile(path, connection)


def send(connection: sqlite3.Connection, query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Runs a query; the only place that does."""
    return connection.execute(query, values).fetchall()


def log_of(path: Path) -> Path:
    """The write-ahead log beside an SQLite file."""
    return path.with_name(path.name + "-wal")


# Thousands of sources have the same few.
@lru_cache(maxsize=256)
def _schedule(every: int | None, cron: str | None, least: int | None) -> Schedule:
    return Schedule(every=every, cron=cron, min_interval=least)


def _written(moment: datetime) -> str:
    """As SQLAlchemy writes it into an SQLite file."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _moment(value: str | datetime | None) -> datetime | None:
    if value is None:
        return None
    return datetime.fromisoformat(value + "+00:00") if isinstance(value, str) else value.astimezone(UTC)


def _json(value: Cell) -> Cell:
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value
