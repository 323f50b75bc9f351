"""No question that is asked at every crawl or status reads a whole table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from storage_records import NOON, later, many, record

from crawler.items import ArticleFilter, CrawlKind, CrawlOrder, Topic
from crawler.sources import Source
from storage import Store, open_store

SMALL = {"sources", "topics", "counters", "cursors"}
"""Tables with a row for each thing that a person named."""
TOPIC = Topic(name="topic")
ASKED: dict[str, Callable[[Store], object]] = {
    "save new": lambda store: store.articles.save(many(3, 100), "daily"),
    "save known": lambda store: store.articles.save(many(3), "daily"),
    "save copy": lambda store: store.articles.save(
        [record("https://copy.example.com/1", text=many(1)[0].article.text)], "x"
    ),
    "save changed": lambda store: store.articles.save([later(record(many(1)[0].url, title="새 제목"))], "daily"),
    "known": lambda store: store.articles.known([one.url for one in many(5)]),
    "known of a topic": lambda store: store.articles.known([one.url for one in many(5)], "daily", "topic"),
    "sighted": lambda store: store.articles.sighted({one.url: "A title" for one in many(5)}, "portal"),
    "sighted with another title": lambda store: store.articles.sighted({many(1)[0].url: "A title"}, "daily"),
    "save with another title": lambda store: store.articles.save(
        [replace(many(1)[0], listing_title="A title")], "daily"
    ),
    "unmatched": lambda store: store.topics.unmatched(TOPIC, {one.url: NOON for one in many(3)}),
    "due checks": lambda store: store.articles.due_checks("daily", 10),
    "checked": lambda store: store.articles.checked([one.id for one in many(2)]),
    "get": lambda store: store.articles.get(many(1)[0].id[:8]),
    "versions": lambda store: store.articles.versions(many(1)[0].url),
    "sightings": lambda store: store.articles.sightings(many(1)[0].url),
    "search": lambda store: store.search.find("저커버그"),
    "search with conditions": lambda store: store.search.find("저커버그 site:news.example.com source:daily -author:x"),
    "search for a beginning or a topic": lambda store: store.search.find("저커* OR topic:topic"),
    "search without words": lambda store: store.search.find("lang:ko -site:news.example.net"),
    "rows after": lambda store: list(store.articles.rows(ArticleFilter(after_seq=5))),
    "states": lambda store: store.sources.states(),
    "runs": lambda store: store.crawls.list(5),
    "runs of a source": lambda store: store.crawls.list(5, "daily"),
    "interrupted": lambda store: store.crawls.interrupted(NOON),
    "page": lambda store: store.pages.get(many(1)[0].id),
    "prune": lambda store: store.maintenance.forget_pages(NOON - timedelta(days=3), 100),
    "door": lambda store: store.doors.get("daily", "https://news.example.com/rss"),
    "lease": lambda store: store.hosts.acquire("news.example.com", "token", 30),
    "change": lambda store: store.change_seq(),
}


@pytest.mark.parametrize("asked", ASKED)
def test_uses_an_index(sqlite_url: str, asked: str) -> None:
    with open_store(sqlite_url) as store:
        store.sources.add(Source(name="daily", url="https://news.example.com/"))
        store.topics.add(TOPIC)
        store.articles.save(many(20), "daily")
        store.crawls.begin(CrawlOrder(kind=CrawlKind.SOURCE, name="daily", sources=("daily",)), pid=1, host="h")
        ran: list[tuple[str, object]] = []
        sa.event.listen(
            store._database.engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, parameters, _context, several: ran.append(
                (statement, parameters[0] if several and isinstance(parameters, list) else parameters)
            ),
        )
        ASKED[asked](store)
        seen = [one for one in ran if not one[0].startswith(("BEGIN", "PRAGMA"))]
        assert seen
        for statement, parameters in seen:
            for scanned in scans(store, statement, parameters):
                assert scanned in SMALL, f"{scanned} is read as a whole by {statement}"


def scans(store: Store, statement: str, parameters: object) -> list[str]:
    """Tables that the statement reads from end to end; one that is read in order and ends at the LIMIT is none."""
    with store._database.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [step.detail for step in plan]
    if "LIMIT" in statement and not any("USE TEMP B-TREE" in step for step in steps):
        return []
    found = [re.match(r"SCAN ([a-z]\w*)(?! VIRTUAL TABLE)\b", step) for step in steps]
    return [match[1] for match in found if match and not match[1].startswith("anon_")]
