"""Between the frozen types and the columns of a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from crawler.items import (
    Article,
    ArticleRecord,
    Moment,
    Precision,
    RawPage,
    UseTerms,
    ZoneOrigin,
)
from crawler.text import search_tokens

T = TypeVar("T")
Columns = dict[str, Any]

# Looked up by an export for each row: a call of the enumeration takes five times as long.
PRECISIONS: Final = {each.value: each for each in Precision}
ORIGINS: Final = {each.value: each for each in ZoneOrigin}

IN_SIZE: Final = 500
"""Values in one IN list: within SQLite's limit of variables, and few enough shapes for the statement cache."""
MAX_LANG: Final = 16


def chunks(values: Iterable[T], size: int = IN_SIZE) -> Iterator[list[T]]:
    """`values` in lists of at most `size`."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


def storable(text: str) -> str:
    """`text` without what a database refuses: NUL (PostgreSQL) and lone surrogates (both)."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def optional(text: str | None) -> str | None:
    """Storable text, or `None` when there is none."""
    return storable(text) if text else None


def many(texts: Sequence[str]) -> list[str]:
    """A list of texts for a JSON column."""
    return [storable(text) for text in texts]


def moment_columns(name: str, moment: Moment | None) -> Columns:
    """The four columns of a publisher's time."""
    return {
        f"{name}_at": moment.utc if moment else None,
        f"{name}_offset": moment.offset if moment else None,
        f"{name}_precision": moment.precision.value if moment else None,
        f"{name}_zone_from": moment.zone_from.value if moment else None,
    }


def terms_columns(terms: UseTerms) -> dict[str, str]:
    """What is known of the terms of use, for a JSON column."""
    named = {
        "robots": terms.robots,
        "tdm_reservation": terms.tdm_reservation,
        "tdm_policy": terms.tdm_policy,
        "licence": terms.licence,
    }
    return {name: storable(value) for name, value in named.items() if value is not None}


def described(article: Article) -> Columns:
    """What a page says about its article, apart from text, title and times."""
    lang = article.language
    return {
        "canonical": optional(article.canonical),
        "summary": optional(article.summary),
        "authors": many(article.authors),
        "lang": optional(lang) if lang is None or len(lang) <= MAX_LANG else None,
        "site": optional(article.site_name),
        "section": optional(article.section),
        "tags": many(article.tags),
        "image": optional(article.image.url) if article.image else None,
        "image_caption": optional(article.image.caption) if article.image else None,
        "captions": many(article.captions),
        "source_line": optional(article.source_line),
        "terms": terms_columns(article.terms),
    }


def judged(article: Article) -> Columns:
    """How the text was had."""
    return {"extractor": storable(article.extractor), "confidence": article.confidence}


def page_columns(article_id: int, raw: RawPage) -> Columns:
    """The row of a raw page."""
    return {
        "article_id": article_id,
        "url": storable(raw.url),
        "status": raw.status,
        "headers": {storable(name): storable(value) for name, value in raw.headers.items()},
        "size": raw.size,
        "fetched_at": raw.fetched_at,
        "body": raw.body_zstd,
    }


def words_in(parts: Sequence[str | None]) -> str:
    """The index tokens of headline, standfirst and text as far as there are, storable."""
    return storable(search_tokens("\n".join(part for part in parts if part)))


def words_of(record: ArticleRecord) -> str:
    """The record's index tokens, storable."""
    return storable(record.search_tokens)
