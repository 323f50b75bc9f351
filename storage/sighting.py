"""Articles that a source's door names and that the store holds already: where they were met, without fetching them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.urls import article_id, normalize_url, url_key
from storage import sequence
from storage.columns import Columns, chunks, optional, storable
from storage.database import Database
from storage.ledger import MAX_FORMS, Ledger
from storage.schema import articles, sightings, url_keys

Forms = dict[str, str | None]
"""Forms under which a source met an article, each with what its door last called it."""

_FORMS = (
    sa.select(url_keys.c.key, sightings.c.form, sightings.c.title)
    .join(sightings, sightings.c.article_id == url_keys.c.article_id)
    .where(sightings.c.source == sa.bindparam("source"), url_keys.c.key.in_(sa.bindparam("keys", expanding=True)))
)


def form_of(url: str) -> str:
    """The name of a URL form: two URLs of one article are two forms unless they are the same URL."""
    return article_id(normalize_url(url) or url)


def forms_met(connection: Connection, keys: Sequence[str], source: str) -> dict[str, Forms]:
    """By key (one chunk of them), the forms under which `source` met the article of that key."""
    met: dict[str, Forms] = defaultdict(dict)
    for key, form, title in connection.execute(_FORMS, {"keys": keys, "source": source}):
        met[key][form] = title
    return met


def retitle(connection: Connection, source: str, named: Sequence[tuple[int, str, str]]) -> None:
    """A door of `source` calls articles otherwise now: (row number, form, title)."""
    connection.execute(
        sa.update(sightings)
        .where(
            sightings.c.article_id == sa.bindparam("row"),
            sightings.c.source == source,
            sightings.c.form == sa.bindparam("named"),
        )
        .values(title=sa.bindparam("called")),
        [{"row": row_id, "named": form, "called": title} for row_id, form, title in named],
    )


def note(database: Database, named: Mapping[str, str | None], source: str) -> int:
    """Notes that `source` named articles under these URLs, with their titles; how many articles it had never met.

    URLs of articles that are not stored are passed over; a title of `None` says nothing. Of an article that is new to
    the source `change_seq` is raised: it enters what is exported of the source, and a cursor must not have passed it.
    """
    asked: dict[str, list[tuple[str, str, str | None]]] = defaultdict(list)
    for url, title in {normalize_url(url) or url: optional(title) for url, title in named.items()}.items():
        asked[article_id(url_key(url))].append((form_of(url), storable(url), title))
    at = database.now()
    with database.write() as connection:
        before = sequence.lock(connection)
        ledger = Ledger(database, connection, source, (), before)
        owners = ledger.owners(asked)
        there: dict[int, Forms] = defaultdict(dict)
        for some in chunks(set(owners.values())):
            query = sa.select(sightings.c.article_id, sightings.c.form, sightings.c.title).where(
                sightings.c.article_id.in_(some), sightings.c.source == source
            )
            for row_id, form, title in connection.execute(query):
                there[row_id][form] = title
        joining = list(dict.fromkeys(row_id for row_id in owners.values() if row_id not in there))
        rows: list[Columns] = []
        retitled: list[tuple[int, str, str]] = []
        for key, row_id in owners.items():
            for form, url, title in asked[key]:
                if form in there[row_id]:
                    if title and there[row_id][form] != title:
                        retitled.append((row_id, form, title))
                elif len(there[row_id]) < MAX_FORMS:
                    there[row_id][form] = title
                    rows.append(
                        {
                            "article_id": row_id,
                            "source": source,
                            "form": form,
                            "url": url,
                            "title": title,
                            "first_seen": at,
                        }
                    )
        if retitled:
            retitle(connection, source, retitled)
        if rows:
            connection.execute(database.insert(sightings).on_conflict_do_nothing(), rows)
        if joining and source:
            connection.execute(
                sa.update(articles).where(articles.c.id == sa.bindparam("row")).values(change_seq=sa.bindparam("seq")),
                [{"row": row_id, "seq": ledger.next()} for row_id in joining],
            )
            sequence.store(connection, ledger.seq)
            ledger.counted[source] = len(joining)
            ledger.count_articles()
    return len(joining)
