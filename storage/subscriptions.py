"""Subscriptions to hubs, by the token that ends their callback."""

from __future__ import annotations

import builtins
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from crawler.items import Subscription, SubscriptionState
from storage.columns import optional
from storage.database import Database
from storage.schema import subscriptions


class Subscriptions:
    """Subscriptions. Errors: `StoreError`, `StoreBusy`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, source: str | None = None) -> builtins.list[Subscription]:
        """All of them, or those of one source."""
        query = sa.select(subscriptions).order_by(subscriptions.c.source, subscriptions.c.door)
        if source is not None:
            query = query.where(subscriptions.c.source == source)
        with self._database.read() as connection:
            return [_subscription(row) for row in connection.execute(query)]

    def get(self, token: str) -> Subscription | None:
        """The one of that token."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(subscriptions).where(subscriptions.c.token == token)).first()
        return None if row is None else _subscription(row)

    def add(self, one: Subscription) -> None:
        """Keeps a new one."""
        with self._database.write() as connection:
            connection.execute(sa.insert(subscriptions).values(**{**asdict(one), "state": one.state.value}))

    def change(self, token: str, **values: Any) -> None:  # noqa: ANN401 - columns of `Subscription`
        """Changes some of its fields; one that is gone is passed over."""
        if "note" in values:
            values["note"] = optional(values["note"])
        with self._database.write() as connection:
            connection.execute(sa.update(subscriptions).where(subscriptions.c.token == token).values(**values))

    def drop(self, token: str) -> None:
        """Forgets one."""
        with self._database.write() as connection:
            connection.execute(sa.delete(subscriptions).where(subscriptions.c.token == token))


def _subscription(row: sa.Row[Any]) -> Subscription:
    values = dict(row._mapping)
    return Subscription(**{**values, "state": SubscriptionState(values["state"])})
