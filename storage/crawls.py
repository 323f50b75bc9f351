"""Crawls: the table of runs."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from crawler.errors import UnknownName
from crawler.items import CrawlKind, CrawlOrder, CrawlReport, CrawlState, RunRow, SourceCount
from storage.columns import Columns, many, storable
from storage.database import Database
from storage.liveness import SILENT_HERE, is_dead
from storage.prepared import Prepared
from storage.schema import crawls

_BEGIN: Final = Prepared(sa.insert(crawls).returning(crawls.c.id))
_END: Final = Prepared(
    sa.update(crawls)
    .where(crawls.c.id == sa.bindparam("run"))
    .values(
        state=sa.bindparam("state"),
        ended_at=sa.bindparam("ended_at"),
        counts=sa.bindparam("counts"),
        errors=sa.bindparam("errors"),
    )
)
_COUNTED: Final = tuple(field.name for field in fields(SourceCount))


class Crawls:
    """Runs by number. Errors: `UnknownName`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, order: CrawlOrder, *, pid: int, host: str) -> int:
        """Notes that process `pid` on `host` runs the order, and gives the run's number."""
        now = self._database.now()
        values: Columns = {
            "name": order.name,
            "kind": order.kind.value,
            "source": order.sources[0] if order.kind is CrawlKind.SOURCE and len(order.sources) == 1 else None,
            "state": CrawlState.RUNNING.value,
            "pid": pid,
            "host": host,
            "due_at": order.due_at,
            "attempt": order.attempt,
            "started_at": now,
            "heartbeat_at": now,
            "counts": [],
            "errors": [],
        }
        with self._database.write() as connection:
            row = _BEGIN.first(connection, values)
        assert row is not None  # an INSERT gives its row or raises
        return int(row[0])

    def heartbeat(self, run: int) -> None:
        """Says that the run is alive."""
        with self._database.write() as connection:
            connection.execute(sa.update(crawls).where(crawls.c.id == run).values(heartbeat_at=self._database.now()))

    def end(self, run: int, report: CrawlReport) -> None:
        """Notes how the run ended."""
        values: Columns = {
            "run": run,
            "state": report.state.value,
            "ended_at": report.ended_at,
            "counts": [_storable(count) for count in report.counts],
            "errors": many(report.errors),
        }
        with self._database.write() as connection:
            if _END.run(connection, values) == 0:
                raise _unknown(run)

    def interrupted(self, now: datetime) -> builtins.list[RunRow]:
        """Marks the running crawls whose process is dead as interrupted, ended now, and gives them, oldest first."""
        with self._database.write() as connection:
            running = connection.execute(
                sa.select(crawls).where(sa.text("state = 'running'")).order_by(crawls.c.id)
            ).all()
            dead = [row for row in running if _is_dead(row, now)]
            if dead:
                connection.execute(
                    sa.update(crawls)
                    .where(crawls.c.id == sa.bindparam("run"))
                    .values(state=CrawlState.INTERRUPTED.value, ended_at=now),
                    [{"run": row.id} for row in dead],
                )
        return [_run(row, state=CrawlState.INTERRUPTED, ended_at=now) for row in dead]

    def list(self, limit: int = 20, source: str | None = None) -> builtins.list[RunRow]:
        """The latest runs, latest first."""
        query = sa.select(crawls).order_by(crawls.c.id.desc()).limit(limit)
        if source is not None:
            query = query.where(crawls.c.source == source)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query)]

    def since(self, moment: datetime, batch: int = 500) -> Iterator[RunRow]:
        """The runs that began at or after `moment`, latest first.

        Runs are numbered as they begin, so that the older ones need not be read.
        """
        before = None
        while True:
            query = sa.select(crawls).order_by(crawls.c.id.desc()).limit(batch)
            if before is not None:
                query = query.where(crawls.c.id < before)
            with self._database.read() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                # The clocks of two machines differ a little: one early run doesn't end the list.
                if row.started_at is not None and row.started_at >= moment:
                    yield _run(row)
            if len(rows) < batch or (rows[-1].started_at is not None and rows[-1].started_at < moment - SILENT_HERE):
                return
            before = rows[-1].id

    def get(self, run: int) -> RunRow:
        """The run of that number."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(crawls).where(crawls.c.id == run)).first()
        if row is None:
            raise _unknown(run)
        return _run(row)


def _storable(count: SourceCount) -> Columns:
    values = ((name, getattr(count, name)) for name in _COUNTED)
    return {name: many(value) if isinstance(value, list) else value for name, value in values}


def _unknown(run: int) -> UnknownName:
    return UnknownName(f"run {run}: does not exist; see `presswatch status`", str(run))


def _is_dead(row: sa.Row[Any], now: datetime) -> bool:
    return is_dead(row.host, row.pid, row.heartbeat_at or row.started_at, now)


def _run(row: sa.Row[Any], **changed: object) -> RunRow:
    values: Columns = {
        "id": row.id,
        "name": storable(row.name),
        "kind": CrawlKind(row.kind),
        "source": row.source,
        "state": CrawlState(row.state),
        "due_at": row.due_at,
        "attempt": row.attempt,
        "started_at": row.started_at,
        "heartbeat_at": row.heartbeat_at,
        "ended_at": row.ended_at,
        "counts": tuple(SourceCount(**count) for count in row.counts),
        "errors": tuple(row.errors),
    }
    return RunRow(**values | changed)
