"""Statements that run on the driver's cursor give what SQLAlchemy's execution gives, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from storage_records import NOON, many

from crawler.errors import StoreError
from crawler.items import Outcome, Topic
from crawler.sources import Source
from storage import Store, open_store
from storage.prepared import Prepared
from storage.schema import searches, sources, topics, url_keys


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


def test_rows_in_number_are_written_and_those_whose_key_is_taken_passed_over(store: Store) -> None:
    rows = [
        {"topic": "tram \t\\N", "search": f"{number:032x}", "url": "https://a.example/?q=%s", "covered": NOON}
        for number in range(3)
    ]
    plain = Prepared(sa.insert(searches))
    with store._database.write() as connection:
        plain.run_all(connection, rows[:2])
        missing = store._database.insert_missing(searches, searches.c.search)
        assert missing.returned(connection, rows) == [(rows[2]["search"],)]
        assert missing.returned(connection, rows) == []
        store._database.insert_missing(searches).run_all(connection, rows)
    with store._database.read() as connection:
        held = Prepared(sa.select(searches.c.topic, searches.c.url, searches.c.covered)).all(connection, {})
    assert held == [("tram \t\\N", "https://a.example/?q=%s", NOON.astimezone(UTC))] * 3
    with pytest.raises(StoreError), store._database.write() as connection:
        plain.run_all(connection, [{**rows[0], "search": "f" * 32}, rows[0]])
    with store._database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(searches)).scalar_one() == 3


def test_many_rows_are_numbered_and_those_whose_name_is_taken_passed_over(store: Store) -> None:
    plain = {"aliases": [], "all_of": ["\\.", "메타"], "none_of": [], "lang": None}
    rows = [{"name": f"topic {number}", **plain} for number in range(30)]
    missing = store._database.insert_missing(topics, topics.c.id, topics.c.name)
    with store._database.write() as connection:
        first = missing.returned(connection, rows[5:25])
        assert sorted(name for _, name in first) == sorted(row["name"] for row in rows[5:25])
        rest = missing.returned(connection, rows)
        assert sorted(name for _, name in rest) == sorted(row["name"] for row in [*rows[:5], *rows[25:]])
        store._database.insert_missing(topics).run_all(connection, rows)
    with store._database.read() as connection:
        held = connection.execute(sa.select(topics.c.id, topics.c.name, topics.c.all_of)).all()
    assert sorted((row.id, row.name) for row in held) == sorted([*first, *rest])
    assert all(row.all_of == ["\\.", "메타"] for row in held)
    with pytest.raises(StoreError), store._database.write() as connection:
        missing.returned(connection, [{**row, "name": None} for row in rows])
    store.topics.add(Topic(name="later"))  # whose number is none of those that were drawn


def test_an_article_that_only_its_row_names_is_met_in_a_batch(store: Store) -> None:
    stored = many(20, 0)
    store.articles.save(stored[3:4], "paper")
    with store._database.write() as connection:
        connection.execute(sa.delete(url_keys))
    outcomes = [saved.outcome for saved in store.articles.save(stored, "paper")]
    assert outcomes.count(Outcome.NEW) == 19
    assert outcomes[3] is not Outcome.NEW
    assert store.articles.count() == 20
