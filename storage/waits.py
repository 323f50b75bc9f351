"""What waits for room under ceilings on requests: looks, with their sources, and articles, with what is set aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from crawler.items import Ceiling, Waits
from storage.columns import chunks
from storage.database import Database
from storage.prepared import Prepared
from storage.schema import UtcDateTime, set_aside, sources
from storage.waiting_rows import WaitingArticles, ceiling_from, ceiling_key, waits_to_plain

_OF: Final = Prepared(
    sa.select(set_aside.c.ceiling, sa.func.count(), sa.func.min(set_aside.c.retry_at, type_=UtcDateTime))
    .where(
        set_aside.c.source == sa.bindparam("of"), set_aside.c.retry_at.is_not(None), set_aside.c.ceiling.is_not(None)
    )
    .group_by(set_aside.c.ceiling)
)


class WaitingThings:
    """What waits. Errors: `StoreError`, `StoreBusy`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def articles_of(self, source: str) -> list[WaitingArticles]:
        """Articles of a source that wait, by ceiling."""
        with self._database.read() as connection:
            return [
                WaitingArticles(ceiling=ceiling_from(key), source=source, count=count, first=first)
                for key, count, first in _OF.all(connection, {"of": source})
            ]

    def lift(
        self, dues: Mapping[str, datetime], waits: Mapping[str, Waits], raised: Collection[Ceiling], now: datetime
    ) -> None:
        """Ceilings were raised: sources are crawled at their `dues`, their articles that waited for `raised` are asked
        for with them, and what each waits for is `waits`.
        """
        keys = [ceiling_key(ceiling) for ceiling in raised]
        with self._database.write() as connection:
            for name in dues.keys() | waits.keys():
                values: dict[str, Any] = {"waits": waits_to_plain(waits[name])} if name in waits else {}
                if name in dues:
                    values["next_due"] = dues[name]
                connection.execute(sa.update(sources).where(sources.c.name == name).values(**values))
            for names in chunks(dues):
                for some in chunks(keys):
                    connection.execute(
                        sa.update(set_aside)
                        .where(set_aside.c.ceiling.in_(some), set_aside.c.source.in_(names), set_aside.c.retry_at > now)
                        .values(retry_at=now)
                    )
