"""Hosts: robots.txt, back-off and the lease of one host, shared by every process that uses the store."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from crawler.items import HostLease, RobotsRow
from storage.columns import storable
from storage.database import Database
from storage.prepared import Prepared
from storage.schema import UtcDateTime, hosts, robots

_BLOCKED: Final = Prepared(
    sa.select(hosts.c.blocked_until).where(
        hosts.c.host == sa.bindparam("of"), hosts.c.blocked_until > sa.bindparam("now", type_=UtcDateTime)
    )
)
_RELEASE: Final = Prepared(
    sa.update(hosts)
    .where(hosts.c.host == sa.bindparam("of"), hosts.c.lease_token == sa.bindparam("held"))
    .values(lease_token=None, lease_until=None)
)


class Hosts:
    """robots.txt by origin (``https://host:port``), back-off and lease by host. Each answer is one atomic statement."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Made once: they are asked for each crawl, and to make them takes longer than to run them.
        insert = database.insert(hosts).values(
            host=sa.bindparam("host"), lease_token=sa.bindparam("token"), lease_until=sa.bindparam("until")
        )
        now = sa.bindparam("now", type_=UtcDateTime)
        free = sa.or_(
            hosts.c.lease_token.is_(None), hosts.c.lease_token == sa.bindparam("token"), hosts.c.lease_until <= now
        )
        values = {"lease_token": insert.excluded.lease_token, "lease_until": insert.excluded.lease_until}
        taken = insert.on_conflict_do_update(index_elements=[hosts.c.host], set_=values, where=free)
        self._acquire = Prepared(taken.returning(hosts.c.blocked_until))

    def robots(self, origin: str) -> RobotsRow | None:
        """robots.txt as last kept, whether expired or not; `None`: never asked."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(robots).where(robots.c.origin == origin)).first()
        if row is None:
            return None
        return RobotsRow(
            origin=row.origin, status=row.status, body=row.body, fetched_at=row.fetched_at, expires_at=row.expires_at
        )

    def save_robots(self, row: RobotsRow) -> None:
        """Keeps a robots.txt in place of the one before."""
        values = {
            "status": row.status,
            "body": None if row.body is None else storable(row.body),
            "fetched_at": row.fetched_at,
            "expires_at": row.expires_at,
        }
        insert = self._database.insert(robots).values(origin=row.origin, **values)
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=[robots.c.origin], set_=values))

    def blocked_until(self, host: str) -> datetime | None:
        """The moment before which the host is left alone; `None`: it may be asked."""
        with self._database.read() as connection:
            row = _BLOCKED.first(connection, {"of": host, "now": self._database.now()})
        return row[0] if row is not None else None

    def block(self, host: str, until: datetime, reason: str) -> None:
        """Leaves the host alone until then; a longer block that stands already is kept."""
        insert = self._database.insert(hosts).values(host=host, blocked_until=until, block_reason=storable(reason))
        longer = sa.or_(hosts.c.blocked_until.is_(None), hosts.c.blocked_until < insert.excluded.blocked_until)
        values = {"blocked_until": insert.excluded.blocked_until, "block_reason": insert.excluded.block_reason}
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=[hosts.c.host], set_=values, where=longer))

    def clear(self, host: str) -> None:
        """The host may be asked again."""
        with self._database.write() as connection:
            connection.execute(
                sa.update(hosts).where(hosts.c.host == host).values(blocked_until=None, block_reason=None)
            )

    def acquire(self, host: str, token: str, seconds: float) -> HostLease | None:
        """Takes the host's lease for `seconds`; `None` while another token holds it. Whoever holds it may take it
        again.
        """
        now = self._database.now()
        with self._database.write() as connection:
            asked = {"host": host, "token": token, "until": now + timedelta(seconds=seconds), "now": now}
            row = self._acquire.first(connection, asked)
        if row is None:
            return None
        until: datetime | None = row[0]
        return HostLease(until if until is not None and until > now else None)

    def renew(self, host: str, token: str, seconds: float) -> bool:
        """Prolongs a lease that is still held; false when it ended or was taken: the holder must stop asking the
        host.
        """
        now = self._database.now()
        held = (hosts.c.host == host, hosts.c.lease_token == token, hosts.c.lease_until > now)
        change = (
            sa.update(hosts).where(*held).values(lease_until=now + timedelta(seconds=seconds)).returning(hosts.c.host)
        )
        with self._database.write() as connection:
            return connection.execute(change).first() is not None

    def release(self, host: str, token: str) -> None:
        """Gives the lease back; does nothing when another token holds it."""
        with self._database.write() as connection:
            _RELEASE.run(connection, {"of": host, "held": token})
