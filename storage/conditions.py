"""Conditions of a query (``site:``, ``author:`` …) in SQL, with the same answers on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.config import nearest
from crawler.errors import BadQuery
from crawler.text.query import Condition, Query
from crawler.urls import normalize_url, url_key
from storage import reading
from storage.database import Database
from storage.schema import articles, sightings, sources, topics

MOST_NAMES = 10_000
"""Names of sources and topics among which a misspelt one is looked for."""


def holds(database: Database, condition: Condition) -> sa.ColumnElement[bool]:
    """Whether it is true of an article (over `articles`); never NULL, so that it can be negated."""
    value = condition.value
    match condition.key:
        case "source":
            return reading.met_by(value)
        case "topic":
            return reading.on_topic(value)
        case "lang":
            return sa.func.coalesce(articles.c.lang, "") == value.lower()
        case "after":
            return articles.c.dated_at >= condition.moment
        case "before":
            return articles.c.dated_at < condition.moment
        case "author":
            return _written_by(database, value)
        case _:
            return _on_site(database, value)


def _on_site(database: Database, value: str) -> sa.ColumnElement[bool]:
    """Whether the URL's host is `value` or lies under it, at any port if it names none, or the site calls itself so."""
    named = sa.func.coalesce(articles.c.site, "") == value
    if normalize_url(f"https://{value}/") is None:
        return named
    host = url_key(f"https://{value}/").partition("/")[0]
    # `key` is the URL without its scheme: what stands before the first slash is host and port.
    if database.is_sqlite:
        place = sa.func.substr(articles.c.key, 1, sa.func.instr(articles.c.key + "/", "/") - 1)
    else:
        place = sa.func.split_part(articles.c.key, "/", 1)
    dotted = sa.literal(".", sa.Text) + sa.type_coerce(place, sa.Text)
    without_port = sa.func.rtrim(dotted, "0123456789")  # ends with the colon, where there was a port
    return sa.or_(named, _ends(dotted, f".{host}"), _ends(without_port, f".{host}:"))


def _ends(text: sa.ColumnElement[str], end: str) -> sa.ColumnElement[bool]:
    return sa.func.substr(text, sa.func.length(text) - len(end) + 1) == end


def _written_by(database: Database, value: str) -> sa.ColumnElement[bool]:
    """Whether `value` stands in a byline. The databases fold case by different rules beyond ASCII: there the name
    is looked for as typed, small, capitalized and in capitals.
    """
    if database.is_sqlite:
        names = sa.func.json_each(articles.c.authors).table_valued("value")
        name: sa.ColumnElement[str] = names.c.value
    else:
        names = sa.func.json_array_elements_text(articles.c.authors).table_valued("value")
        name = names.c.value
    find = sa.func.instr if database.is_sqlite else sa.func.strpos
    if value.isascii():
        found = find(sa.func.lower(name), value.lower()) > 0
    else:
        forms = dict.fromkeys((value, value.lower(), value.title(), value.upper()))
        found = sa.or_(*(find(name, form) > 0 for form in forms))
    return sa.exists(sa.select(sa.literal(1)).select_from(names).where(found))


def check(connection: Connection, query: Query) -> None:
    """`BadQuery`, with its place and the nearest name, when a topic or source in it was never there."""
    for condition in query.conditions:
        if condition.key == "topic":
            known = sa.select(topics.c.name)
            found = connection.execute(known.where(topics.c.name == condition.value).limit(1)).scalar()
        elif condition.key == "source":
            known = sa.select(sources.c.name)
            met = sa.select(sightings.c.source).where(sightings.c.source == condition.value).limit(1)
            found = (
                connection.execute(known.where(sources.c.name == condition.value)).scalar()
                or connection.execute(met).scalar()
            )
        else:
            continue
        if found is None:
            near = nearest(condition.value, tuple(connection.execute(known.limit(MOST_NAMES)).scalars()))
            raise BadQuery(
                f"search {query.typed[:200]!r}: there is no {condition.key} {condition.value!r}{near}; "
                f"see `presswatch {condition.key} list`",
                query.typed,
                condition.at,
            )
