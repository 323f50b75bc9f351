"""Articles: what the store knows of them, and the door to saving them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.errors import StoreError, UnknownName
from crawler.items import (
    ArticleFilter,
    ArticleMark,
    ArticleRecord,
    ArticleRow,
    Basis,
    Damaged,
    DamagedRow,
    KnownUrl,
    MarkColumns,
    Precision,
    Saved,
    SetAside,
    SightingRow,
    VersionRow,
)
from crawler.text.query import read_query
from crawler.urls import article_id, normalize_url, url_key
from storage import marking, newest, reading, saving, sequence, sighting, topics
from storage.article_rows import SHOWN, TEXT, as_it_comes
from storage.bulk_reading import by_ids, in_bulk
from storage.columns import chunks, storable
from storage.damage import REFUSALS, of_refusal, refuse
from storage.database import Database, is_unreadable
from storage.glance import RETRIED_FOR
from storage.ledger import MAX_FORMS, next_check
from storage.packing import DamagedText, kept_text
from storage.prepared import Prepared
from storage.schema import (
    UtcDateTime,
    article_topics,
    articles,
    set_aside,
    sightings,
    sources,
    texts,
    url_keys,
    versions,
    visits,
)
from storage.schema import topics as topics_table
from storage.waiting_rows import ceiling_key

FOREVER: Final = datetime.max.replace(tzinfo=UTC)
"""`KnownUrl.set_aside_until` of a URL that is never tried again."""
MOST_WAITING: Final = 500
"""Articles for which there was no room in a budget that one crawl asks for: as many as one puts off."""
MOST_TOLD: Final = 500
"""Articles of one story that are read."""
MIN_PREFIX: Final = 4
"""Least characters of an id: fewer name too many articles to mean one."""

_ID = re.compile(r"[0-9a-fA-F]{1,32}")
_KNOWN = (
    sa.select(
        url_keys.c.key,
        articles.c.public_id,
        articles.c.provisional,
        articles.c.title,
        articles.c.modified_at,
        visits.c.fetched_at,
        sa.func.coalesce(visits.c.next_check_at <= sa.bindparam("now", type_=UtcDateTime), sa.false()),
        visits.c.etag,
        visits.c.last_modified,
    )
    .join(articles, articles.c.id == url_keys.c.article_id)
    .outerjoin(visits, visits.c.article_id == articles.c.id)
    .where(url_keys.c.key.in_(sa.bindparam("keys", expanding=True)))
)
_OF_TOPIC = (
    sa.select(url_keys.c.key)
    .join(article_topics, article_topics.c.article_id == url_keys.c.article_id)
    .join(topics_table, topics_table.c.id == article_topics.c.topic_id)
    .where(topics_table.c.name == sa.bindparam("topic"), url_keys.c.key.in_(sa.bindparam("keys", expanding=True)))
)
_KEYS_WITHIN = (
    sa.select(url_keys.c.article_id)
    .distinct()
    .where(url_keys.c.key >= sa.bindparam("low"), url_keys.c.key < sa.bindparam("high"))
    .limit(2)
)
_IDS_WITHIN = (
    sa.select(articles.c.id)
    .where(articles.c.public_id >= sa.bindparam("low"), articles.c.public_id < sa.bindparam("high"))
    .limit(2)
)
_OF_KEY = sa.select(url_keys.c.article_id).where(url_keys.c.key == sa.bindparam("key"))
_FAILED = sa.select(set_aside.c.key, set_aside.c.retry_at).where(
    set_aside.c.key.in_(sa.bindparam("keys", expanding=True))
)

_RENUMBER = (
    sa.update(articles).where(articles.c.change_seq == sa.bindparam("was")).values(change_seq=sa.bindparam("now"))
)
_DUE_CHECKS = Prepared(
    sa.select(visits.c.url)
    .where(
        visits.c.source == sa.bindparam("of"),
        visits.c.next_check_at.is_not(None),
        visits.c.next_check_at <= sa.bindparam("now", type_=UtcDateTime),
    )
    .order_by(visits.c.next_check_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_DUE_AGAIN = Prepared(
    sa.select(set_aside.c.url, set_aside.c.ceiling.is_not(None))
    .where(
        set_aside.c.source == sa.bindparam("of"),
        set_aside.c.retry_at.is_not(None),
        set_aside.c.retry_at <= sa.bindparam("now", type_=UtcDateTime),
        sa.or_(set_aside.c.at > sa.bindparam("since", type_=UtcDateTime), set_aside.c.ceiling.is_not(None)),
    )
    .order_by(set_aside.c.retry_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


class Articles:
    """Articles by id, URL or filter.

    `ages` are the ages in seconds at which an article is looked at again, `story_window` is how many seconds apart two
    articles of one story may be.
    """

    def __init__(self, database: Database, ages: Sequence[float], story_window: float) -> None:
        self._database = database
        self._ages = tuple(ages)
        self._story_window = story_window

    # -- storing

    def save(self, records: Sequence[ArticleRecord], source: str | None, *, dry_run: bool = False) -> list[Saved]:
        """Stores records in one transaction and says for each, in order, what that did; with `dry_run` nothing stays.

        Each costs less the more there are, up to some hundreds. Storing the same record again changes no row; a URL
        form or source that is new adds a sighting. `StoreError`, `StoreBusy`.
        """
        return saving.save(
            self._database, records, source, ages=self._ages, story_window=self._story_window, dry_run=dry_run
        )

    def sighted(self, named: Mapping[str, str | None], source: str | None) -> int:
        """A door of `source` named these URLs: adds a sighting for each stored article and form not met there yet.

        To each URL what the door called it, kept as `KnownUrl.listing_title` (`None`: says nothing). One transaction;
        URLs of articles that are not stored are passed over. The `change_seq` of articles that are new to the source
        is raised; says how many these are. `StoreError`, `StoreBusy`.
        """
        return sighting.note(self._database, named, source or "") if named else 0

    def set_aside(self, failed: Sequence[SetAside]) -> None:
        """Remembers URLs that could not be read, until they are stored or their time comes."""
        if not failed:
            return
        at = self._database.now()
        rows = {
            key: {
                "key": key,
                "url": storable(one.url),
                "reason": storable(one.reason),
                "retry_at": one.retry_at,
                "source": one.source,
                "at": at,
                "ceiling": None if one.ceiling is None else ceiling_key(one.ceiling),
            }
            for one in failed
            for key in (article_id(url_key(one.url)),)
        }
        insert = self._database.insert(set_aside)
        # `at` stays the first failure's.
        told = {name: insert.excluded[name] for name in ("url", "reason", "retry_at", "source", "ceiling")}
        with self._database.write() as connection:
            connection.execute(
                insert.on_conflict_do_update(index_elements=[set_aside.c.key], set_=told), list(rows.values())
            )

    def checked(self, ids: Sequence[str]) -> None:
        """An edit check found nothing new in the articles of these public ids: moves their next check on."""
        now = self._database.now()
        with self._database.write() as connection:
            for some in chunks(ids):
                query = (
                    sa.select(articles.c.id, articles.c.first_seen)
                    .join(visits, visits.c.article_id == articles.c.id)
                    .where(articles.c.public_id.in_(some))
                )
                rows = [
                    {"row": row_id, "at": now, "next": next_check(first_seen, now, self._ages)}
                    for row_id, first_seen in connection.execute(query)
                ]
                if rows:
                    connection.execute(
                        sa.update(visits)
                        .where(visits.c.article_id == sa.bindparam("row"))
                        .values(fetched_at=sa.bindparam("at"), next_check_at=sa.bindparam("next")),
                        rows,
                    )

    def assign_topic(self, name: str) -> int:
        """Matches a topic against everything stored and says how many articles belong to it now. `UnknownName`."""
        return topics.assign(self._database, name)

    # -- what is known of URLs

    def known(self, urls: Sequence[str], source: str | None = None, topic: str | None = None) -> dict[str, KnownUrl]:
        """What the store knows of each URL, under any of its forms; URLs never met are absent.

        `sighted` and `listing_title` tell of sightings in `source` (`None`: those that belong to no source); with
        `topic` only for articles that belong to it, because others are none of a topic crawl's business. Of these,
        stored or not, `unmatched_at` tells when a crawl of the topic last read one (see `Topics.unmatched`).
        """
        keys: dict[str, list[str]] = {}
        for url in urls:
            keys.setdefault(article_id(url_key(url)), []).append(url)
        now = self._database.now()
        met: dict[str, KnownUrl] = {}
        forms: dict[str, sighting.Forms] = {}
        told: set[str] = set()
        with self._database.read() as connection:
            for some in chunks(keys):
                for (
                    key,
                    public_id,
                    provisional,
                    title,
                    modified,
                    fetched_at,
                    due,
                    etag,
                    last_modified,
                ) in connection.execute(_KNOWN, {"keys": some, "now": now}):
                    met[key] = KnownUrl(
                        article_id=public_id,
                        provisional=provisional,
                        due=due,
                        modified=modified,
                        fetched_at=fetched_at,
                        title=title,
                        etag=etag,
                        last_modified=last_modified,
                    )
                forms |= sighting.forms_met(connection, some, source or "")
                if topic is None:
                    told.update(some)
                else:
                    told.update(connection.execute(_OF_TOPIC, {"keys": some, "topic": topic}).scalars())
                    for key, read_at in topics.unmatched_of(connection, topic, some, now):
                        if key not in told:
                            met[key] = replace(met.get(key) or KnownUrl(article_id=None), unmatched_at=read_at)
                for key, retry_at in connection.execute(_FAILED, {"keys": some}):
                    met[key] = replace(met.get(key) or KnownUrl(article_id=None), set_aside_until=retry_at or FOREVER)
        return {
            url: _in_source(met[key], url, forms.get(key, {})) if key in told else met[key]
            for key, asked in keys.items()
            if key in met
            for url in asked
        }

    def due_checks(self, source: str, limit: int) -> list[str]:
        """URLs of articles first met in `source` whose edit check is due, longest due first."""
        asked = {"of": source, "now": self._database.now(), "most": limit}
        with self._database.read() as connection:
            return [url for (url,) in _DUE_CHECKS.all(connection, asked)]

    def due_again(self, source: str, limit: int) -> list[str]:
        """URLs of `source` that failed within the last `RETRIED_FOR` and may be tried again, longest due first, at most
        `limit`; and up to `MOST_WAITING` of those for which there may be room in a budget again, however long it took.
        """
        now = self._database.now()
        asked = {"of": source, "now": now, "since": now - RETRIED_FOR, "most": limit + MOST_WAITING}
        with self._database.read() as connection:
            found = _DUE_AGAIN.all(connection, asked)
        waited = [url for url, waits in found if waits][:MOST_WAITING]
        return [*waited, *[url for url, waits in found if not waits][:limit]]

    # -- reading

    def get(self, id_or_url: str, damaged: Damaged = refuse) -> ArticleRow:
        """The article of a public id, of 4 or more first characters of one, or of any of its URLs. `UnknownName`.

        One whose text can't be read is a `DamagedArticle`, or comes with an empty text, of which `damaged` hears.
        """
        met: list[DamagedRow] = []
        with self._database.read() as connection:
            row_id = self._find(connection, id_or_url)
            try:
                found = connection.execute(reading.ONE, {"article": row_id}).one()
            except REFUSALS as error:
                if not is_unreadable(error):
                    raise
                refuse(of_refusal(connection, row_id, error))
            rows = reading.rows_of(self._database, connection, [found], met.append)
        for one in met:
            if one.row is None:
                refuse(one)
            damaged(one)
            rows.append(one.row)
        return rows[0]

    def versions(self, id_or_url: str) -> list[VersionRow]:
        """Every version of an article, oldest first. `UnknownName`."""
        columns = (versions.c.number, versions.c.title, as_it_comes(TEXT, "kept"), versions.c.seen_at, versions.c.basis)
        with self._database.read() as connection:
            query = (
                sa.select(*columns)
                .join(texts, texts.c.id == versions.c.text_id)
                .where(versions.c.article_id == self._find(connection, id_or_url))
                .order_by(versions.c.number)
            )
            return [_version(*row) for row in connection.execute(query)]

    def sightings(self, id_or_url: str) -> list[SightingRow]:
        """Every URL form and source under which an article was met, first met first. `UnknownName`."""
        with self._database.read() as connection:
            query = (
                sa.select(sightings.c.url, sightings.c.source, sightings.c.first_seen)
                .where(sightings.c.article_id == self._find(connection, id_or_url))
                .order_by(sightings.c.first_seen, sightings.c.source, sightings.c.url)
            )
            return [
                SightingRow(url=url, source=source or None, first_seen=first_seen)
                for url, source, first_seen in connection.execute(query)
            ]

    def rows(
        self,
        filter: ArticleFilter | None = None,  # noqa: A002
        batch: int = 500,
        *,
        damaged: Damaged = refuse,
    ) -> Iterator[ArticleRow]:
        """Articles that pass the filter, by `change_seq`, each showing its latest version (or all, one after the
        other; words are looked for in the latest).

        Memory is bounded by `batch`; no transaction stays open between batches. An article changed meanwhile moves to
        the end and comes (again) there, so a cursor on the last `change_seq` misses nothing. One that can't be read is
        a `DamagedArticle`, or left out, of which `damaged` hears.
        """
        wanted = filter or ArticleFilter()
        query = None if wanted.words is None else read_query(wanted.words, now=self._database.now(), zone=wanted.zone)
        yield from in_bulk(self._database, wanted, query, batch, damaged)

    def these(
        self, ids: Iterable[str], *, all_versions: bool = False, damaged: Damaged = refuse
    ) -> Iterator[ArticleRow]:
        """The articles of these public ids, in this order, each showing its latest version or all; ids that are not
        there are passed over. For memory, and those that can't be read, see `rows`.
        """
        yield from by_ids(self._database, ids, all_versions, damaged)

    def pass_again(self, numbers: Sequence[int]) -> None:
        """Gives articles of these change numbers, which a cursor's reader could not be given, numbers after all others:
        each reader comes to them again, and hears of them until they can be read. One that changed is given anyway; one
        on damaged pages of the file keeps its number.
        """
        if not numbers:
            return
        for some in chunks(numbers):
            try:
                self._renumber(some)
            except StoreError as error:
                if not isinstance(error.__cause__, REFUSALS) or not is_unreadable(error.__cause__):
                    raise
                if len(some) > 1:  # after one that can't be read nothing is committed
                    for one in some:
                        self.pass_again([one])

    def _renumber(self, numbers: Sequence[int]) -> None:
        with self._database.write() as connection:
            last = sequence.lock(connection)
            moved = [{"was": was, "now": last + place} for place, was in enumerate(numbers, 1)]
            connection.execute(_RENUMBER, moved)
            sequence.store(connection, last + len(moved))

    def marks(
        self,
        filter: ArticleFilter | None = None,  # noqa: A002
        *,
        damaged: Damaged = refuse,
    ) -> Iterator[ArticleMark]:
        """What is counted of the articles that pass the filter, by `change_seq`; an article that changes meanwhile may
        come twice. Texts are read only where a query has words; for those that can't be read see `rows`.
        """
        return marking.marks(self._database, filter or ArticleFilter(), damaged)

    def mark_columns(
        self,
        filter: ArticleFilter | None = None,  # noqa: A002
        *,
        damaged: Damaged = refuse,
    ) -> Iterator[MarkColumns]:
        """The same, some thousands at once, in half the time."""
        return marking.columns(self._database, filter or ArticleFilter(), damaged)

    def newest(
        self,
        filter: ArticleFilter,  # noqa: A002
        count: int,
        *,
        passed_over: Collection[str] = (),
        damaged: Damaged = refuse,
    ) -> list[str] | None:
        """Public ids of the `count` articles of the latest dates that pass the filter (`marks`), of one moment those of
        the greatest ids, by `change_seq`; those `passed_over` are no candidates. Others are not read, so that `damaged`
        hears of those alone that stood in the way. `None`: that is not to be had, since too many do not pass or pages
        of an SQLite file can't be read, and is to be found among all `marks`.
        """
        return newest.newest(self._database, filter, count, passed_over, damaged)

    def story(self, cluster_id: str, damaged: Damaged = refuse) -> list[ArticleRow]:
        """The articles of a story, the `MOST_TOLD` oldest in the store, each showing its latest version; for those that
        can't be read see `rows`.
        """
        with self._database.read() as connection:
            select = SHOWN.where(articles.c.story == cluster_id).order_by(articles.c.id).limit(MOST_TOLD)
            return reading.rows_of(self._database, connection, connection.execute(select).all(), damaged)

    def count(self, filter: ArticleFilter | None = None) -> int:  # noqa: A002
        """How many articles pass the filter; those that can't be read are counted where they need not be read."""
        wanted = filter or ArticleFilter()
        if wanted.words is not None:
            return sum(1 for _ in self.rows(wanted, damaged=lambda _: None))
        with self._database.read() as connection:
            if wanted == ArticleFilter():
                return sequence.articles(connection)
            return connection.execute(reading.filtered(sa.select(sa.func.count(articles.c.id)), wanted)).scalar_one()

    def met_first(self, source: str, since: datetime) -> int:
        """How many articles the source met before any other did, at or after `since` (UTC)."""
        query = sa.select(sa.func.count()).where(articles.c.first_seen >= since, articles.c.source == source)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def discovered(self, source: str, since: datetime, limit: int = 1000) -> list[tuple[datetime, datetime]]:
        """Publication and discovery (UTC) of articles that the source met first, found at or after `since`.

        Only those whose publisher tells the time of day, and that were published when the source was watched already.
        """
        watched = sa.select(sources.c.added_at).where(sources.c.name == source).scalar_subquery()
        query = (
            sa.select(articles.c.published_at, articles.c.first_seen)
            .where(
                articles.c.first_seen >= since,
                articles.c.source == source,
                articles.c.published_at >= watched,
                articles.c.published_precision != Precision.DAY.value,
            )
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(row.published_at, row.first_seen) for row in connection.execute(query)]

    def _find(self, connection: Connection, asked: str) -> int:
        """The row number of the article that an id, its beginning or a URL names."""
        found: Collection[Any]
        if _ID.fullmatch(asked):
            prefix = asked.lower()
            if len(prefix) < MIN_PREFIX:
                raise UnknownName(
                    f"article {asked!r}: too short; give at least {MIN_PREFIX} characters of its id", asked
                )
            # Identities that a provisional article had before its page was read still name it.
            within = {"low": prefix, "high": prefix + "g"}
            found = connection.execute(_KEYS_WITHIN, within).scalars().all()
            if len(found) > 1:
                found = connection.execute(_IDS_WITHIN, within).scalars().all() or found
            if len(found) > 1:
                raise UnknownName(f"article {asked!r}: several ids begin so; give more characters of the id", asked)
        else:
            url = normalize_url(asked)
            key = article_id(url_key(url or asked))
            found = connection.execute(_OF_KEY, {"key": key}).scalars().all()
        if not found:
            raise UnknownName(f"article {asked!r}: not in the store; look it up with `presswatch search`", asked)
        return int(next(iter(found)))


def _version(number: int, title: str | None, kept: str | bytes, seen_at: datetime, basis: str) -> VersionRow:
    text, why = "", None
    try:
        text = kept_text(kept)
    except DamagedText as error:
        why = str(error)
    return VersionRow(number=number, title=title, text=text, seen_at=seen_at, basis=Basis(basis), damaged=why)


def _in_source(known: KnownUrl, url: str, forms: sighting.Forms) -> KnownUrl:
    """`known` with what the forms met in one source tell of `url`."""
    if known.article_id is None:
        return known
    form = sighting.form_of(url)
    if form in forms:
        return replace(known, sighted=True, listing_title=forms[form])
    return replace(known, sighted=False) if len(forms) < MAX_FORMS else known
