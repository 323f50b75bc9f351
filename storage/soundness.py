"""What must hold in every store, checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from crawler.damage import Damage
from crawler.errors import StoreBusy, StoreError
from crawler.items import ArticleFilter
from storage import index_soundness, search_index
from storage.article_rows import TEXT, as_it_comes
from storage.bulk_reading import in_bulk
from storage.damage import REFUSALS
from storage.database import Database, is_unreadable
from storage.packing import DamagedText, kept_text
from storage.schema import (
    articles,
    counters,
    page_dictionaries,
    pages,
    sightings,
    sources,
    texts,
    url_keys,
    versions,
    visits,
)

NAMED: Final = 5
"""Rows named in one finding; where there is one there may be thousands."""
COMPARED: Final = 2_000
"""Articles of a larger store that are compared with the search index."""
UNPACKED: Final = 500
"""Texts unpacked at once."""
COMPARING: Final = 120.0
"""Seconds that this may take."""
BATCH: Final = 500
"""Articles read at once where some can't be."""


def findings(database: Database, *, every: bool = False, compared: index_soundness.Compared | None = None) -> list[str]:
    """What is inconsistent, one line each; empty for a sound store. Reads everything: minutes for millions of
    articles.

    With the search index `COMPARED` articles are compared, chosen by chance, or `every` one; `compared` hears of it.
    """
    found: list[str] = []
    with database.read() as connection:
        looks: list[Callable[[Connection], list[str]]] = [_file, _pointers] if database.is_sqlite else []
        looks += [partial(_asked, finding, query) for finding, query in _QUERIES.items()]
        looks += [partial(_texts, database), partial(_not_indexed, database), _pages, _counters]
        looks.append(partial(_indexed_otherwise, database, every, compared))
        for look in looks:
            try:
                found += look(connection)
            except (DBAPIError, sqlite3.DatabaseError) as error:
                said = database.wrapped(error)
                if not database.is_sqlite or isinstance(said, StoreBusy):
                    raise
                found.append(str(said))  # of a damaged file the rest may still be told
    return list(dict.fromkeys(found))


def _file(connection: Connection) -> list[str]:
    """Damaged pages of an SQLite file, with the table that each belongs to, as far as SQLite knows."""
    said = _checked(connection, str(NAMED))
    if not said:
        return []
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
    names: list[str] = list(tables.scalars())
    told = [f"{name}: {line}" for name in names for line in _checked(connection, f"'{name}'")[:NAMED]]
    return [f"database file: {line}" for line in told or said]


def _checked(connection: Connection, what: str) -> list[str]:
    query = f"SELECT * FROM pragma_quick_check({what})"  # noqa: S608 - a number or the name of a table
    try:
        verdicts = connection.exec_driver_sql(query).scalars().all()
    except REFUSALS:  # it names the damaged pages in its first row, then stumbles over them itself
        verdicts = connection.exec_driver_sql(f"{query} LIMIT 1").scalars().all()
    lines = [line for verdict in verdicts for line in str(verdict).splitlines()]
    return [line for line in lines if line != "ok" and not line.startswith("***")]


def _pointers(connection: Connection) -> list[str]:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [f"{row[0]} row {row[1]}: points to no row of {row[2]}" for row in broken[:NAMED]]


def _asked(finding: str, query: sa.Select[Any], connection: Connection) -> list[str]:
    return [f"{finding}: {name}" for name in connection.execute(query.limit(NAMED)).scalars()]


def _not_indexed(database: Database, connection: Connection) -> list[str]:
    missing = search_index.missing(database, connection, NAMED)
    return [f"article missing in the search index: {name}" for name in missing]


def _indexed_otherwise(
    database: Database, every: bool, compared: index_soundness.Compared | None, connection: Connection
) -> list[str]:
    bounds: dict[str, Any] = {} if every else {"most": COMPARED, "seconds": COMPARING}
    try:
        wrong = index_soundness.differing(database, connection, compared=compared, **bounds)
        told = list(map(str, islice(wrong, NAMED)))
        more = sum(1 for _ in wrong)
    except StoreError as error:
        return [str(error)]
    return [*told, f"search index: {more + NAMED:,} such findings in all"] if more else told


def _texts(database: Database, connection: Connection) -> list[str]:
    """Texts that can't be unpacked, with the versions that show them; where the file is damaged, every article that
    can't be read.
    """
    try:
        return _damaged_texts(connection)
    except REFUSALS as error:
        if not is_unreadable(error):
            raise
    damage = Damage()
    for _ in in_bulk(database, ArticleFilter(all_versions=True), None, BATCH, damage.note):
        pass
    more = [f"articles that can't be read: {damage.count:,} in all"] if damage.count > NAMED else []
    return [*(f"article that can't be read: {line}" for line in damage.named[:NAMED]), *more]


def _damaged_texts(connection: Connection) -> list[str]:
    query = sa.select(texts.c.id, as_it_comes(TEXT, "kept")).order_by(texts.c.id)
    damaged: dict[int, str] = {}
    count = 0
    for row_id, kept in connection.execute(query.execution_options(yield_per=UNPACKED)):
        try:
            kept_text(kept)
        except DamagedText as error:
            count += 1
            if len(damaged) < NAMED:
                damaged[row_id] = str(error)
    shown = (
        sa.select(articles.c.public_id, versions.c.number, articles.c.version, versions.c.text_id)
        .join(versions, versions.c.article_id == articles.c.id)
        .where(versions.c.text_id.in_(damaged))
        .order_by(articles.c.id, versions.c.number)
        .limit(NAMED)
    )
    found = []
    for name, number, latest, text_id in connection.execute(shown) if damaged else ():
        of = f"{name}, version {number}" if number != latest else name
        found.append(f"text: {of}: {damaged[text_id]}")
    return [*found, f"texts: {count:,} such findings in all"] if count > NAMED else found


def _pages(connection: Connection) -> list[str]:
    """Raw pages that nobody could unpack: no frame of zstd, or one whose dictionary is gone."""
    from storage.page_packing import HEADER, dictionary_of

    found: list[str] = []
    there = set(connection.execute(sa.select(page_dictionaries.c.id)).scalars())
    query = (
        sa.select(articles.c.public_id, sa.func.substr(pages.c.body, 1, HEADER))
        .join(articles, articles.c.id == pages.c.article_id)
        .order_by(pages.c.article_id)
    )
    for some in connection.execute(query.execution_options(yield_per=2_000)).partitions():
        for name, header in some:
            try:
                number = dictionary_of(bytes(header))
            except ValueError:
                found.append(f"raw page that is no zstd frame: {name}")
            else:
                if number and number not in there:
                    found.append(f"raw page packed with dictionary {number}, which is missing: {name}")
    if len(found) > NAMED:
        found = [*found[:NAMED], f"raw pages: {len(found):,} such findings in all"]
    return found


def _counters(connection: Connection) -> list[str]:
    counter = connection.execute(sa.select(counters.c.value).where(counters.c.name == "change_seq")).scalar()
    highest = connection.execute(sa.select(sa.func.max(articles.c.change_seq))).scalar() or 0
    if counter is None:
        return ["the change counter is missing"]
    found = [f"change_seq {highest} is above its counter {counter}"] if highest > counter else []
    counted = connection.execute(sa.select(counters.c.value).where(counters.c.name == "articles")).scalar()
    there = connection.execute(sa.select(sa.func.count()).select_from(articles)).scalar_one()
    return found if counted == there else [*found, f"articles: {there}, but counted as {counted}"]


def _without(table: sa.Table, *on: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return ~sa.exists(sa.select(sa.literal(1)).select_from(table).where(*on))


_shown = sa.and_(versions.c.article_id == articles.c.id, versions.c.number == articles.c.version)
_met = (
    sa.select(sightings.c.source, sa.func.count(sightings.c.article_id.distinct()).label("many"))
    .group_by(sightings.c.source)
    .subquery()
)
_QUERIES: Final[dict[str, sa.Select[Any]]] = {
    "article without the version that it shows": sa.select(articles.c.public_id).where(_without(versions, _shown)),
    "text that no version shows": sa.select(texts.c.id).where(_without(versions, versions.c.text_id == texts.c.id)),
    "article whose id is no key": sa.select(articles.c.public_id).where(
        _without(url_keys, url_keys.c.key == articles.c.public_id, url_keys.c.article_id == articles.c.id)
    ),
    "article without a note of its last visit": sa.select(articles.c.public_id).where(
        _without(visits, visits.c.article_id == articles.c.id)
    ),
    "article that nobody met": sa.select(articles.c.public_id).where(
        _without(sightings, sightings.c.article_id == articles.c.id)
    ),
    "provisional article with a page's digest, or the reverse": sa.select(articles.c.public_id).where(
        articles.c.provisional == articles.c.served_digest.is_not(None)
    ),
    "provisional article whose text is not a listing's": sa.select(articles.c.public_id)
    .join(versions, _shown)
    .where(articles.c.provisional, versions.c.basis != "listing"),
    # Its first article, and versions between others, may be missing where only some rows were imported.
    "article whose story is no id": sa.select(articles.c.public_id).where(sa.func.length(articles.c.story) != 32),
    "article dated otherwise than published, else first seen": sa.select(articles.c.public_id).where(
        articles.c.dated_at != sa.func.coalesce(articles.c.published_at, articles.c.first_seen)
    ),
    "source whose count of articles is wrong": sa.select(sources.c.name)
    .outerjoin(_met, _met.c.source == sources.c.name)
    .where(sources.c.articles != sa.func.coalesce(_met.c.many, 0)),
}
