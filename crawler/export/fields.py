"""The fields of an exported row: one table gives the order, every format's values, and the documentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from crawler.items import ArticleRow, Moment


class Kind(Enum):
    """What a field holds; each format knows how it writes each kind."""

    TEXT = "text"
    LIST = "list of text"
    MOMENT = "publisher's time"
    INSTANT = "time in UTC"
    INTEGER = "whole number"
    NUMBER = "number"
    FLAG = "true or false"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, what it holds, what it means, and where it is read in an `ArticleRow`."""

    name: str
    kind: Kind
    help: str
    read: Callable[[ArticleRow], object]


FIELDS: tuple[Field, ...] = (
    Field("id", Kind.TEXT, "32 hex digits derived from the canonical URL; the same in every store", lambda row: row.id),
    Field("url", Kind.TEXT, "canonical URL", lambda row: row.url),
    Field("title", Kind.TEXT, "headline", lambda row: row.title),
    Field(
        "text",
        Kind.TEXT,
        "body, one paragraph a line, without title, standfirst, captions and chrome",
        lambda row: row.text,
    ),
    Field("summary", Kind.TEXT, "standfirst or description", lambda row: row.summary),
    Field("authors", Kind.LIST, "bylines", lambda row: row.authors),
    Field("published", Kind.MOMENT, "when the publisher says it appeared", lambda row: row.published),
    Field("modified", Kind.MOMENT, "when the publisher says it was last changed", lambda row: row.modified),
    Field("fetched", Kind.INSTANT, "when the stored version was fetched", lambda row: row.fetched),
    Field("first_seen", Kind.INSTANT, "when presswatch first met the article", lambda row: row.first_seen),
    Field("lang", Kind.TEXT, "language, ISO 639-1", lambda row: row.lang),
    Field("source", Kind.TEXT, "name of the source that met it first", lambda row: row.source),
    Field("site", Kind.TEXT, "name the site gives itself", lambda row: row.site),
    Field("section", Kind.TEXT, "section the publisher put it in", lambda row: row.section),
    Field("tags", Kind.LIST, "the publisher's tags or keywords", lambda row: row.tags),
    Field("topics", Kind.LIST, "topics followed here that match", lambda row: row.topics),
    Field("image", Kind.TEXT, "URL of the lead image", lambda row: row.image),
    Field("captions", Kind.LIST, "captions of images, kept out of the text", lambda row: row.captions),
    Field(
        "source_line",
        Kind.TEXT,
        "the line in which a blog names where it took the text from",
        lambda row: row.source_line,
    ),
    Field("content_hash", Kind.TEXT, "64 hex digits, equal for equal texts", lambda row: row.content_hash),
    Field(
        "cluster_id",
        Kind.TEXT,
        "the story: articles with the same cluster_id tell the same text",
        lambda row: row.cluster_id,
    ),
    Field("version", Kind.INTEGER, "number of the stored version, counted from 1", lambda row: row.version),
    Field(
        "provisional",
        Kind.FLAG,
        "true while the text comes from a listing and its page was not read",
        lambda row: row.provisional,
    ),
    Field("extractor", Kind.TEXT, "method and version that extracted it", lambda row: row.extractor),
    Field("confidence", Kind.NUMBER, "how sure the extraction is, 0 to 1", lambda row: row.confidence),
    Field("robots", Kind.TEXT, "the page's robots directives", lambda row: row.terms.robots),
    Field(
        "tdm_reservation", Kind.TEXT, "text and data mining reservation (TDMRep)", lambda row: row.terms.tdm_reservation
    ),
    Field("tdm_policy", Kind.TEXT, "URL of the text and data mining policy (TDMRep)", lambda row: row.terms.tdm_policy),
    Field("licence", Kind.TEXT, "licence the page names", lambda row: row.terms.licence),
    Field(
        "change_seq",
        Kind.INTEGER,
        "raised whenever the row or its topics or story change; the order of an export",
        lambda row: row.change_seq,
    ),
)


def as_mapping(row: ArticleRow) -> dict[str, object]:
    """`row` as text, numbers and lists, in the order of `FIELDS`: what JSON and CSV write and `--json` answers show.

    A publisher's time is ISO 8601 at the publisher's offset, or the date alone where only the day is known.
    """
    return {field.name: _plain(field.read(row)) for field in FIELDS}


def _plain(value: object) -> object:
    if isinstance(value, Moment):
        return value.isoformat()
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return list(value) if isinstance(value, tuple) else value
