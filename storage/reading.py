"""Reading articles: what a filter means in SQL, and the rows of articles by number, with topics and versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.items import ArticleFilter, ArticleRow, Damaged, DamagedRow
from storage.article_rows import SHOWN, TEXT, as_it_comes, maker
from storage.columns import chunks
from storage.damage import UNREADABLE, of_values, refuse
from storage.database import Database
from storage.packing import DamagedText, kept_text
from storage.schema import article_topics, articles, sightings, texts, topics, versions

S = TypeVar("S", bound="sa.Select[Any]")


def filtered(select: S, wanted: ArticleFilter) -> S:
    """`select` (over `articles`) with every condition of the filter but `words`; `until` is the first moment left
    out.
    """
    if wanted.topic is not None:
        select = select.where(on_topic(wanted.topic))
    if wanted.source is not None:
        select = select.where(met_by(wanted.source))
    if wanted.lang is not None:
        select = select.where(articles.c.lang == wanted.lang)
    if wanted.since is not None:
        select = select.where(articles.c.dated_at >= wanted.since)
    if wanted.until is not None:
        select = select.where(articles.c.dated_at < wanted.until)
    if wanted.seen_since is not None:
        select = select.where(articles.c.first_seen >= wanted.seen_since)
    if wanted.stories is not None:
        select = select.where(articles.c.story.in_(wanted.stories))
    if wanted.after_seq is not None:
        select = select.where(articles.c.change_seq > wanted.after_seq)
    return select


def on_topic(name: str) -> sa.ColumnElement[bool]:
    """Whether an article belongs to the topic."""
    topic = sa.select(topics.c.id).where(topics.c.name == name).scalar_subquery()
    return sa.exists().where(article_topics.c.article_id == articles.c.id, article_topics.c.topic_id == topic)


def met_by(source: str) -> sa.ColumnElement[bool]:
    """Whether an article was met by the source."""
    return sa.exists().where(sightings.c.article_id == articles.c.id, sightings.c.source == source)


def among(
    database: Database, column: sa.ColumnElement[int], numbers: Collection[int] | None = None
) -> sa.ColumnElement[bool]:
    """Whether a number is one of these, or of those given with the statement as `numbers` (`listed`): as quick for
    thousands as for one, and one statement for all.
    """
    kind: sa.types.TypeEngine[Any] = sa.String() if database.is_sqlite else sa.ARRAY(sa.BigInteger)
    given = (
        sa.bindparam("numbers", type_=kind)
        if numbers is None
        else sa.bindparam("numbers", listed(database, numbers), type_=kind, unique=True)
    )
    if database.is_sqlite:
        return column.in_(sa.select(sa.func.json_each(given).table_valued("value").c.value))
    return column == sa.any_(sa.cast(given, kind))


def listed(database: Database, numbers: Collection[int]) -> str | list[int]:
    """Numbers as the database takes them."""
    return orjson.dumps(list(numbers)).decode() if database.is_sqlite else list(numbers)


def tuples(connection: Connection, select: sa.Select[Any], values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """The rows as the driver gives them, without SQLAlchemy's around each."""
    with connection.execute(select, values) as result:
        driver: Any = result.cursor
        found: list[tuple[Any, ...]] = driver.fetchall()
    return found


def by_ids(connection: Connection, ids: Sequence[int]) -> list[sa.Row[Any]]:
    """The shown articles of these row numbers, in no order."""
    found: list[sa.Row[Any]] = []
    for some in chunks(ids):
        found += connection.execute(SHOWN.where(articles.c.id.in_(some)))
    return found


NEAR: Final = 4
"""Row numbers that span at most so many times as many as they are."""
# Statements that stand here are read by SQLAlchemy once, which takes longer than what they ask.
_OF_ARTICLES = sa.select(article_topics.c.article_id, topics.c.name).join(
    topics, topics.c.id == article_topics.c.topic_id
)
_TOPICS = _OF_ARTICLES.where(article_topics.c.article_id.in_(sa.bindparam("ids", expanding=True)))
_TOPICS_WITHIN = _OF_ARTICLES.where(article_topics.c.article_id.between(sa.bindparam("low"), sa.bindparam("high")))
ONE = SHOWN.where(articles.c.id == sa.bindparam("article"))
"""The article of a row number."""


def topics_of(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Names of the topics to which each article belongs, sorted."""
    names: dict[int, list[str]] = {}
    if not ids:
        return {}
    low, high = min(ids), max(ids)
    if high - low < NEAR * len(ids):  # a stretch of the table takes a tenth of the time that so many numbers do
        for row_id, name in tuples(connection, _TOPICS_WITHIN, {"low": low, "high": high}):
            names.setdefault(row_id, []).append(name)
        return {row_id: tuple(sorted(some)) for row_id, some in names.items()}
    for some in chunks(ids):
        for row_id, name in tuples(connection, _TOPICS, {"ids": some}):
            names.setdefault(row_id, []).append(name)
    return {row_id: tuple(sorted(some)) for row_id, some in names.items()}


def with_versions(connection: Connection, rows: Mapping[int, ArticleRow], damaged: Damaged) -> list[ArticleRow]:
    """Every version of these articles, by row number, first version first; an earlier one has its own headline, text
    and time of fetching, and all else as the article has it now. `damaged` hears of those that can't be read.
    """
    told: list[ArticleRow] = []
    query = (
        sa.select(
            versions.c.article_id,
            versions.c.number,
            versions.c.title,
            versions.c.seen_at,
            as_it_comes(TEXT, "raw_text"),
            texts.c.content_hash,
        )
        .join(texts, texts.c.id == versions.c.text_id)
        .where(versions.c.article_id.in_(list(rows)))
    )
    found: dict[int, dict[int, ArticleRow]] = {}
    for row_id, number, title, seen_at, kept, content_hash in connection.execute(query).all():
        row = rows[row_id]
        if number != row.version:
            try:
                text = kept_text(kept)
            except DamagedText as error:
                damaged(DamagedRow(row.id, row.url, str(error), row.change_seq, number))
                continue
            row = row._replace(version=number, title=title, text=text, content_hash=content_hash, fetched=seen_at)
        found.setdefault(row_id, {})[number] = row
    for row_id, row in rows.items():
        told += [each for _, each in sorted(found.get(row_id, {row.version: row}).items())]
    return told


def rows_of(
    database: Database, connection: Connection, rows: Sequence[sa.Row[Any]], damaged: Damaged = refuse
) -> list[ArticleRow]:
    """The exported rows of shown articles (`storage.article_rows.SHOWN`), in their order, without those that can't be
    read, of which `damaged` hears.
    """
    named = topics_of(connection, [row[0] for row in rows])
    made = maker(database)
    told: list[ArticleRow] = []
    for row in rows:
        topics = named.get(row[0], ())
        try:
            told.append(made(row, topics))
        except UNREADABLE as error:
            damaged(of_values(made, tuple(row), topics, error))
    return told
