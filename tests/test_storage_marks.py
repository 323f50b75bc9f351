"""What articles are counted and chosen by: the same by mark and by column, and the newest without reading all."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from storage_records import NOON, record

from crawler.damage import Damage
from crawler.errors import BadQuery
from crawler.export.choosing import Choice, chosen
from crawler.export.shelf import StoredShelf
from crawler.items import ArticleFilter, Topic, in_columns
from crawler.sources import Source
from storage import Store, candidates, newest

QUERIES = [
    None,
    "tram",
    '"harbour tram"',
    "tr* -site:b.example.com",
    "tram OR topic:boats",
    "(-lang:ko OR tram) ha*",
    "lang:ko",
    "before:2026-11-12 tram",
    "zebra",
]
FILTERS = [
    ArticleFilter(),
    ArticleFilter(topic="boats"),
    ArticleFilter(source="daily", lang="ko"),
    ArticleFilter(since=NOON - timedelta(days=14), until=NOON - timedelta(days=3)),
]


@pytest.fixture
def filled(store: Store) -> Store:
    """Many articles of the same moments, in no order."""
    dice = random.Random(5)
    for name in ("daily", "portal"):
        store.sources.add(Source(name=name, url="https://a.example.com/"))
    store.topics.add(Topic(name="boats"))
    words = ["harbour", "tram", "of", "council", "rent", "street"]
    for source in ("daily", "portal", None):
        store.articles.save(
            [
                record(
                    f"https://{dice.choice('ab')}.example.com/{source}/{number}",
                    title=f"Item {number}",
                    text=f"Number {number} {source}: {' '.join(dice.choices(words, k=9))}.",
                    published=NOON - timedelta(days=dice.randrange(20)) if dice.random() < 0.9 else None,
                    topics=("boats",) if dice.random() < 0.3 else (),
                    language=dice.choice(("ko", "en", None)),
                )
                for number in range(20)
            ],
            source,
        )
    store.articles.save(
        [record("https://a.example.com/old", published=datetime(1931, 5, 6, 7, 8, 9, 10, tzinfo=UTC))], None
    )
    return store


@pytest.mark.parametrize("query", [None, "tram", "lang:ko"])
def test_columns_are_the_marks(filled: Store, query: str | None) -> None:
    marks = list(filled.articles.marks(ArticleFilter(words=query)))
    told = list(filled.articles.mark_columns(ArticleFilter(words=query)))
    assert [list(map(list, zip(*each, strict=True))) for each in told] == [
        [list(row) for row in zip(*in_columns(marks), strict=True)]
    ]
    assert list(filled.articles.mark_columns(ArticleFilter(words="zebra"))) == []


def test_the_newest_are_those_of_all(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "LEAST_READ", 3)
    asked = [replace(FILTERS[at % len(FILTERS)], words=words) for at, words in enumerate([*QUERIES, None, None])]
    for count, wanted in enumerate(asked, 2):
        marks = list(filled.articles.marks(wanted))
        best = sorted(marks, key=lambda mark: (mark.dated_at, mark.id))[-count:]
        for few, held in ((2_000, 5_000), (7, 1), (1, 9)):  # by what is few, along the dates, by the index
            monkeypatch.setattr(candidates, "FEW", few)
            monkeypatch.setattr(candidates, "HELD", held)
            assert filled.articles.newest(wanted, count) == [mark.id for mark in marks if mark in best], wanted


def test_where_few_pass_all_are_read(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in (("FEW", 5), ("HELD", 1), ("LONGEST", 10)):
        monkeypatch.setattr(candidates, name, bound)
    for wanted in (ArticleFilter(words="tram"), ArticleFilter(lang="ko")):
        assert filled.articles.newest(wanted, 50) is None
        assert len(filled.articles.newest(wanted, 1) or ()) == 1
        shelf = StoredShelf(filled.articles, wanted, Damage())
        assert list(chosen(shelf, Choice(newest=50))) == list(filled.articles.rows(wanted))


def test_those_passed_over_are_no_candidates(filled: Store) -> None:
    best = filled.articles.newest(ArticleFilter(words="tram"), 3)
    assert best
    following = filled.articles.newest(ArticleFilter(words="tram"), 3, passed_over=best)
    assert following
    assert not set(best) & set(following)


def test_a_query_that_means_nothing_is_refused(filled: Store) -> None:
    with pytest.raises(BadQuery, match="there is no topic"):
        filled.articles.newest(ArticleFilter(words="topic:trams"), 3)
