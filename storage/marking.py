"""What is counted of articles, or chosen by, in great number and mostly without their texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from crawler.items import ArticleFilter, ArticleMark, ArticleRow, Damaged, MarkColumns, in_columns
from crawler.text.query import Query, Word, leaves, read_query
from storage import conditions
from storage.article_rows import as_it_comes, when
from storage.bulk_reading import Stretches, in_bulk
from storage.columns import chunks
from storage.database import Database
from storage.schema import articles

BATCH: Final = 4_000
"""Articles that are read at once without their texts."""
TEXTS: Final = 500
"""The same with them."""

_TOLD: Final = [as_it_comes(articles.c[name]) for name in ("source", "url", "lang", "story")]
_DATED: Final = as_it_comes(articles.c.dated_at)
_DATED_IN_TEXT: Final = sa.func.to_char(sa.func.timezone("UTC", articles.c.dated_at), "YYYY-MM-DD HH24:MI:SS.US")
_MARKS: Final = sa.select(articles.c.id, _DATED, *_TOLD, articles.c.public_id, articles.c.change_seq)
_COLUMNS: Final = sa.select(articles.c.id, _DATED, *_TOLD, articles.c.change_seq)
_COLUMNS_IN_TEXT: Final = sa.select(articles.c.id, _DATED_IN_TEXT, *_TOLD, articles.c.change_seq)


def marks(database: Database, wanted: ArticleFilter, damaged: Damaged) -> Iterator[ArticleMark]:
    """See `Articles.marks`."""
    query = _query(database, wanted)
    if query is not None and _has_words(query):
        rows = in_bulk(database, replace(wanted, all_versions=False), query, TEXTS, damaged)
        yield from map(_mark, rows)
        return
    at = when(database)
    for found in _stretches(database, _MARKS, wanted, query, damaged):
        for (_, dated_at, source, url, lang, story, public_id, _), names in found:
            yield ArticleMark(at(dated_at), source, url, lang, story, names, public_id)


def columns(database: Database, wanted: ArticleFilter, damaged: Damaged) -> Iterator[MarkColumns]:
    """See `Articles.mark_columns`."""
    query = _query(database, wanted)
    if query is not None and _has_words(query):
        yield from map(in_columns, chunks(marks(database, wanted, damaged)))
        return
    select = _COLUMNS if database.is_sqlite else _COLUMNS_IN_TEXT
    for found in _stretches(database, select, wanted, query, damaged):
        if found:
            rows, topics = zip(*found, strict=True)
            _, dated_at, source, url, lang, story, _ = zip(*rows, strict=True)
            yield MarkColumns(dated_at, source, url, lang, story, topics)


def _query(database: Database, wanted: ArticleFilter) -> Query | None:
    if wanted.words is None:
        return None
    query = read_query(wanted.words, now=database.now(), zone=wanted.zone)
    with database.read() as connection:
        conditions.check(connection, query)
    return query


def _has_words(query: Query) -> bool:
    return any(isinstance(leaf, Word) for leaf in leaves(query.root))


def _stretches(
    database: Database, select: sa.Select[Any], wanted: ArticleFilter, query: Query | None, damaged: Damaged
) -> Stretches:
    at = len(select.selected_columns) - 1
    return Stretches(database, select, seq_at=at, wanted=wanted, query=query, batch=BATCH, damaged=damaged)


def _mark(row: ArticleRow) -> ArticleMark:
    dated_at = row.published.utc if row.published is not None else row.first_seen
    return ArticleMark(dated_at, row.source, row.url, row.lang, row.cluster_id, row.topics, row.id)
