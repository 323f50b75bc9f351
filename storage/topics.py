"""Topics, and which articles belong to them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.errors import UnknownName, UsageError
from crawler.items import Topic
from crawler.urls import article_id, url_key
from storage import sequence
from storage.article_rows import TEXT, as_it_comes, of_shown
from storage.columns import Columns, chunks, many
from storage.database import Database
from storage.packing import DamagedText, kept_text
from storage.prepared import Prepared
from storage.schema import UtcDateTime, article_topics, articles, searches, topics, unmatched

if TYPE_CHECKING:
    from crawler.topics import TopicMatcher

UNMATCHED_DAYS: Final = 7
"""Days for which a topic crawl does not read again what did not match: doors rarely name an article longer."""
ASSIGN_BATCH: Final = 200
"""Articles matched between two transactions: about a megabyte of text."""

_DEFINED: Final = sa.select(topics.c.name, topics.c.aliases, topics.c.all_of, topics.c.none_of, topics.c.lang)
_GET: Final = Prepared(_DEFINED.where(topics.c.name == sa.bindparam("of")))
_LIST: Final = Prepared(_DEFINED.order_by(topics.c.name))
_UNMATCHED = (
    sa.select(unmatched.c.key, unmatched.c.at)
    .join(topics, topics.c.id == unmatched.c.topic_id)
    .where(
        topics.c.name == sa.bindparam("topic"),
        unmatched.c.key.in_(sa.bindparam("keys", expanding=True)),
        unmatched.c.at >= sa.bindparam("since", type_=UtcDateTime),
    )
)
_MATCHED: Final = (
    of_shown(articles.c.id, articles.c.title, as_it_comes(TEXT, "kept"), articles.c.lang)
    .where(articles.c.id > sa.bindparam("after"))
    .order_by(articles.c.id)
)


class Topics:
    """What a person follows. Errors: `UnknownName`, `UsageError` for a name that is taken."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, topic: Topic) -> None:
        """Adds a topic; what is stored already is matched by `Articles.assign_topic`."""
        with self._database.write() as connection:
            insert = (
                self._database.insert(topics).values(**_columns(topic)).on_conflict_do_nothing().returning(topics.c.id)
            )
            if connection.execute(insert).first() is None:
                raise UsageError(
                    f"topic {topic.name!r}: is there already; remove it first or choose another name", topic.name
                )

    def update(self, topic: Topic) -> None:
        """Replaces the topic of that name; what did not match the old one may be read again."""
        with self._database.write() as connection:
            done = connection.execute(
                sa.update(topics).where(topics.c.name == topic.name).values(**_columns(topic)).returning(topics.c.id)
            )
            row = done.first()
            if row is None:
                raise unknown(topic.name)
            connection.execute(sa.delete(unmatched).where(unmatched.c.topic_id == row.id))
            connection.execute(sa.delete(searches).where(searches.c.topic == topic.name))

    def remove(self, name: str) -> None:
        """Removes a topic; its articles stay and belong to it no more."""
        with self._database.write() as connection:
            topic_id = _id_of(connection, name)
            members = connection.execute(
                sa.select(article_topics.c.article_id).where(article_topics.c.topic_id == topic_id)
            ).scalars()
            _raise_sequence(connection, list(members))
            connection.execute(sa.delete(article_topics).where(article_topics.c.topic_id == topic_id))
            connection.execute(sa.delete(topics).where(topics.c.id == topic_id))
            connection.execute(sa.delete(searches).where(searches.c.topic == name))

    def unmatched(self, topic: Topic, read: Mapping[str, datetime]) -> None:
        """Pages of these URLs were read at these times and do not match the topic; remembered for `UNMATCHED_DAYS`.

        `Articles.known` tells it to crawls of the topic. Older notes, of any topic, are dropped. Nothing is noted of a
        topic that was removed or changed since it was read.
        """
        at = {article_id(url_key(url)): when for url, when in read.items()}
        with self._database.write() as connection:
            row = connection.execute(
                sa.select(topics.c.id, *_DEFINED.selected_columns).where(topics.c.name == topic.name)
            ).first()
            if at and row is not None and _topic(row[1:]) == topic:
                insert = self._database.insert(unmatched)
                connection.execute(
                    insert.on_conflict_do_update(
                        index_elements=[unmatched.c.topic_id, unmatched.c.key], set_={"at": insert.excluded.at}
                    ),
                    [{"topic_id": row.id, "key": key, "at": when} for key, when in at.items()],
                )
            connection.execute(sa.delete(unmatched).where(unmatched.c.at < remembered_since(self._database.now())))

    def get(self, name: str) -> Topic:
        """The topic of that name."""
        with self._database.read() as connection:
            row = _GET.first(connection, {"of": name})
        if row is None:
            raise unknown(name)
        return _topic(row)

    def list(self) -> builtins.list[Topic]:
        """Every topic by name."""
        with self._database.read() as connection:
            return [_topic(row) for row in _LIST.all(connection, {})]


def unmatched_of(
    connection: Connection, topic: str, keys: Sequence[str], now: datetime
) -> builtins.list[tuple[str, datetime]]:
    """Which of the keys (one chunk) are remembered not to match the topic, and when they were read."""
    found = connection.execute(_UNMATCHED, {"topic": topic, "keys": keys, "since": remembered_since(now)})
    return [(key, at) for key, at in found]


def remembered_since(now: datetime) -> datetime:
    """The time since which pages that did not match are remembered."""
    return now - timedelta(days=UNMATCHED_DAYS)


def assign(database: Database, name: str, matcher: Callable[[Sequence[Topic]], TopicMatcher] | None = None) -> int:
    """Matches topic `name` against every stored article, oldest first, and says how many belong to it now.

    Articles that belong to it no more are taken out; the `change_seq` of each article whose membership changed is
    raised. One whose text can't be read stays where it is, and is not counted.
    """
    if matcher is None:
        from crawler.topics import TopicMatcher

        matcher = TopicMatcher
    topic = Topics(database).get(name)
    match = matcher([topic]).match
    total = after = 0
    while True:
        with database.read() as connection:
            rows = connection.execute(_MATCHED.limit(ASSIGN_BATCH), {"after": after}).all()
        if not rows:
            return total
        after = rows[-1].id
        looked_at: set[int] = set()
        wanted: set[int] = set()
        for row in rows:
            with suppress(DamagedText):
                text = kept_text(row.kept)
                looked_at.add(row.id)
                if name in match(row.title, text, row.lang):
                    wanted.add(row.id)
        total += _set_members(database, name, looked_at, wanted)


def _set_members(database: Database, name: str, looked_at: set[int], wanted: set[int]) -> int:
    with database.write() as connection:
        topic_id = _id_of(connection, name)
        members: set[int] = set()
        for some in chunks(looked_at):
            query = sa.select(article_topics.c.article_id).where(
                article_topics.c.topic_id == topic_id, article_topics.c.article_id.in_(some)
            )
            members |= set(connection.execute(query).scalars())
        gone, come = members - wanted, wanted - members
        _raise_sequence(connection, sorted(gone | come))
        for some in chunks(gone):
            connection.execute(
                sa.delete(article_topics).where(
                    article_topics.c.topic_id == topic_id, article_topics.c.article_id.in_(some)
                )
            )
        if come:
            connection.execute(
                database.insert(article_topics).on_conflict_do_nothing(),
                [{"article_id": row_id, "topic_id": topic_id} for row_id in sorted(come)],
            )
    return len(wanted)


def _raise_sequence(connection: Connection, ids: Sequence[int]) -> None:
    if not ids:
        return
    seq = sequence.lock(connection)
    connection.execute(
        sa.update(articles).where(articles.c.id == sa.bindparam("row")).values(change_seq=sa.bindparam("seq")),
        [{"row": row_id, "seq": seq + place} for place, row_id in enumerate(ids, 1)],
    )
    sequence.store(connection, seq + len(ids))


def _id_of(connection: Connection, name: str) -> int:
    topic_id = connection.execute(sa.select(topics.c.id).where(topics.c.name == name)).scalar()
    if topic_id is None:
        raise unknown(name)
    return int(topic_id)


def unknown(name: str) -> UnknownName:
    """The error for a topic that does not exist."""
    return UnknownName(f"topic {name!r}: does not exist; see `presswatch topic list`", name)


def _columns(topic: Topic) -> Columns:
    return {
        "name": topic.name,
        "aliases": many(topic.aliases),
        "all_of": many(topic.all),
        "none_of": many(topic.none),
        "lang": topic.lang,
    }


def _topic(row: Sequence[Any]) -> Topic:
    name, aliases, all_of, none_of, lang = row
    return Topic(name=name, aliases=tuple(aliases), all=tuple(all_of), none=tuple(none_of), lang=lang)
