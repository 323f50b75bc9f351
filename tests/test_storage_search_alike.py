"""The same answers on SQLite and PostgreSQL, and those that reading every text would give."""

from __future__ import annotations

import random
from datetime import timedelta

from storage_records import NOON, record

from crawler.items import ArticleFilter, ArticleRecord, Topic
from crawler.text.query import Condition, Query, _Read, _true, read_query
from storage import open_store

KOREAN = [
    "메타",
    "메타버스",
    "메타가",
    "저커버그",
    "저커버그가",
    "저 커버그",
    "삼성전자",
    "삼성 전자",
    "스마트안경",
    "스마트 안경",
    "스마 트안경",
    "김하늘",
    "하늘",
    "버스",
]
LATIN = "tram trams Tram’s harbour harbor café Cafe AI AI가 U.S. 東京都 京都 2,000 2000".split()  # noqa: SIM905
NAMES = ["김하늘", "Ann Kim", "Éluard, Paul", "ann lee"]
HOSTS = ["a.example.com", "b.a.example.com", "example.com", "a-example.com", "a.example.com.evil.example.org"]
ASKED = [
    "메타", "메타*", "저커버그", "커버*", "삼성전자", "스마트안경", "하늘", "하*", "버스*", "tram", "tra*", "cafe",
    "ai", "us", "京都", "2000", "A.I.", "u.s.", "메타/버스", "2,000", "삼성/전자", "tram/harbor*",
    '"tram harbour"', '"메타 저커버그"', '"cafe AI"', "site:a.example.com", "site:example.com",
    "site:example.org", "site:com", "author:kim", "author:n", "author:ann",
    "author:하", "author:éluard", "author:김하늘", "lang:ko", "source:daily", "source:wire",
    "topic:메타", "after:2026-11-15", "before:2026-11-10",
]  # fmt: skip


def articles(dice: random.Random) -> list[tuple[ArticleRecord, str]]:
    made = []
    for n in range(90):
        words = dice.choices(KOREAN + LATIN, k=dice.randint(3, 14))
        made.append(
            (
                record(
                    f"https://{dice.choice(HOSTS)}/{n}",
                    text=f"{n}번 글. " + " ".join(words),
                    title=" ".join(dice.choices(KOREAN + LATIN, k=3)) if n % 5 else None,
                    language=dice.choice(["ko", "en", None]),
                    authors=tuple(dice.sample(NAMES, dice.randint(0, 2))),
                    published=NOON - timedelta(days=dice.uniform(0, 20)),
                    topics=("메타",) if dice.random() < 0.3 else (),
                ),
                dice.choice(["daily", "wire"]),
            )
        )
    return made


def query(dice: random.Random, depth: int = 0) -> str:
    turn = dice.random()
    if depth > 2 or turn < 0.45:
        return dice.choice(ASKED)
    inner = [query(dice, depth + 1) for _ in range(dice.randint(2, 3))]
    if turn < 0.65:
        return f"({' OR '.join(inner)})"
    if turn < 0.85:
        return f"({' '.join(inner)})"
    return f"({inner[0]} -{inner[1]})"


def read(typed: str) -> Query:
    return read_query(typed, now=NOON, zone="UTC")


def holds(condition: Condition, one: ArticleRecord, source: str) -> bool:
    article, value = one.article, condition.value
    assert article.published is not None
    match condition.key:
        case "site":
            host = one.url.split("/")[2]
            return host == value or host.endswith(f".{value}")
        case "author":
            return any(value.casefold() in name.casefold() for name in article.authors)
        case "lang":
            return article.language == value
        case "source":
            return source == value
        case "topic":
            return value in one.topics
        case "after":
            return article.published.utc >= condition.moment
        case _:
            return article.published.utc < condition.moment


def test_both_databases_answer_as_reading_every_text_would(sqlite_url: str, postgres_url: str) -> None:
    dice = random.Random(7)
    stored = articles(dice)
    with (
        open_store(sqlite_url, now=lambda: NOON) as small,
        open_store(postgres_url, now=lambda: NOON) as large,
    ):
        for store in (small, large):
            store.topics.add(Topic(name="메타"))
            for one, source in stored:
                store.articles.save([one], source)
        found = 0
        for typed in [*ASKED, *(query(dice) for _ in range(70))]:
            asked = read(typed)
            expected = {
                one.id
                for one, source in stored
                if _true(
                    asked.root,
                    _Read([text for text in (one.article.title, one.article.text) if text]),
                    {each: holds(each, one, source) for each in asked.conditions},
                )
            }
            answers = [
                [(hit.row.id, hit.score, hit.snippet, hit.marks) for hit in store.search.find(typed, limit=100)]
                for store in (small, large)
            ]
            assert answers[0] == answers[1], typed
            assert {hit[0] for hit in answers[0]} == expected, typed
            rows = [[row.id for row in store.articles.rows(ArticleFilter(words=typed))] for store in (small, large)]
            assert rows[0] == rows[1], typed
            assert set(rows[0]) == expected, typed
            found += len(expected)
        assert found > 500
