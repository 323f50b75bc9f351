"""Exported rows in great number: one statement, read by place, values as the driver gives them.

SQLAlchemy's look-up of a column by name and its conversions take longer than the database takes for the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa

from crawler.items import ArticleFilter, ArticleRow, Moment, UseTerms
from crawler.text.query import Query
from storage import candidates, conditions, reading, search
from storage.columns import ORIGINS, PRECISIONS, chunks
from storage.database import Database
from storage.packing import kept_text
from storage.schema import articles, texts, versions

VERSIONED: Final = 20
"""Articles of which all versions are read at once."""

_SHOWN: Final = (
    articles.c.id,
    articles.c.public_id,
    articles.c.url,
    articles.c.title,
    texts.c.text,
    articles.c.summary,
    articles.c.authors,
    articles.c.published_at,
    articles.c.published_offset,
    articles.c.published_precision,
    articles.c.published_zone_from,
    articles.c.modified_at,
    articles.c.modified_offset,
    articles.c.modified_precision,
    articles.c.modified_zone_from,
    articles.c.fetched_at,
    articles.c.first_seen,
    articles.c.lang,
    articles.c.source,
    articles.c.site,
    articles.c.section,
    articles.c.tags,
    articles.c.image,
    articles.c.captions,
    articles.c.source_line,
    texts.c.content_hash,
    articles.c.story,
    articles.c.version,
    articles.c.provisional,
    articles.c.extractor,
    articles.c.confidence,
    articles.c.terms,
    articles.c.change_seq,
)
_NO_TERMS: Final = UseTerms()
_AFTER: Final = sa.bindparam("after", type_=sa.BigInteger)
_MOST: Final = sa.bindparam("most", type_=sa.Integer)


def _as_it_comes(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, sa.types.NullType()).label(f"raw_{column.key}")


_QUERY: Final = (
    sa.select(*map(_as_it_comes, _SHOWN))
    .join_from(
        articles, versions, sa.and_(versions.c.article_id == articles.c.id, versions.c.number == articles.c.version)
    )
    .join(texts, texts.c.id == versions.c.text_id)
    .where(articles.c.change_seq > _AFTER)
    .order_by(articles.c.change_seq)
    .limit(_MOST)
)


def in_bulk(database: Database, wanted: ArticleFilter, query: Query | None, batch: int) -> Iterator[ArticleRow]:
    """Articles that pass the filter and of which `query` is true, by `change_seq`; see `Articles.rows`."""
    select = reading.filtered(_QUERY, replace(wanted, after_seq=None))
    if query is not None:
        with database.read() as connection:
            conditions.check(connection, query)
        select = select.add_columns(*search.told(database, query))
    filtered = reading.filtered(sa.select(articles.c.id), replace(wanted, after_seq=None))
    made = _maker(database)
    after = wanted.after_seq or 0
    while True:
        upto = None
        with database.read() as connection:
            asked = select
            if query is not None:
                meant, upto = candidates.matching(database, connection, query, filtered, after)
                asked = select.where(meant) if upto is None else select.where(meant, articles.c.change_seq <= upto)
            found = connection.execute(asked, {"after": after, "most": batch}).all()
            ids = [row[0] for row in found]
            named = reading.topics_of(connection, ids)
        rows = [(row[0], made(row, named.get(row[0], ()))) for row in found]
        if query is not None:
            rows = [
                (row_id, one)
                for (row_id, one), row in zip(rows, found, strict=True)
                if search.holds(query, (one.title, one.summary, one.text), row[len(_SHOWN) :])
            ]
        if wanted.all_versions:
            for some in chunks(rows, VERSIONED):
                with database.read() as connection:
                    told = reading.with_versions(connection, dict(some))
                yield from told
        else:
            for _, one in rows:
                yield one
        if len(found) == batch:
            after = found[-1][len(_SHOWN) - 1]
        elif upto is None:
            return
        else:
            after = upto


def _maker(database: Database) -> Callable[[Sequence[Any], tuple[str, ...]], ArticleRow]:
    """What makes an exported row of the values of `_QUERY`: SQLite gives JSON and times as text, PostgreSQL gives lists
    and times.
    """
    members = _members if database.is_sqlite else tuple
    at = _of_text if database.is_sqlite else _in_utc
    terms = _terms if database.is_sqlite else _terms_of

    def moment(when: Any, offset: int, precision: str, zone_from: str) -> Moment:  # noqa: ANN401 - a driver's own
        return Moment(at(when), offset, PRECISIONS[precision], ORIGINS[zone_from])

    def made(values: Sequence[Any], topics: tuple[str, ...]) -> ArticleRow:
        (
            _,
            public_id,
            url,
            title,
            text,
            summary,
            authors,
            published_at,
            published_offset,
            published_precision,
            published_zone_from,
            modified_at,
            modified_offset,
            modified_precision,
            modified_zone_from,
            fetched_at,
            first_seen,
            lang,
            source,
            site,
            section,
            tags,
            image,
            captions,
            source_line,
            content_hash,
            story,
            version,
            provisional,
            extractor,
            confidence,
            use_terms,
            change_seq,
        ) = values[: len(_SHOWN)]
        return ArticleRow(
            id=public_id,
            url=url,
            title=title,
            text=kept_text(text),
            summary=summary,
            authors=members(authors),
            published=None
            if published_at is None
            else moment(published_at, published_offset, published_precision, published_zone_from),
            modified=None
            if modified_at is None
            else moment(modified_at, modified_offset, modified_precision, modified_zone_from),
            fetched=at(fetched_at),
            first_seen=at(first_seen),
            lang=lang,
            source=source,
            site=site,
            section=section,
            tags=members(tags),
            topics=topics,
            image=image,
            captions=members(captions),
            source_line=source_line,
            content_hash=content_hash,
            cluster_id=story,
            version=version,
            provisional=bool(provisional),
            extractor=extractor,
            confidence=float(confidence),
            terms=terms(use_terms),
            change_seq=change_seq,
        )

    return made


def _members(json: str) -> tuple[str, ...]:
    return () if json == "[]" else tuple(orjson.loads(json))


def _of_text(moment: str) -> datetime:
    return datetime.fromisoformat(f"{moment}+00:00")


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _terms(json: str) -> UseTerms:
    return _NO_TERMS if json == "{}" else UseTerms(**orjson.loads(json))


def _terms_of(told: dict[str, str]) -> UseTerms:
    return UseTerms(**told) if told else _NO_TERMS
