"""No question that is asked at every crawl, search, show or status reads a whole table.

What is looked at are the statements that a command really sends, on both databases. On PostgreSQL the planner is told
that reading a whole table costs too much: where it does so all the same no index serves.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from cli_case import Terminal, terminal  # noqa: F401 - a fixture
from storage_records import NOON, later, many, record

from crawler.items import ArticleFilter, CrawlKind, CrawlOrder, Topic
from crawler.sources import Source
from storage import Store, open_store
from storage.glance import send as glance
from storage.prepared import send

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
    "search for a site": lambda store: store.search.find("site:news.example.com"),
    "search for an author": lambda store: store.search.find("author:x OR author:kim"),
    "search for what is not": lambda store: store.search.find("-site:news.example.com"),
    "search for a source": lambda store: store.search.find("source:daily -author:x"),
    "search for a topic": lambda store: store.search.find("topic:topic lang:ko"),
    "search for a time": lambda store: store.search.find("before:2026-11-20T11:30 after:2026-01-01"),
    "search in a source for a word": lambda store: store.search.find("저커버그", filter=ArticleFilter(source="daily")),
    "search with signs": lambda store: store.search.find("A.I. OR 메타/안경"),
    "search with a refused word": lambda store: store.search.find("메타 -메타버스 -tram"),
    "search for words in a row": lambda store: store.search.find('"다시 꾸린다고" source:daily', thorough=True),
    "search for a beginning beside a word": lambda store: store.search.find("tram* 저커버그"),
    "search for a word of a time": lambda store: store.search.find("메타 before:2026-11-20T11:30"),
    "marks": lambda store: list(store.articles.marks(ArticleFilter(after_seq=5))),
    "newest": lambda store: store.articles.newest(ArticleFilter(), 5),
    "newest of a query": lambda store: store.articles.newest(ArticleFilter(words="메타 site:news.example.com"), 5),
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
        with listening() as ran:
            ASKED[asked](store)
        none_reads_all(store, ran)


def test_uses_an_index_on_postgresql(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        store.sources.add(Source(name="daily", url="https://news.example.com/"))
        store.topics.add(TOPIC)
        store.articles.save(many(20), "daily")
        store.crawls.begin(CrawlOrder(kind=CrawlKind.SOURCE, name="daily", sources=("daily",)), pid=1, host="h")
        for asked in ASKED.values():
            with listening() as ran:
                asked(store)
            none_reads_all(store, ran)


COMMANDS = (
    ("search", "저커버그"),
    ("search", "메타 NOT 안경", "--source", "daily", "--since", "2020-01-01"),
    ("search", '"다시 꾸린다고"', "--topic", "topic", "--lang", "ko", "--json"),
    ("search", "메타 -안경 tram*", "--thorough"),
    ("show", "ID"),
    ("show", "https://news.example.com/items/1", "--json"),
    ("story", "ID"),
    ("status",),
    ("status", "--json"),
    ("source", "list"),
    ("runs",),
)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_no_command_reads_a_whole_table(
    request: pytest.FixtureRequest,
    terminal: Terminal,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    database: str,
) -> None:
    url = request.getfixturevalue(f"{database}_url")
    monkeypatch.setenv("PRESSWATCH_STORE", url)
    with open_store(url) as store:
        store.sources.add(Source(name="daily", url="https://news.example.com/"))
        store.topics.add(TOPIC)
        store.articles.save(many(20), "daily")
        store.crawls.begin(CrawlOrder(kind=CrawlKind.SOURCE, name="daily", sources=("daily",)), pid=1, host="h")
        for command in COMMANDS:
            with listening() as ran:
                terminal(*(many(2)[1].id if word == "ID" else word for word in command))
            none_reads_all(store, ran)


def test_a_whole_table_read_is_found(store: Store) -> None:
    with listening() as ran, store._database.read() as connection:
        connection.execute(sa.text("SELECT count(*) FROM articles WHERE section = 'x'")).all()
        connection.execute(sa.text("SELECT url FROM articles WHERE title = 'x' ORDER BY section LIMIT 3")).all()
        connection.execute(sa.text("SELECT story FROM articles ORDER BY story")).all()
    for statement, parameters in ran:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            assert scans(store, statement, parameters) == ["articles"], statement


@contextmanager
def listening() -> Iterator[list[tuple[str, object]]]:
    """Every statement sent to any database, with its (first) parameters."""
    ran: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, _context: object, several: bool) -> None:
        ran.append((statement, parameters[0] if several and isinstance(parameters, list) else parameters))

    def note_prepared(driver: sqlite3.Connection, statement: str, values: list[Any]) -> sqlite3.Cursor:
        ran.append((statement, tuple(values)))
        return send(driver, statement, values)

    def note_glance(driver: sqlite3.Connection, statement: str, values: dict[str, Any]) -> list[Any]:
        ran.append((statement, values))
        return glance(driver, statement, values)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        with (
            patch("storage.prepared.send", note_prepared),
            patch("storage.glance.send", note_glance),
            patch("storage.store.send", note_glance),
        ):
            yield ran
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def none_reads_all(store: Store, ran: list[tuple[str, object]]) -> None:
    seen = [one for one in dict(reversed([(statement, one) for statement, one in ran])).items() if explained(one[0])]
    assert seen
    for statement, parameters in seen:
        for scanned in scans(store, statement, parameters):
            assert scanned in SMALL, f"{scanned} is read as a whole by {statement}"


def explained(statement: str) -> bool:
    """Whether the databases have a plan for it, and it is no question to their own tables."""
    return statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")) and not re.search(
        r"\bpg_|sqlite_schema|sqlite_master|presswatch_schema", statement
    )


def scans(store: Store, statement: str, parameters: object) -> list[str]:
    """Tables that the statement reads from end to end; one that is read in order and ends at the LIMIT is none."""
    if not store._database.is_sqlite:
        return scans_of_postgres(store, statement, parameters)
    with store._database.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [step.detail for step in plan]
    if "LIMIT" in statement and not any("USE TEMP B-TREE" in step for step in steps):
        return []
    found = [re.match(r"SCAN ([a-z]\w*)(?! VIRTUAL TABLE)\b", step) for step in steps]
    return [match[1] for match in found if match and not match[1].startswith("anon_")]


def scans_of_postgres(store: Store, statement: str, parameters: object) -> list[str]:
    with store._database.read() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
        (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    return list(read_whole(plan["Plan"], limited=False))


def read_whole(node: dict[str, object], *, limited: bool) -> Iterator[str]:
    """Tables that a plan reads from end to end; what a Limit ends, with no sorting between, is none."""
    kind = str(node["Node Type"])
    limited = kind == "Limit" or (limited and kind not in {"Sort", "Incremental Sort", "Aggregate", "Hash"})
    whole = kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node)
    # An index with a condition of its own holds only the few rows that are asked for.
    partial = str(node.get("Index Name")) in {"ix_crawls_running", "ix_visits_due"}
    if whole and not limited and not partial:
        yield str(node["Relation Name"])
    for inner in node.get("Plans", []):  # type: ignore[attr-defined]
        yield from read_whole(inner, limited=limited)
