"""The fields of an exported row: one table gives the order, every format's values, and the documentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from operator import attrgetter
from typing import Any

import orjson

from crawler.items import ArticleRow, Precision


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
    """One field: its name, what it holds, what it means, and the attribute of an `ArticleRow` that it is."""

    name: str
    kind: Kind
    help: str
    path: str

    @property
    def read(self) -> Callable[[ArticleRow], object]:
        """What reads it."""
        return attrgetter(self.path)


FIELDS: tuple[Field, ...] = (
    Field("id", Kind.TEXT, "32 hex digits derived from the canonical URL; the same in every store", "id"),
    Field("url", Kind.TEXT, "canonical URL", "url"),
    Field("title", Kind.TEXT, "headline", "title"),
    Field(
        "text",
        Kind.TEXT,
        "body, one paragraph a line, without title, standfirst, captions and chrome",
        "text",
    ),
    Field("summary", Kind.TEXT, "standfirst or description", "summary"),
    Field("authors", Kind.LIST, "bylines", "authors"),
    Field("published", Kind.MOMENT, "when the publisher says it appeared", "published"),
    Field("modified", Kind.MOMENT, "when the publisher says it was last changed", "modified"),
    Field("fetched", Kind.INSTANT, "when the stored version was fetched", "fetched"),
    Field("first_seen", Kind.INSTANT, "when presswatch first met the article", "first_seen"),
    Field("lang", Kind.TEXT, "language, ISO 639-1", "lang"),
    Field("source", Kind.TEXT, "name of the source that met it first", "source"),
    Field("site", Kind.TEXT, "name the site gives itself", "site"),
    Field("section", Kind.TEXT, "section the publisher put it in", "section"),
    Field("tags", Kind.LIST, "the publisher's tags or keywords", "tags"),
    Field("topics", Kind.LIST, "topics followed here that match", "topics"),
    Field("image", Kind.TEXT, "URL of the lead image", "image"),
    Field("captions", Kind.LIST, "captions of images, kept out of the text", "captions"),
    Field(
        "source_line",
        Kind.TEXT,
        "the line in which a blog names where it took the text from",
        "source_line",
    ),
    Field("content_hash", Kind.TEXT, "64 hex digits, equal for equal texts", "content_hash"),
    Field(
        "cluster_id",
        Kind.TEXT,
        "the story: articles with the same cluster_id tell the same text",
        "cluster_id",
    ),
    Field("version", Kind.INTEGER, "number of the stored version, counted from 1", "version"),
    Field(
        "provisional",
        Kind.FLAG,
        "true while the text comes from a listing and its page was not read",
        "provisional",
    ),
    Field("extractor", Kind.TEXT, "method and version that extracted it", "extractor"),
    Field("confidence", Kind.NUMBER, "how sure the extraction is, 0 to 1", "confidence"),
    Field("robots", Kind.TEXT, "the page's robots directives", "terms.robots"),
    Field("tdm_reservation", Kind.TEXT, "text and data mining reservation (TDMRep)", "terms.tdm_reservation"),
    Field("tdm_policy", Kind.TEXT, "URL of the text and data mining policy (TDMRep)", "terms.tdm_policy"),
    Field("licence", Kind.TEXT, "licence the page names", "terms.licence"),
    Field(
        "change_seq",
        Kind.INTEGER,
        "raised whenever the row or its topics or story change; the order of an export",
        "change_seq",
    ),
)


NAMES = tuple(field.name for field in FIELDS)
_alike = len([*takewhile(lambda pair: pair[0].path == pair[1], zip(FIELDS, ArticleRow._fields, strict=False))])
_rest = attrgetter(*(field.path for field in FIELDS[_alike:]))
_moments = tuple(n for n, field in enumerate(FIELDS) if field.kind is Kind.MOMENT)
_instants = tuple(n for n, field in enumerate(FIELDS) if field.kind is Kind.INSTANT)
_lists = tuple(n for n, field in enumerate(FIELDS) if field.kind is Kind.LIST)
_DAY = Precision.DAY
_JSON = orjson.OPT_APPEND_NEWLINE | orjson.OPT_OMIT_MICROSECONDS


def values_of(row: ArticleRow) -> list[Any]:
    """The values of a row's fields as they are, in the order of `FIELDS`; most stand in a row as they do there."""
    return [*row[:_alike], *_rest(row)]


def told_values(row: ArticleRow) -> list[Any]:
    """`row` as text, numbers and tuples of text, in the order of `FIELDS`.

    A publisher's time is ISO 8601 at the publisher's offset, or the date alone where only the day is known.
    """
    values = values_of(row)
    for n in _moments:
        if values[n] is not None:
            values[n] = values[n].isoformat()
    for n in _instants:
        # As isoformat(timespec="seconds") has it, in a third of the time.
        values[n] = f"{values[n].isoformat()[:19]}+00:00"
    return values


def json_line(row: ArticleRow) -> bytes:
    """`as_mapping` as a line of JSON; orjson writes times, which is faster than to make texts of them.

    TypeError, ValueError or OverflowError for what JSON or a calendar can't carry.
    """
    values = values_of(row)
    for n in _moments:
        moment = values[n]
        if moment is not None:
            values[n] = moment.isoformat() if moment.precision is _DAY else moment.local()
    return orjson.dumps(dict(zip(NAMES, values)), option=_JSON)  # noqa: B905 - `strict` takes a tenth of the time


def as_mapping(row: ArticleRow) -> dict[str, object]:
    """`told_values` by name, lists as lists: what JSON writes and `--json` answers show."""
    values = told_values(row)
    for n in _lists:
        values[n] = list(values[n])
    return dict(zip(NAMES, values, strict=True))
