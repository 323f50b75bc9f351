"""Statements that run on the driver's cursor give what SQLAlchemy's execution gives, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from storage_records import NOON

from crawler.errors import StoreError
from crawler.sources import Source
from storage import Store, open_store
from storage.prepared import Prepared
from storage.schema import sources


def test_values_and_rows_are_of_the_columns_types(store: Store) -> None:
    store.sources.add(Source(name="daily", url="https://news.example.com/", headers={"X-Key": "KEY"}))
    change = Prepared(sa.update(sources).where(sources.c.name == sa.bindparam("of")))
    asked = sa.select(sources.c.name, sources.c.next_due, sources.c.headers, sources.c.enabled, sources.c.last_new)
    with store._database.write() as connection:
        assert change.run(connection, {"of": "daily", "next_due": NOON, "failures": 3}) == 1
        assert change.run(connection, {"of": "nobody", "next_due": NOON}) == 0
    with store._database.read() as connection:
        straight = Prepared(asked).all(connection, {})
        assert straight == [tuple(row) for row in connection.execute(asked)]
        assert straight == [("daily", NOON.astimezone(UTC), {"X-Key": "KEY"}, True, None)]
        assert Prepared(asked.where(sources.c.name == sa.bindparam("of"))).first(connection, {"of": "nobody"}) is None
    assert store.sources.failures("daily") == 3


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    store.sources.add(Source(name="daily", url="https://news.example.com/"))
    with pytest.raises((ValueError, StoreError), match="without a zone"):
        store.sources.set_next_due("daily", datetime(2026, 1, 1))  # noqa: DTZ001 - the point


def test_a_write_that_fails_leaves_the_connection_usable(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        wrong = Prepared(sa.insert(sources))
        with pytest.raises(StoreError), store._database.write() as connection:
            wrong.run(connection, {"name": "no url"})
        store.sources.add(Source(name="daily", url="https://news.example.com/"))
        assert [source.name for source in store.sources.list()] == ["daily"]


def test_due_moments_are_kept_together(store: Store) -> None:
    for name in ("a", "b"):
        store.sources.add(Source(name=name, url=f"https://{name}.example.com/"))
    store.sources.settle([("a", None, NOON, None), ("b", {"rate": 1}, NOON, None), ("gone", None, NOON, None)])
    assert [state.next_due for state in store.sources.states()] == [NOON.astimezone(UTC)] * 2
    assert store.sources.learnt() == {"b": {"rate": 1}}
