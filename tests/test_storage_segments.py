"""The inverted index on PostgreSQL finds what reading every document would, through merges, on wide and narrow gaps."""

from __future__ import annotations

import random

import pytest

from storage import inverted_lists, open_store, search_index, segments
from storage.conditions import MOST_PAIRS, marks, sought
from storage.expressions import AllOf, AnyOf, Expression, Token, Without
from storage.segments import add, all_documents, holding, newest_first

WORDS = [f"w{n}" for n in range(60)] + ["메타", "타버", "버스", "zebra", "zebras", "z"]


def fulfils(held: frozenset[str], expression: Expression) -> bool:
    if isinstance(expression, Token):
        if expression.begun:
            return any(token.startswith(expression.text) for token in held)
        return expression.text in held
    if isinstance(expression, Without):
        return fulfils(held, expression.part) and not fulfils(held, expression.refused)
    return (all if isinstance(expression, AllOf) else any)(fulfils(held, part) for part in expression.parts)


def asked(dice: random.Random, depth: int = 0) -> Expression:
    if depth > 2 or dice.random() < 0.5:
        word = dice.choice([*WORDS, "rare", "absent"])
        return Token(word[: dice.randint(1, 4)], begun=True) if dice.random() < 0.3 else Token(word)
    if dice.random() < 0.2:
        return Without(asked(dice, depth + 1), asked(dice, depth + 1))
    parts = tuple(asked(dice, depth + 1) for _ in range(dice.randint(2, 3)))
    return AllOf(parts) if dice.random() < 0.5 else AnyOf(parts)


@pytest.mark.parametrize(
    ("fanout", "largest", "page", "at_once"), [(8, 20_000, 2_900, 3_000), (2, 900, 60, 3), (3, 10, 200, 20)]
)
def test_finds_what_reading_every_document_would(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, fanout: int, largest: int, page: int, at_once: int
) -> None:
    for name, value in (("FANOUT", fanout), ("LARGEST", largest), ("MERGED", at_once), ("TURNED", 100 * at_once)):
        monkeypatch.setattr(segments, name, value)
    monkeypatch.setattr(inverted_lists, "PAGE", page)
    dice = random.Random(fanout)
    documents: dict[int, frozenset[str]] = {}
    number = 0
    with open_store(postgres_url) as store, store._database.write() as connection:
        for _ in range(25):
            batch = []
            for _ in range(dice.choice([1, 3, 60])):
                number += dice.choice([1, 1, 1, 5, 100_000])
                weights = [1 / (place + 1) for place in range(len(WORDS))]
                held = frozenset([*dice.choices(WORDS, weights, k=8), *(["rare"] if number % 97 == 0 else [])])
                documents[number] = held
                batch.append((number, " ".join(held)))
            add(connection, batch)
        assert [one for portion in all_documents(connection) for one in portion] == sorted(documents)
        sizes = connection.exec_driver_sql("SELECT size FROM search_segments").scalars().all()
        assert max(sizes) <= largest
        assert len(sizes) < (25 if largest > 60 else len(documents) / 5)
        some = set(dice.sample(sorted(documents), 20))
        for _ in range(60):
            expression = asked(dice)
            expected = [one for one in sorted(documents, reverse=True) if fulfils(documents[one], expression)]
            assert [one for portion in newest_first(connection, expression) for one in portion] == expected
            assert holding(connection, expression, some) == some.intersection(expected)


def test_a_gap_wider_than_a_byte_is_kept(postgres_url: str) -> None:
    with open_store(postgres_url) as store, store._database.write() as connection:
        add(connection, [(n, "some all" if n in (1, 256, 257, 600, 5_000) else "all") for n in range(1, 5_001)])
        for token, expected in (("some", [5_000, 600, 257, 256, 1]), ("all", list(range(5_000, 0, -1)))):
            assert [one for portion in newest_first(connection, Token(token)) for one in portion] == expected


def test_a_common_word_is_answered_from_the_newest_segments(postgres_url: str) -> None:
    with open_store(postgres_url) as store, store._database.write() as connection:
        for first in range(0, 4_000, 10):
            add(connection, [(n, "the") for n in range(first + 1, first + 11)])
        ran: list[str] = []
        execute = connection.execute

        def note(statement: object, *given: object) -> object:
            ran.append(str(statement))
            return execute(statement, *given)

        connection.execute = note  # type: ignore[method-assign,assignment]
        assert next(newest_first(connection, Token("the")))[0] == 4_000
        assert len(ran) == 3


def test_an_article_of_too_many_authors_is_a_candidate_for_each(store) -> None:
    many = [f"{chr(0xAC00 + n)}{chr(0xB000 + n)}" for n in range(MOST_PAIRS)]
    assert len(marks("a.b/1", None, None, many)) < 10
    words = search_index.Document(1, "w", marks("a.b/1", None, None, many))
    with store._database.write() as connection:
        search_index.index(store._database, connection, [words])
        from crawler.text.query import Condition

        for value in ("각", "저커", many[-1]):
            expression = sought(Condition("author", value))
            assert expression is not None
            assert next(iter(search_index.newest_first(store._database, connection, expression))) == [1]
            assert search_index.holding(store._database, connection, expression, [1, 2]) == {1}
