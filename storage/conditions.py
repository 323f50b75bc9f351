"""Conditions of a query (``site:``, ``author:`` …) in SQL, with the same answers on SQLite and PostgreSQL, and the
tokens by which the search index finds the articles of which some of them may be true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.config import nearest
from crawler.errors import BadQuery
from crawler.text.query import Condition, Query
from crawler.urls import normalize_url, url_key
from storage import reading
from storage.database import Database
from storage.expressions import AnyOf, Expression, Token, all_of, any_of
from storage.schema import articles, sightings, sources, topics

MOST_NAMES: Final = 10_000
"""Names of sources and topics among which a misspelt one is looked for."""
MAX_MARK: Final = 100
"""Characters of a mark; what is longer is told apart by the article."""
MOST_PAIRS: Final = 300
"""Pairs of letters in bylines of one article that are indexed; with more it is a candidate for every author."""

_MANY_AUTHORS: Final = Token("a=")
_PORT = re.compile(r"(.*):\d+", re.DOTALL)
_BLANK = re.compile(r"\s")


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


def marks(key: str, site: str | None, lang: str | None, authors: Iterable[str]) -> tuple[str, ...]:
    """The tokens that an article is indexed by beside its words: the hosts that it is under, what its site calls
    itself, its language, and the pairs of letters in its bylines. No word has their sign in it.
    """
    found = {*_host_marks(key.partition("/")[0])}
    if site:
        found.add(_mark("s", site))
    if lang:
        found.add(_mark("l", lang))
    pairs = {pair for name in authors for pair in _pairs(f"{name} ")}
    return tuple(sorted(found | pairs if len(pairs) <= MOST_PAIRS else {*found, _MANY_AUTHORS.text}))


def sought(condition: Condition) -> Expression | None:
    """What every article of which the condition is true is indexed by; `None` where the index can't tell."""
    value = condition.value
    if condition.key == "lang":
        return Token(_mark("l", value))
    if condition.key == "author":
        pairs = tuple(map(Token, dict.fromkeys(_pairs(value))))
        named = all_of(pairs) if pairs else Token(_mark("a", value), begun=True)
        return AnyOf((named, _MANY_AUTHORS))
    if condition.key != "site":
        return None
    host = _host(value)
    names = dict.fromkeys((_mark("s", value), _mark("s", host or value)))
    return any_of(tuple(map(Token, names)))


def _mark(kind: str, value: str) -> str:
    return f"{kind}={_BLANK.sub('_', value.casefold())[:MAX_MARK]}"


def _pairs(name: str) -> list[str]:
    folded = _BLANK.sub("_", name.casefold())
    return [f"a={folded[at : at + 2]}" for at in range(len(folded) - 1)]


@lru_cache(maxsize=4096)
def _host_marks(place: str) -> frozenset[str]:
    return frozenset(_mark("s", name) for name in _hosts(place))


def _hosts(place: str) -> set[str]:
    """A host and those above it, with its port, if it has one, and without."""
    bare = _PORT.fullmatch(place)
    found: set[str] = set()
    for host in {place, bare[1] if bare else place}:
        labels = host.split(".")
        found |= {".".join(labels[at:]) for at in range(len(labels))}
    return found


def _host(value: str) -> str | None:
    """The host that `value` names as URL keys have it; `None`: it can't be one."""
    return None if normalize_url(f"https://{value}/") is None else url_key(f"https://{value}/").partition("/")[0]


def _on_site(database: Database, value: str) -> sa.ColumnElement[bool]:
    """Whether the URL's host is `value` or lies under it, at any port if it names none, or the site calls itself so."""
    named = sa.func.coalesce(articles.c.site, "") == value
    host = _host(value)
    if host is None:
        return named
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
