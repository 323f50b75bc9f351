"""Which articles a search looks at: the newest that may fulfil it, found without reading what is not looked at.

Whatever must hold and narrows most leads: few articles of a source, of a topic or of a time, else the words, hosts,
authors and languages that the index knows, else the source, topic or time. The rest is asked of each portion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.items import ArticleFilter
from crawler.text.query import Condition, Either, Every, Node, Query, Word, leaves
from storage import conditions, reading, search_index
from storage.columns import IN_SIZE, chunks
from storage.database import Database
from storage.expressions import Expression, Token, all_of, any_of
from storage.schema import article_topics, articles, sightings, topics

MOST: Final = 1_000
"""Candidates, or twice as many as are wanted: ranking all 100,000 hits of a common word takes a second, and nobody
reads that far."""
LOOKED_AT: Final = 10_000
"""Articles after which twice as many candidates as are wanted suffice."""
FEW: Final = 2_000
"""Articles of a source, topic or time that are looked at one by one rather than by words."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may fulfil a query."""

    id: int
    title: str | None
    dated_at: datetime


def newest(
    database: Database, connection: Connection, query: Query, wanted: ArticleFilter, limit: int
) -> Iterator[list[Candidate]]:
    """The articles of which the query may be true, the newest first, in portions: of `MOST`, or fewer when `LOOKED_AT`
    were looked at and there are twice `limit`. What is not taken is not looked for.
    """
    most = max(MOST, 2 * limit)
    expression = sought(query.root)
    if wanted.lang is not None:
        in_language = conditions.sought(Condition("lang", wanted.lang))
        expression = all_of(tuple(part for part in (expression, in_language) if part is not None))
    leads = list(_leads(query, wanted))
    few = next((ids for lead in leads if (ids := lead.few(connection)) is not None), None)
    column = articles.c.search_doc if few is None and expression is not None else articles.c.id
    select = reading.filtered(sa.select(articles.c.id, articles.c.title, articles.c.dated_at), wanted)
    select = select.add_columns(articles.c.search_doc).order_by(articles.c.search_doc.desc())
    select = select.where(column.in_(sa.bindparam("some", expanding=True)), surely(database, connection, query.root))
    if few is not None:
        numbers: Iterator[int] = iter(few)
    elif expression is not None:
        numbers = chain.from_iterable(search_index.newest_first(database, connection, expression))
    else:
        numbers = (leads[0] if leads else _ALL).ids(connection)
    found: dict[int, Candidate] = {}
    given: set[int] = set()
    looked_at = 0
    for some in chunks(numbers, IN_SIZE):
        rows = connection.execute(select, {"some": some}).all()
        if few is not None and expression is not None:
            held = search_index.holding(database, connection, expression, [row.search_doc for row in rows])
            rows = [row for row in rows if row.search_doc in held]
        found |= {row.id: Candidate(row.id, row.title, row.dated_at) for row in rows if row.id not in given}
        looked_at += len(some)
        if len(found) >= most or (looked_at >= LOOKED_AT and len(found) >= 2 * limit):
            yield list(found.values())
            given |= found.keys()
            found, looked_at = {}, 0
    yield list(found.values())


# -- what must hold of an article's source, topic and time


@dataclass(frozen=True, slots=True)
class _Lead:
    """A condition by whose index articles are found, the newest first: their numbers, ordered by `key`."""

    select: sa.Select[Any]
    key: tuple[sa.ColumnElement[Any], ...]

    def few(self, connection: Connection) -> list[int] | None:
        """The articles, if there are at most `FEW`."""
        ids = [row[0] for row in connection.execute(self._ordered().limit(FEW + 1))]
        return list(dict.fromkeys(ids)) if len(ids) <= FEW else None

    def ids(self, connection: Connection) -> Iterator[int]:
        """Every article; one may come more than once."""
        select = self._ordered().limit(FEW)
        rows: Sequence[sa.Row[Any]] = connection.execute(select).all()
        while rows:
            yield from (row[0] for row in rows)
            reached: tuple[Any, ...] = tuple(rows[-1])[1:]
            last = sa.tuple_(*(sa.literal(one, key.type) for key, one in zip(self.key, reached, strict=True)))
            rows = connection.execute(select.where(sa.tuple_(*self.key) < last)).all()

    def _ordered(self) -> sa.Select[Any]:
        return self.select.add_columns(*self.key).order_by(*(key.desc() for key in self.key))


_ALL: Final = _Lead(sa.select(articles.c.id), (articles.c.search_doc,))


def _leads(query: Query, wanted: ArticleFilter) -> Iterator[_Lead]:
    must = query.root.parts if isinstance(query.root, Every) else (query.root,)
    asked: dict[str, list[Condition]] = {}
    for part in must:
        if isinstance(part, Condition):
            asked.setdefault(part.key, []).append(part)
    for name in (*(each.value for each in asked.get("topic", ())), *filter(None, (wanted.topic,))):
        topic = sa.select(topics.c.id).where(topics.c.name == name).scalar_subquery()
        of_topic = sa.select(article_topics.c.article_id).where(article_topics.c.topic_id == topic)
        yield _Lead(of_topic, (article_topics.c.article_id,))
    for name in (*(each.value for each in asked.get("source", ())), *filter(None, (wanted.source,))):
        met = sa.select(sightings.c.article_id).where(sightings.c.source == name)
        yield _Lead(met, (sightings.c.first_seen, sightings.c.article_id))
    after = [each.moment for each in asked.get("after", ())] + [wanted.since]
    before = [each.moment for each in asked.get("before", ())] + [wanted.until]
    within = [articles.c.dated_at >= moment for moment in after if moment is not None]
    within += [articles.c.dated_at < moment for moment in before if moment is not None]
    if within:
        yield _Lead(sa.select(articles.c.id).where(*within), (articles.c.dated_at, articles.c.id))


# -- what the index and SQL can tell of a query


def sought(node: Node) -> Expression | None:
    """What the index holds of every article of which the node is true, and of some others; `None`: it can't tell."""
    if isinstance(node, Condition):
        return conditions.sought(node)
    if isinstance(node, Word):
        last = len(node.tokens) - 1
        return all_of(tuple(Token(token, node.prefix and i == last) for i, token in enumerate(node.tokens)))
    parts = [sought(part) for part in node.parts]
    known = tuple(part for part in parts if part is not None)
    if isinstance(node, Either):
        return any_of(known) if len(known) == len(parts) else None
    return all_of(known) if known else None


def where(database: Database, connection: Connection, node: Node) -> sa.ColumnElement[bool]:
    """What of a query's tree the index and SQL can tell, over `articles`: true of every article of which the tree is,
    and of some others. It holds for the view of the store that `connection` has.
    """
    expression = sought(node)
    if expression is not None:
        return sa.and_(search_index.among(database, connection, expression), surely(database, connection, node))
    if isinstance(node, Either):
        return sa.or_(*(where(database, connection, part) for part in node.parts))
    if isinstance(node, Every):
        parts = (where(database, connection, part) for part in node.parts)
        return sa.and_(*parts, *_refusals(database, connection, node))
    return surely(database, connection, node)


def surely(database: Database, connection: Connection, node: Node) -> sa.ColumnElement[bool]:
    """What is asked of an article beside what the index holds of it (`sought`)."""
    if isinstance(node, Condition):
        return conditions.holds(database, node)
    if isinstance(node, Word):
        return sa.true()
    if isinstance(node, Either):
        tell = where if sought(node) is None else surely
        return sa.or_(*(tell(database, connection, part) for part in node.parts))
    parts = (surely(database, connection, part) for part in node.parts)
    return sa.and_(*parts, *_refusals(database, connection, node))


def _refusals(database: Database, connection: Connection, node: Every) -> Iterator[sa.ColumnElement[bool]]:
    """Which articles hold a word is known but roughly: only conditions can refuse here."""
    for part in node.without:
        if all(isinstance(leaf, Condition) for leaf in leaves(part)):
            yield sa.not_(surely(database, connection, part))
