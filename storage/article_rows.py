"""An exported row out of the database: its columns, and what makes it of their values.

These are taken by place and as the driver gives them: SQLAlchemy's look-up of a column by name and its conversions take
longer than the database takes for the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa

from crawler.items import ArticleRow, Moment, UseTerms
from storage.columns import ORIGINS, PRECISIONS
from storage.database import Database
from storage.packing import kept_text
from storage.schema import articles, texts, versions

TEXT: Final = sa.cast(texts.c.text, sa.LargeBinary)
"""A text as `storage.packing.kept_text` takes it: SQLite's driver refuses a whole answer for one text that is none."""
COLUMNS: Final = (
    articles.c.id,
    articles.c.public_id,
    articles.c.url,
    articles.c.title,
    TEXT,
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
"""The first is the article's row number, the last its change number."""
TEXT_AT: Final = next(place for place, column in enumerate(COLUMNS) if column is TEXT)
_NO_TERMS: Final = UseTerms()


def as_it_comes(column: sa.ColumnElement[Any], name: str | None = None) -> sa.ColumnElement[Any]:
    """A column as the driver gives it."""
    return sa.type_coerce(column, sa.types.NullType()).label(name or f"raw_{column.key}")


def of_shown(
    *columns: Any,  # noqa: ANN401 - columns and tables, as `sa.select` takes them
    lost: bool = False,
) -> sa.Select[Any]:
    """Columns of articles, each with the version and the text that it shows now; with `lost` also of articles that have
    none, as a damaged index leaves them.
    """
    shown = sa.and_(versions.c.article_id == articles.c.id, versions.c.number == articles.c.version)
    return (
        sa.select(*columns)
        .join_from(articles, versions, shown, isouter=lost)
        .join(texts, texts.c.id == versions.c.text_id, isouter=lost)
    )


_RAW: Final = [as_it_comes(column, "raw_text" if column is TEXT else None) for column in COLUMNS]
SHOWN: Final = of_shown(*_RAW)
"""An article with the text that it shows now."""
SHOWN_OR_LOST: Final = of_shown(*_RAW, lost=True)
"""The same also of articles whose text is not there: `None`."""


def when(database: Database) -> Callable[[Any], datetime]:
    """What makes UTC of a time as the driver gives it."""
    return _of_text if database.is_sqlite else _in_utc


def maker(database: Database) -> Callable[[Sequence[Any], tuple[str, ...]], ArticleRow]:
    """What makes an exported row of the values of `COLUMNS` and the names of its topics: SQLite gives JSON and times as
    text, PostgreSQL gives lists and times.
    """
    members = _members if database.is_sqlite else tuple
    at = when(database)
    terms = _terms if database.is_sqlite else _terms_of

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
            published_zone,
            modified_at,
            modified_offset,
            modified_precision,
            modified_zone,
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
        ) = values
        # By place, which takes half the time of names; in the order of `ArticleRow`.
        return ArticleRow(
            public_id,
            url,
            title,
            kept_text(text),
            summary,
            members(authors),
            None
            if published_at is None
            else Moment(at(published_at), published_offset, PRECISIONS[published_precision], ORIGINS[published_zone]),
            None
            if modified_at is None
            else Moment(at(modified_at), modified_offset, PRECISIONS[modified_precision], ORIGINS[modified_zone]),
            fetched := at(fetched_at),
            fetched if first_seen == fetched_at else at(first_seen),
            lang,
            source,
            site,
            section,
            members(tags),
            topics,
            image,
            members(captions),
            source_line,
            content_hash,
            story,
            version,
            bool(provisional),
            extractor,
            float(confidence),
            terms(use_terms),
            change_seq,
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
