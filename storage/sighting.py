"""Articles that a source's door names and that the store holds already: where they were met, without fetching them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.urls import article_id, normalize_url, url_key
from storage import sequence
from storage.columns import Columns, chunks, storable
from storage.database import Database
from storage.ledger import MAX_FORMS, Ledger
from storage.schema import articles, sightings, url_keys

_FORMS = (
    sa.select(url_keys.c.key, sightings.c.form)
    .join(sightings, sightings.c.article_id == url_keys.c.article_id)
    .where(sightings.c.source == sa.bindparam("source"), url_keys.c.key.in_(sa.bindparam("keys", expanding=True)))
)


def form_of(url: str) -> str:
    """The name of a URL form: two URLs of one article are two forms unless they are the same URL."""
    return article_id(normalize_url(url) or url)


def forms_met(connection: Connection, keys: Sequence[str], source: str) -> dict[str, set[str]]:
    """By key (one chunk of them), the forms under which `source` met the article of that key."""
    met: dict[str, set[str]] = defaultdict(set)
    for key, form in connection.execute(_FORMS, {"keys": keys, "source": source}):
        met[key].add(form)
    return met


def note(database: Database, urls: Sequence[str], source: str) -> int:
    """Notes that `source` named articles under these URLs; how many articles it had never met.

    URLs of articles that are not stored are passed over. Of an article that is new to the source `change_seq` is
    raised: it enters what is exported of the source, and a cursor must not have passed it.
    """
    asked: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for url in dict.fromkeys(normalize_url(url) or url for url in urls):
        asked[article_id(url_key(url))].append((form_of(url), storable(url)))
    at = database.now()
    with database.write() as connection:
        before = sequence.lock(connection)
        ledger = Ledger(database, connection, source, (), before)
        owners = ledger.owners(asked)
        there: dict[int, set[str]] = defaultdict(set)
        for some in chunks(set(owners.values())):
            query = sa.select(sightings.c.article_id, sightings.c.form).where(
                sightings.c.article_id.in_(some), sightings.c.source == source
            )
            for row_id, form in connection.execute(query):
                there[row_id].add(form)
        joining = list(dict.fromkeys(row_id for row_id in owners.values() if row_id not in there))
        rows: list[Columns] = []
        for key, row_id in owners.items():
            for form, url in asked[key]:
                if form not in there[row_id] and len(there[row_id]) < MAX_FORMS:
                    there[row_id].add(form)
                    rows.append({"article_id": row_id, "source": source, "form": form, "url": url, "first_seen": at})
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
