"""What one writing transaction shares: the change counter, who is who, text rows and the columns around an article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.items import ArticleRecord, Basis, Saved
from crawler.urls import article_id, normalize_url, url_key
from storage import sequence
from storage.article_rows import TEXT, as_it_comes
from storage.columns import Columns, chunks, optional, storable
from storage.database import Database
from storage.packing import DamagedText, kept_text
from storage.prepared import COPIED
from storage.schema import (
    articles,
    sources,
    texts,
    topics,
    url_keys,
    versions,
)

MAX_FORMS: Final = 32
"""URL forms of one article kept for one source: more than a publisher has, fewer than session numbers would make."""


def next_check(first_seen: datetime, looked_at: datetime, ages: Sequence[float]) -> datetime | None:
    """When an article is looked at again: the first of `ages` (seconds from `first_seen`) after `looked_at`, if any."""
    for age in sorted(ages):
        at = first_seen + timedelta(seconds=age)
        if at > looked_at:
            return at
    return None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record with its URL forms (`form` -> URL) and the keys (canonical first) that name its article."""

    place: int
    record: ArticleRecord
    forms: dict[str, str]
    keys: tuple[str, ...]

    @property
    def named(self) -> str | None:
        """The form under which a door named it; `None` without any form."""
        return next(iter(self.forms), None)


def incoming(place: int, record: ArticleRecord) -> Incoming:
    """Reads the record's URL forms; forms that are no http(s) URL are left out."""
    forms: dict[str, str] = {}
    keys = {record.id: None}
    for raw in record.forms or (record.url,):
        url = normalize_url(raw)
        if url is None:
            continue
        form = article_id(url)
        if form not in forms:
            forms[form] = storable(url)
            keys[article_id(url_key(url))] = None
    return Incoming(place, record, forms, tuple(keys))


class Ledger:
    """One writing transaction for one source; `ages` as in `next_check`, `seq` the last change so far."""

    def __init__(
        self, database: Database, connection: Connection, source: str, ages: Sequence[float], seq: int
    ) -> None:
        self.database = database
        self.connection = connection
        self.source = source
        self.ages = ages
        self.seq = seq
        self.saved: dict[int, Saved] = {}
        self.counted: dict[str, int] = defaultdict(int)
        self.articles = 0
        """How many articles came, less those that went."""
        self.told: list[tuple[Incoming, int]] = []
        """Records whose text is shown from now on and was not known, with their article's row number."""
        self._topic_ids: dict[str, int] | None = None

    def count_articles(self) -> None:
        """Keeps the counts of articles, in all and by source."""
        if self.articles:
            sequence.add_articles(self.connection, self.articles)
        for name, count in self.counted.items():
            if name and count:
                self.connection.execute(
                    sa.update(sources).where(sources.c.name == name).values(articles=sources.c.articles + count)
                )

    def next(self) -> int:
        """The next change number."""
        self.seq += 1
        return self.seq

    def owners(self, keys: Collection[str]) -> dict[str, int]:
        """The row number of the article that each key names; unknown keys are absent."""
        found: dict[str, int] = {}
        for some in chunks(keys):
            query = sa.select(url_keys.c.key, url_keys.c.article_id).where(self.database.among(url_keys.c.key, some))
            found |= {row.key: row.article_id for row in self.connection.execute(query)}
        return found

    def ids_of(self, public_ids: Collection[str]) -> dict[str, int]:
        """Row numbers by public id."""
        found: dict[str, int] = {}
        for some in chunks(public_ids):
            query = sa.select(articles.c.public_id, articles.c.id).where(articles.c.public_id.in_(some))
            found |= {row.public_id: row.id for row in self.connection.execute(query)}
        return found

    def topics(self, names: Iterable[str]) -> set[int]:
        """Row numbers of topics; a topic removed while a crawl ran is left out."""
        names = tuple(names)
        if not names:
            return set()
        if self._topic_ids is None:
            query = sa.select(topics.c.name, topics.c.id)
            self._topic_ids = {row.name: row.id for row in self.connection.execute(query)}
        return {self._topic_ids[name] for name in names if name in self._topic_ids}

    # -- texts

    def texts(self, records: Sequence[ArticleRecord], *, own: bool = False) -> tuple[list[int], set[int]]:
        """A text row for each record, and which of them stood there before.

        A shareable text takes the row of its content hash. With `own` a hash that is taken gives a row of its own,
        because what differs from the text of that row (punctuation, spaces) is what the publisher changed.
        """
        ids: list[int | None] = [None] * len(records)
        there: set[int] = set()
        shared: dict[tuple[int, str], list[int]] = defaultdict(list)
        alone: list[int] = []
        for place, record in enumerate(records):
            mark = record.fingerprint
            if mark.shareable:
                shared[mark.version, mark.content_hash].append(place)
            else:
                alone.append(place)
        if shared:
            insert = self.database.insert_missing(texts, texts.c.id, texts.c.hash_version, texts.c.content_hash)
            # Where all are new PostgreSQL takes many at once; SQLite finds out faster than it is asked.
            ask = not self.database.is_sqlite and len(shared) >= COPIED
            held = self._texts_held([*shared]) if ask else {}
            missing = [_text_columns(records[places[0]], True) for key, places in shared.items() if key not in held]
            rows = insert.returned(self.connection, missing) if missing else []
            new = {(version, content_hash): row_id for row_id, version, content_hash in rows}
            fresh = set(new)
            held |= new
            held |= self._texts_held([key for key in shared if key not in held])
            for key, wanted in shared.items():
                places = wanted
                if own:
                    free = places[:1] if key in fresh else []
                    alone += places[len(free) :]
                    places = free
                elif key not in fresh:
                    there.add(held[key])
                for place in places:
                    ids[place] = held[key]
        if alone:
            returned = self.connection.execute(
                sa.insert(texts).returning(texts.c.id, sort_by_parameter_order=True),
                [_text_columns(records[place], False) for place in alone],
            )
            for place, (row_id,) in zip(alone, returned, strict=True):
                ids[place] = row_id
        return [row_id for row_id in ids if row_id is not None], there

    def _texts_held(self, marks: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
        held: dict[tuple[int, str], int] = {}
        by_version: dict[int, list[str]] = defaultdict(list)
        for version, content_hash in marks:
            by_version[version].append(content_hash)
        for version, hashes in by_version.items():
            for some in chunks(hashes):
                # The condition as the partial index words it: SQLite does not see that "shareable = 1" implies it.
                query = sa.select(texts.c.id, texts.c.content_hash).where(
                    texts.c.hash_version == version,
                    self.database.among(texts.c.content_hash, some),
                    sa.text("shareable"),
                )
                for row_id, content_hash in self.connection.execute(query):
                    held[version, content_hash] = row_id
        return held

    def sighting_rows(self, one: Incoming, row_id: int, forms: Iterable[str]) -> list[Columns]:
        """A sighting in this source for each form, `MAX_FORMS` at most."""
        return [
            {
                "article_id": row_id,
                "source": self.source,
                "form": form,
                "url": one.forms[form],
                "title": optional(one.record.listing_title) if form == one.named else None,
                "first_seen": first_seen(one.record),
            }
            for form in list(forms)[:MAX_FORMS]
        ]

    def visit(self, row_id: int, record: ArticleRecord, first_seen: datetime) -> Columns:
        """When the article was looked at, with which validators, and when it is looked at again."""
        read = record.basis is not Basis.LISTING
        return {
            "article_id": row_id,
            "source": self.source,
            "url": storable(record.url),
            "etag": optional(record.etag),
            "last_modified": optional(record.last_modified),
            "fetched_at": record.fetched_at,
            "next_check_at": next_check(first_seen, record.fetched_at, self.ages) if read else None,
        }

    def kept_texts(self, ids: Collection[int]) -> dict[int, str | None]:
        """The texts of these rows; `None` for one that can't be read."""
        found: dict[int, str | None] = {}
        for some in chunks(ids):
            query = sa.select(texts.c.id, as_it_comes(TEXT, "kept")).where(texts.c.id.in_(some))
            for row_id, kept in self.connection.execute(query):
                try:
                    found[row_id] = kept_text(kept)
                except DamagedText:
                    found[row_id] = None
        return found

    def write_text(self, row_id: int, text: str) -> None:
        """Puts `text` into a row, whose content hash it has."""
        self.connection.execute(sa.update(texts).where(texts.c.id == row_id).values(text=storable(text)))

    def drop_texts(self, ids: Iterable[int]) -> None:
        """Removes text rows that no version shows."""
        for some in chunks(ids):
            used = sa.exists().where(versions.c.text_id == texts.c.id)
            self.connection.execute(sa.delete(texts).where(texts.c.id.in_(some), ~used))


def _text_columns(record: ArticleRecord, shareable: bool) -> Columns:
    mark = record.fingerprint
    return {
        "hash_version": mark.version,
        "content_hash": mark.content_hash,
        "shareable": shareable,
        "letters": mark.letters,
        "text": storable(record.article.text),
    }


def first_seen(record: ArticleRecord) -> datetime:
    """When it was first met, here or in the store that told of it."""
    return record.first_seen or record.fetched_at


def version_columns(row_id: int, number: int, record: ArticleRecord, text_id: int) -> Columns:
    """The row of a version."""
    return {
        "article_id": row_id,
        "number": number,
        "title": optional(record.article.title),
        "text_id": text_id,
        "digest": record.fingerprint.version_digest,
        "basis": record.basis.value,
        "seen_at": record.fetched_at,
    }
