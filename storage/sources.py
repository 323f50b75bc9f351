"""Sources: what is watched, how it has been doing, and when it is due."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from crawler.errors import UnknownName, UsageError
from crawler.items import Precision, SourceState, Waits
from crawler.source_health import SourceHistory, from_plain, to_plain
from crawler.sources import Limits, Schedule, Source, SourceDoor, SourceKind
from storage.columns import Columns, optional, storable
from storage.database import Database
from storage.prepared import Prepared
from storage.schema import articles, sightings, sources, url_patterns
from storage.waiting_rows import waits_from, waits_to_plain

# Of one crawl; a source that names more is a sitemap met for the first time, and tells its pace by these already.
MOST_APPEARED = 5000

# Made once: they are asked for each crawl, and to make them takes longer than to run them.
_NAMED: Final = sources.c.name == sa.bindparam("of")
_DEFINED: Final[sa.Select[Any]] = sa.select(
    sources.c.name,
    sources.c.url,
    sources.c.kind,
    sources.c.every,
    sources.c.cron,
    sources.c.cron_zone,
    sources.c.min_interval,
    sources.c.max_interval,
    sources.c.zone,
    sources.c.language,
    sources.c.topic_template,
    sources.c.doors,
    sources.c.headers,
    sources.c.limits,
    sources.c.delay,
    sources.c.keep_unsure,
    sources.c.enabled,
)
_STATES: Final[sa.Select[Any]] = sa.select(
    sources.c.name,
    sources.c.last_run,
    sources.c.last_success,
    sources.c.last_new,
    sources.c.next_due,
    sources.c.failures,
    sources.c.last_error,
    sources.c.articles,
    sources.c.waits,
)
_ALL: Final = Prepared(_DEFINED.order_by(sources.c.name))
_ALL_STATES: Final = Prepared(_STATES.order_by(sources.c.name))
_GET: Final = Prepared(_DEFINED.where(_NAMED))
_GET_STATE: Final = Prepared(_STATES.where(_NAMED))
_HISTORY: Final = Prepared(sa.select(sources.c.history).where(_NAMED))
_FAILURES: Final = Prepared(sa.select(sources.c.failures).where(_NAMED))
_CHANGE: Final = Prepared(sa.update(sources).where(_NAMED))
_FAILED: Final = Prepared(sa.update(sources).where(_NAMED).values(failures=sources.c.failures + 1))

Due = tuple[str, Mapping[str, Any] | None, datetime, Waits | None]
"""A source, what was learnt of when it publishes (`None`: nothing), when it is crawled next, and what of it waits."""


class Sources:
    """Sources by name. Errors: `UnknownName`, `UsageError` for a name that is taken."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, source: Source) -> None:
        """Adds a source; it is due at once."""
        with self._database.write() as connection:
            met = sa.select(sa.func.count(sightings.c.article_id.distinct())).where(sightings.c.source == source.name)
            state = {"added_at": self._database.now(), "failures": 0, "articles": connection.execute(met).scalar_one()}
            insert = self._database.insert(sources).values(**_columns(source), **state).on_conflict_do_nothing()
            if connection.execute(insert.returning(sources.c.name)).first() is None:
                raise UsageError(
                    f"source {source.name!r}: is there already; remove it first or choose another name", source.name
                )

    def update(self, source: Source, *, history: SourceHistory | None = None) -> None:
        """Replaces what is asked of the source of that name; its state stays, and its history while its doors do.

        `history` is what is known of other doors.
        """
        values = _columns(source)
        with self._database.write() as connection:
            query = sa.select(sources.c.url, sources.c.doors).where(sources.c.name == source.name)
            before = connection.execute(query).first()
            if before is None:
                raise unknown(source.name)
            if (before.url, before.doors) != (values["url"], values["doors"]):
                values["history"] = sa.null() if history is None else to_plain(history)
            connection.execute(sa.update(sources).where(sources.c.name == source.name).values(**values))

    def remove(self, name: str) -> None:
        """Removes a source; its articles and their sightings stay."""
        with self._database.write() as connection:
            connection.execute(sa.delete(url_patterns).where(url_patterns.c.source == name))
            if (
                connection.execute(sa.delete(sources).where(sources.c.name == name).returning(sources.c.name)).first()
                is None
            ):
                raise unknown(name)

    def get(self, name: str) -> Source:
        """The source of that name."""
        return _source(self._row(_GET, name))

    def list(self) -> builtins.list[Source]:
        """Every source by name."""
        with self._database.read() as connection:
            return [_source(row) for row in _ALL.all(connection, {})]

    def state(self, name: str) -> SourceState:
        """How the source has been doing."""
        return _state(self._row(_GET_STATE, name))

    def states(self) -> builtins.list[SourceState]:
        """How every source has been doing, by name."""
        with self._database.read() as connection:
            return [_state(row) for row in _ALL_STATES.all(connection, {})]

    def history(self, name: str) -> SourceHistory:
        """What its crawls used to bring; of a source removed meanwhile nothing."""
        with self._database.read() as connection:
            row = _HISTORY.first(connection, {"of": name})
        return from_plain(row[0] if row is not None else None)

    def record(
        self,
        name: str,
        *,
        at: datetime,
        ok: bool,
        new: bool,
        error: str | None = None,
        history: SourceHistory | None = None,
    ) -> None:
        """Notes that a crawl of the source ended; `new`: it found an article; `history` is what is known with it. A
        source removed meanwhile is passed over.
        """
        values: Columns = {"of": name, "last_run": at}
        if history is not None:
            values["history"] = to_plain(history)
        if new:
            values["last_new"] = at
        if ok:
            values |= {"last_success": at, "failures": 0, "last_error": None}
        else:
            values |= {"last_error": optional(error)}
        with self._database.write() as connection:
            (_CHANGE if ok else _FAILED).run(connection, values)

    def set_next_due(self, name: str, when: datetime | None) -> None:
        """Says when the source is crawled next (`None`: at once). A source removed meanwhile is passed over."""
        with self._database.write() as connection:
            _CHANGE.run(connection, {"of": name, "next_due": when})

    def learn(self, name: str, history: Mapping[str, Any], when: datetime) -> None:
        """Keeps what was learnt of when the source publishes, and says when it is crawled next. A source removed
        meanwhile is passed over.
        """
        with self._database.write() as connection:
            _CHANGE.run(connection, {"of": name, "revisit": dict(history), "next_due": when})

    def settle(self, dues: Sequence[Due]) -> None:
        """Does what `learn`, or without anything learnt `set_next_due`, does for several sources in one transaction,
        and keeps what of each waits for room in budgets.
        """
        with self._database.write() as connection:
            for name, history, when, waits in dues:
                learnt = {} if history is None else {"revisit": dict(history)}
                waiting = None if waits is None else waits_to_plain(waits)
                _CHANGE.run(connection, {"of": name, "next_due": when, "waits": waiting, **learnt})

    def learnt(self, name: str | None = None) -> dict[str, Mapping[str, Any]]:
        """What `learn` kept, by name: of all sources that have anything, or of one."""
        query = sa.select(sources.c.name, sources.c.revisit).where(sources.c.revisit.is_not(None))
        if name is not None:
            query = query.where(sources.c.name == name)
        with self._database.read() as connection:
            return {row.name: row.revisit for row in connection.execute(query)}

    def appeared(self, name: str, since: datetime | None) -> builtins.list[datetime | None]:
        """Of each article that the source first met after `since` (`None`: ever), the newest 5,000: when it says it
        was published, `None` where it tells no time of day.
        """
        met = sa.select(sightings.c.article_id, sa.func.min(sightings.c.first_seen).label("met"))
        met = met.where(sightings.c.source == name)
        if since is not None:
            earlier = sightings.alias()
            known = sa.exists().where(
                earlier.c.article_id == sightings.c.article_id, earlier.c.source == name, earlier.c.first_seen <= since
            )
            met = met.where(sightings.c.first_seen > since, ~known)
        found = met.group_by(sightings.c.article_id).order_by(sa.text("met DESC")).limit(MOST_APPEARED).subquery()
        query = sa.select(articles.c.published_at, articles.c.published_precision).where(
            articles.c.id == found.c.article_id
        )
        with self._database.read() as connection:
            return [
                None if precision == Precision.DAY.value else published
                for published, precision in connection.execute(query)
            ]

    def failures(self, name: str) -> int:
        """Crawls in a row that found no door open; 0 for a source that is not there."""
        with self._database.read() as connection:
            row = _FAILURES.first(connection, {"of": name})
        return row[0] if row is not None else 0

    def due(self, now: datetime) -> builtins.list[tuple[str, datetime]]:
        """Enabled sources whose time has come, with that time, longest due first; one that never ran is due since it
        was added.
        """
        due = sa.func.coalesce(sources.c.next_due, sources.c.added_at)
        query = sa.select(sources.c.name, due).where(sources.c.enabled, due <= now).order_by(due, sources.c.name)
        with self._database.read() as connection:
            return [(name, when) for name, when in connection.execute(query)]

    def _row(self, query: Prepared, name: str) -> Sequence[Any]:
        with self._database.read() as connection:
            row = query.first(connection, {"of": name})
        if row is None:
            raise unknown(name)
        return row


def unknown(name: str) -> UnknownName:
    """The error for a source that does not exist."""
    return UnknownName(f"source {name!r}: does not exist; see `presswatch source list`", name)


def _columns(source: Source) -> Columns:
    return {
        "name": source.name,
        "url": storable(source.url),
        "kind": source.kind.value,
        "every": source.schedule.every,
        "cron": source.schedule.cron,
        "cron_zone": source.schedule.zone,
        "min_interval": source.schedule.min_interval,
        "max_interval": source.schedule.max_interval,
        "zone": source.zone,
        "language": source.language,
        "topic_template": source.topic_template,
        "doors": [asdict(door) for door in source.doors],
        "headers": dict(source.headers),
        "limits": asdict(source.limits),
        "delay": source.delay,
        "keep_unsure": source.keep_unsure,
        "enabled": source.enabled,
    }


def _source(row: Sequence[Any]) -> Source:
    name, url, kind, every, cron, cron_zone, least, most, zone, language, template, doors, headers, limits, *rest = row
    delay, keep_unsure, enabled = rest
    return Source(
        name=name,
        url=url,
        kind=SourceKind(kind),
        schedule=Schedule(every=every, cron=cron, zone=cron_zone, min_interval=least, max_interval=most),
        zone=zone,
        language=language,
        topic_template=template,
        doors=tuple(SourceDoor(**{**door, "kind": SourceKind(door["kind"])}) for door in doors),
        headers=headers,
        limits=Limits(**limits),
        delay=delay,
        keep_unsure=keep_unsure,
        enabled=enabled,
    )


def _state(row: Sequence[Any]) -> SourceState:
    name, last_run, last_success, last_new, next_due, failures, last_error, met, waits = row
    return SourceState(
        name=name,
        last_run=last_run,
        last_success=last_success,
        last_new=last_new,
        next_due=next_due,
        failures=failures,
        last_error=last_error,
        articles=met,
        waits=waits_from(waits),
    )
