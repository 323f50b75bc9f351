"""Reading articles: the columns of an exported row, and what a filter means in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from crawler.items import ArticleFilter, ArticleRow
from storage.columns import article_row, chunks
from storage.schema import article_topics, articles, sightings, texts, topics, versions

S = TypeVar("S", bound="sa.Select[Any]")

SHOWN = (
    sa.select(articles, texts.c.text, texts.c.content_hash)
    .join(versions, sa.and_(versions.c.article_id == articles.c.id, versions.c.number == articles.c.version))
    .join(texts, texts.c.id == versions.c.text_id)
)
"""An article with the text that it shows now."""


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


def by_ids(connection: Connection, ids: Sequence[int], more: Sequence[sa.ColumnElement[Any]] = ()) -> list[RowMapping]:
    """The shown articles of these row numbers, with `more` columns, in no order."""
    found: list[RowMapping] = []
    shown = SHOWN.add_columns(*more)
    for some in chunks(ids):
        found += connection.execute(shown.where(articles.c.id.in_(some))).mappings()
    return found


def topics_of(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Names of the topics to which each article belongs, sorted."""
    names: dict[int, list[str]] = {}
    for some in chunks(ids):
        query = (
            sa.select(article_topics.c.article_id, topics.c.name)
            .join(topics, topics.c.id == article_topics.c.topic_id)
            .where(article_topics.c.article_id.in_(some))
        )
        for row_id, name in connection.execute(query):
            names.setdefault(row_id, []).append(name)
    return {row_id: tuple(sorted(some)) for row_id, some in names.items()}


def with_versions(connection: Connection, rows: Mapping[int, ArticleRow]) -> list[ArticleRow]:
    """Every version of these articles, by row number, first version first; an earlier one has its own headline, text
    and time of fetching, and all else as the article has it now.
    """
    told: list[ArticleRow] = []
    query = (
        sa.select(
            versions.c.article_id,
            versions.c.number,
            versions.c.title,
            versions.c.seen_at,
            texts.c.text,
            texts.c.content_hash,
        )
        .join(texts, texts.c.id == versions.c.text_id)
        .where(versions.c.article_id.in_(list(rows)))
    )
    found: dict[int, dict[int, ArticleRow]] = {}
    for row_id, number, title, seen_at, text, content_hash in connection.execute(query):
        row = rows[row_id]
        if number != row.version:
            row = replace(row, version=number, title=title, text=text, content_hash=content_hash, fetched=seen_at)
        found.setdefault(row_id, {})[number] = row
    for row_id, row in rows.items():
        told += [each for _, each in sorted(found.get(row_id, {row.version: row}).items())]
    return told


def rows_of(connection: Connection, rows: Sequence[RowMapping]) -> list[ArticleRow]:
    """The exported rows of shown articles, in their order."""
    named = topics_of(connection, [row["id"] for row in rows])
    return [article_row(row, named.get(row["id"], ())) for row in rows]
