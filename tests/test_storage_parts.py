from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from storage_records import NOON, many, record

from crawler.items import ArticleFilter
from storage import Store, migrations, open_store, parts
from storage.expressions import AllOf, AnyOf, Token, Without, beside


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


def test_a_part_that_gets_no_more_is_merged_into_one_segment(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.parts.WIDTH", 40)
    with open_store(sqlite_url, now=lambda: NOON) as store:
        for at, one in enumerate(many(100)):
            store.articles.save([one], "daily")
            if at == 38:
                full = segments(store)[0]
        assert full > 1
        assert segments(store)[:2] == [1, 1]
        assert len(store.search.find("메타", limit=200)) == 100
        assert store.check() == []


def segments(store: Store) -> list[int]:
    """How many segments each part has, the oldest first."""
    with store._database.read() as connection:
        names = sorted(tables(store)[1:], key=lambda name: int(name.rpartition("_")[2]))
        asked = "SELECT count(DISTINCT segid) FROM {}_idx"
        return [connection.exec_driver_sql(asked.format(name)).scalar_one() for name in names]


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


def test_parts_with_few_hits_and_parts_with_many_are_walked_in_one_order(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.parts.WIDTH", 8)
    monkeypatch.setattr("storage.parts.SPARSE", 4)
    with open_store(sqlite_url) as store, store._database.write() as connection:
        #        part 0         | 1               | 2                    | 3
        held = {1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 17, 24, 25, 26, 27, 31}
        parts.add(connection, ((n, "all one" if n in held else "all") for n in range(1, 32)))
        one, every = Token("one"), Token("all")

        def walked(below: int) -> list[int]:
            return [n for portion in parts.newest_first(connection, one, below) for n in portion]

        assert walked(2**62) == sorted(held, reverse=True)
        assert walked(24) == [17, 14, 13, 12, 11, 10, 9, 5, 4, 3, 2, 1]
        some = {2, 6, 9, 11, 15, 17, 30, 31}
        assert parts.holding(connection, one, some) == {2, 9, 11, 17, 31}
        assert parts.holding(connection, every, some & held, one) == some & held
        assert parts.holding(connection, one, some, AllOf((one, every))) == {2, 9, 11, 17, 31}


def test_only_what_is_not_known_is_asked() -> None:
    a, b, c, d = map(Token, "abcd")
    assert beside(AllOf((AllOf((a, b)), AllOf((c, d)))), AllOf((AllOf((a,)), d))) == AllOf((b, c))
    assert beside(AllOf((a, b)), AllOf((b, a))) is None
    assert beside(Without(AllOf((a, b)), c), Without(AllOf((a, d)), c)) == Without(b, c)
    assert beside(AnyOf((a, b)), a) == AnyOf((a, b))
    assert beside(AllOf((AnyOf((a, b)), c)), AllOf((AnyOf((a, b)), d))) == c
