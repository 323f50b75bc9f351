from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from storage_records import NOON, many, record

from crawler.items import ArticleFilter
from storage import Store, migrations, open_store


@pytest.fixture
def parted(sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("storage.parts.WIDTH", 10)
    with open_store(sqlite_url, now=lambda: NOON) as store:
        store.articles.save(many(35), "daily")
        yield store


def tables(store: Store) -> list[str]:
    with store._database.read() as connection:
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name"
        )
        return list(names.scalars())


def test_articles_are_indexed_in_parts_and_found_in_all(parted: Store) -> None:
    assert len(tables(parted)) > 3
    assert len(parted.search.find("메타", limit=100)) == 35
    assert len(parted.search.find("메* -없는말", limit=100)) == 35
    assert parted.articles.count(ArticleFilter(words="메타")) == 35
    assert parted.check() == []


def test_what_is_missing_is_told(parted: Store) -> None:
    lost = parted.search.find("메타", limit=100)[0].row
    with parted._database.write() as connection:
        connection.execute(
            sa.text("UPDATE articles SET search_doc = 9999 WHERE public_id = :one").bindparams(one=lost.id)
        )
    assert [problem for problem in parted.check() if lost.id in problem]


def test_a_beginning_is_asked_of_the_newest_part_alone_where_that_is_enough(
    parted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.candidates.MOST", 4)
    monkeypatch.setattr("storage.candidates.IN_SIZE", 2)
    asked: list[str] = []

    @event.listens_for(parted._database.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "MATCH" in statement:
            asked.append(statement.partition(" FROM ")[2].split(maxsplit=1)[0])

    answer = parted.search.answer("메*", limit=2)
    assert len(answer.hits) == 2
    assert answer.more
    assert set(asked) == {max(tables(parted), key=lambda name: (len(name), name))}


def test_an_older_program_gets_one_table_back(parted: Store) -> None:
    before = [hit.row.id for hit in parted.search.find("메타", limit=100)]
    with parted._database.write() as connection:
        migrations.migrate(connection, "0003")
    assert tables(parted) == ["search_index"]
    assert parted.check() == []
    migrations.upgrade(parted._database)
    assert [hit.row.id for hit in parted.search.find("메타", limit=100)] == before
    # What comes now is in a part, what was there in the first table.
    parted.articles.save([record("https://new.example.com/1", at=NOON + timedelta(hours=1))], "daily")
    assert len(tables(parted)) == 2
    assert {hit.row.id for hit in parted.search.find("메타", limit=100)} > set(before)
    assert parted.check() == []
