"""The tables. One schema for SQLite and PostgreSQL; `storage/migrations` builds it, a test compares the two.

Times are UTC. Digests and keys are lower-case hex. A source is named by its text, not by a row: removing a source
leaves its articles' sightings as they were; the empty name stands for "no source". The search index is a virtual
table on SQLite and segments of our own on PostgreSQL (`storage/segments.py`), and stands in the migration only.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage.packing import PackedText
from storage.version import HEAD, VERSION_TABLE

__all__ = ["HEAD", "VERSION_TABLE"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out; SQLite keeps it as text of fixed width, so that it sorts."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Naive times are refused: nobody could say which zone they mean."""
        if value is None:
            return None
        if value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError(f"time without a zone: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """SQLite hands back naive UTC, PostgreSQL aware in the connection's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""An integer primary key; SQLite numbers rows by itself only where the type is exactly INTEGER."""
Hex32 = sa.String(32)
Hex64 = sa.String(64)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("hash_version", sa.SmallInteger, nullable=False),
    sa.Column("content_hash", Hex64, nullable=False),
    sa.Column("shareable", sa.Boolean, nullable=False),
    sa.Column("letters", sa.Integer, nullable=False),
    sa.Column("text", PackedText, nullable=False),
)
sa.Index(
    "uq_texts_shared",
    texts.c.hash_version,
    texts.c.content_hash,
    unique=True,
    sqlite_where=sa.text("shareable"),
    postgresql_where=sa.text("shareable"),
)

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("public_id", Hex32, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("canonical", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("summary", sa.Text),
    sa.Column("authors", sa.JSON, nullable=False),
    sa.Column("published_at", UtcDateTime),
    sa.Column("published_offset", sa.SmallInteger),
    sa.Column("published_precision", sa.String(8)),
    sa.Column("published_zone_from", sa.String(8)),
    sa.Column("modified_at", UtcDateTime),
    sa.Column("modified_offset", sa.SmallInteger),
    sa.Column("modified_precision", sa.String(8)),
    sa.Column("modified_zone_from", sa.String(8)),
    sa.Column("dated_at", UtcDateTime, nullable=False),
    sa.Column("first_seen", UtcDateTime, nullable=False),
    sa.Column("fetched_at", UtcDateTime, nullable=False),
    sa.Column("lang", sa.String(16)),
    sa.Column("source", sa.Text),
    sa.Column("site", sa.Text),
    sa.Column("section", sa.Text),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("image", sa.Text),
    sa.Column("image_caption", sa.Text),
    sa.Column("captions", sa.JSON, nullable=False),
    sa.Column("source_line", sa.Text),
    sa.Column("terms", sa.JSON, nullable=False),
    sa.Column("extractor", sa.Text, nullable=False),
    sa.Column("confidence", sa.Double, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("served_digest", Hex64),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("truncated", sa.Boolean, nullable=False),
    sa.Column("story", Hex32, nullable=False, index=True),
    sa.Column("search_doc", sa.BigInteger, nullable=False),
    sa.Column("change_seq", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("public_id"),
    sa.UniqueConstraint("change_seq"),
    sa.UniqueConstraint("search_doc"),
)
sa.Index("ix_articles_dated_at", articles.c.dated_at)
sa.Index("ix_articles_first_seen", articles.c.first_seen)


def _article(primary: bool = False) -> sa.Column[int]:
    return sa.Column(
        "article_id",
        Identity,
        sa.ForeignKey("articles.id", ondelete="CASCADE"),
        primary_key=primary,
        nullable=False,
        autoincrement=False,
    )


versions = sa.Table(
    "versions",
    metadata,
    _article(primary=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title", sa.Text),
    sa.Column("text_id", Identity, sa.ForeignKey("texts.id"), nullable=False, index=True),
    sa.Column("digest", Hex64, nullable=False),
    sa.Column("basis", sa.String(16), nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)

posting_runs = sa.Table(
    "posting_runs",
    metadata,
    sa.Column("id", Identity, primary_key=True, autoincrement=False),
    sa.Column("stretch", sa.Integer, nullable=False),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""Under which hashes of its sketch an article is found, in runs (`storage/postings.py`); one article may stand in
several. Articles that are gone still stand there: who reads a run looks its articles up anyway.
"""
sa.Index("ix_posting_runs_stretch", posting_runs.c.stretch, posting_runs.c.documents)

url_keys = sa.Table(
    "url_keys",
    metadata,
    sa.Column("key", Hex32, primary_key=True),
    sa.Column("article_id", Identity, sa.ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, index=True),
)

sightings = sa.Table(
    "sightings",
    metadata,
    _article(primary=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("form", Hex32, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("title", sa.Text),
    sa.Column("first_seen", UtcDateTime, nullable=False),
)

sa.Index("ix_sightings_source", sightings.c.source, sightings.c.first_seen)

visits = sa.Table(
    "visits",
    metadata,
    _article(primary=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("fetched_at", UtcDateTime, nullable=False),
    sa.Column("next_check_at", UtcDateTime),
)
sa.Index(
    "ix_visits_due",
    visits.c.source,
    visits.c.next_check_at,
    sqlite_where=sa.text("next_check_at IS NOT NULL"),
    postgresql_where=sa.text("next_check_at IS NOT NULL"),
)

pages = sa.Table(
    "pages",
    metadata,
    _article(primary=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("fetched_at", UtcDateTime, nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

page_dictionaries = sa.Table(
    "page_dictionaries",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("trained_at", UtcDateTime, nullable=False),
    sa.Column("samples", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""By the number that zstd gave each and that the frames of `pages` name."""

set_aside = sa.Table(
    "set_aside",
    metadata,
    sa.Column("key", Hex32, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("retry_at", UtcDateTime),
    sa.Column("source", sa.Text),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("ceiling", sa.Text),
)
"""`ceiling`: the setting that left no room for it, and whose it is, as ``host_budget:paper.example.com``."""
sa.Index("ix_set_aside_due", set_aside.c.source, set_aside.c.retry_at)
sa.Index(
    "ix_set_aside_ceiling",
    set_aside.c.ceiling,
    set_aside.c.source,
    sqlite_where=set_aside.c.ceiling.is_not(None),
    postgresql_where=set_aside.c.ceiling.is_not(None),
)

topics = sa.Table(
    "topics",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("aliases", sa.JSON, nullable=False),
    sa.Column("all_of", sa.JSON, nullable=False),
    sa.Column("none_of", sa.JSON, nullable=False),
    sa.Column("lang", sa.String(16)),
    sa.UniqueConstraint("name"),
)

article_topics = sa.Table(
    "article_topics",
    metadata,
    _article(primary=True),
    sa.Column(
        "topic_id",
        Identity,
        sa.ForeignKey("topics.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
)
sa.Index("ix_article_topics_topic_id", article_topics.c.topic_id, article_topics.c.article_id)

unmatched = sa.Table(
    "unmatched",
    metadata,
    sa.Column(
        "topic_id", Identity, sa.ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("key", Hex32, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("every", sa.Integer),
    sa.Column("cron", sa.Text),
    sa.Column("cron_zone", sa.Text),
    sa.Column("min_interval", sa.Integer),
    sa.Column("max_interval", sa.Integer),
    sa.Column("zone", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("topic_template", sa.Text),
    sa.Column("doors", sa.JSON, nullable=False),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("limits", sa.JSON, nullable=False),
    sa.Column("delay", sa.Double),
    sa.Column("keep_unsure", sa.Boolean, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("last_run", UtcDateTime),
    sa.Column("last_success", UtcDateTime),
    sa.Column("last_new", UtcDateTime),
    sa.Column("next_due", UtcDateTime),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_error", sa.Text),
    sa.Column("articles", sa.BigInteger, nullable=False),
    sa.Column("history", sa.JSON),
    sa.Column("revisit", sa.JSON(none_as_null=True)),
    sa.Column("waits", sa.JSON(none_as_null=True)),
)

doors = sa.Table(
    "doors",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("door", Hex32, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("unfinished", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("saved_at", UtcDateTime, nullable=False),
)

searches = sa.Table(
    "searches",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("search", Hex32, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("covered", UtcDateTime, nullable=False),
)

url_patterns = sa.Table(
    "url_patterns",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("pattern_key", Hex32, primary_key=True),
    sa.Column("pattern", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("retry_at", UtcDateTime, nullable=False),
)

robots = sa.Table(
    "robots",
    metadata,
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Column("body", sa.Text),
    sa.Column("fetched_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("blocked_until", UtcDateTime),
    sa.Column("block_reason", sa.Text),
    sa.Column("lease_token", sa.Text),
    sa.Column("lease_until", UtcDateTime),
)
sa.Index(
    "ix_hosts_blocked",
    hosts.c.blocked_until,
    sqlite_where=hosts.c.blocked_until.is_not(None),
    postgresql_where=hosts.c.blocked_until.is_not(None),
)

crawls = sa.Table(
    "crawls",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("pid", sa.BigInteger),
    sa.Column("host", sa.Text),
    sa.Column("due_at", UtcDateTime),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("heartbeat_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("errors", sa.JSON, nullable=False),
)
sa.Index("ix_crawls_source", crawls.c.source, crawls.c.id)
sa.Index(
    "ix_crawls_running",
    crawls.c.state,
    sqlite_where=sa.text("state = 'running'"),
    postgresql_where=sa.text("state = 'running'"),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("set_at", UtcDateTime, nullable=False),
    sa.Column("asked", sa.JSON(none_as_null=True)),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
)
"""Requests of the last hour, so that a restart does not forget what was spent. `at`: epoch seconds."""
sa.Index("ix_requests_at", requests.c.at)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("state", sa.JSON, nullable=False),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("hub", sa.Text, nullable=False),
    sa.Column("callback", sa.Text, nullable=False),
    sa.Column("secret", sa.String(200), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("asked_at", UtcDateTime),
    sa.Column("ask_again_at", UtcDateTime),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("renew_at", UtcDateTime),
    sa.Column("pushed_at", UtcDateTime),
    sa.Column("read_at", UtcDateTime),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("note", sa.Text),
)
