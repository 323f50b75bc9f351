"""The first schema: what `storage/schema.py` said when presswatch began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
LOST = "everything"

ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

SQLITE_SEARCH = """
CREATE VIRTUAL TABLE search_index USING fts5(
    tokens, content='', detail=none,
    tokenize="ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\\]^_`{|}~'"
)
"""
"""Contentless, without positions: candidates come from the index, the text decides (see `storage/search.py`).

Our tokens are blank-separated, and with every ASCII sign a token character nothing else separates them.
"""
POSTGRES_SEARCH = (
    "CREATE TABLE search_segments"
    " (id BIGINT PRIMARY KEY, level SMALLINT NOT NULL, size INTEGER NOT NULL, documents BYTEA NOT NULL)",
    'CREATE TABLE search_pages (segment BIGINT NOT NULL, first TEXT COLLATE "C" NOT NULL, entries BYTEA NOT NULL,'
    " PRIMARY KEY (segment, first))",
    # zstd has packed them, and what merging leaves behind is to be used again soon.
    "ALTER TABLE search_segments ALTER COLUMN documents SET STORAGE EXTERNAL",
    "ALTER TABLE search_pages ALTER COLUMN entries SET STORAGE EXTERNAL",
    "ALTER TABLE search_pages SET (autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02)",
)
"""See `storage/segments.py`."""


def upgrade() -> None:
    """Builds every table."""
    op.create_table(
        "articles",
        sa.Column("id", ROW, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("published_at", TIME, nullable=True),
        sa.Column("published_offset", sa.SmallInteger(), nullable=True),
        sa.Column("published_precision", sa.String(length=8), nullable=True),
        sa.Column("published_zone_from", sa.String(length=8), nullable=True),
        sa.Column("modified_at", TIME, nullable=True),
        sa.Column("modified_offset", sa.SmallInteger(), nullable=True),
        sa.Column("modified_precision", sa.String(length=8), nullable=True),
        sa.Column("modified_zone_from", sa.String(length=8), nullable=True),
        sa.Column("dated_at", TIME, nullable=False),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("fetched_at", TIME, nullable=False),
        sa.Column("lang", sa.String(length=16), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("image_caption", sa.Text(), nullable=True),
        sa.Column("captions", sa.JSON(), nullable=False),
        sa.Column("source_line", sa.Text(), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("served_digest", sa.String(length=64), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("story", sa.String(length=32), nullable=False),
        sa.Column("search_doc", sa.BigInteger(), nullable=False),
        sa.Column("change_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("change_seq", name="uq_articles_change_seq"),
        sa.UniqueConstraint("public_id", name="uq_articles_public_id"),
        sa.UniqueConstraint("search_doc", name="uq_articles_search_doc"),
    )
    op.create_index("ix_articles_dated_at", "articles", ["dated_at"], unique=False)
    op.create_index("ix_articles_first_seen", "articles", ["first_seen"], unique=False)
    op.create_index("ix_articles_story", "articles", ["story"], unique=False)
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "crawls",
        sa.Column("id", ROW, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("heartbeat_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crawls"),
    )
    op.create_index(
        "ix_crawls_running",
        "crawls",
        ["state"],
        unique=False,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index("ix_crawls_source", "crawls", ["source", "id"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cursors"),
    )
    op.create_table(
        "doors",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("unfinished", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "door", name="pk_doors"),
    )
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("blocked_until", TIME, nullable=True),
        sa.Column("block_reason", sa.Text(), nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
    )
    op.create_index(
        "ix_hosts_blocked",
        "hosts",
        ["blocked_until"],
        unique=False,
        sqlite_where=sa.text("blocked_until IS NOT NULL"),
        postgresql_where=sa.text("blocked_until IS NOT NULL"),
    )
    op.create_table(
        "page_dictionaries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("trained_at", TIME, nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_page_dictionaries"),
    )
    op.create_table(
        "robots",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("fetched_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_robots"),
    )
    op.create_table(
        "set_aside",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("retry_at", TIME, nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_set_aside"),
    )
    op.create_index("ix_set_aside_due", "set_aside", ["source", "retry_at"], unique=False)
    op.create_table(
        "sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("every", sa.Integer(), nullable=True),
        sa.Column("cron", sa.Text(), nullable=True),
        sa.Column("cron_zone", sa.Text(), nullable=True),
        sa.Column("min_interval", sa.Integer(), nullable=True),
        sa.Column("max_interval", sa.Integer(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("topic_template", sa.Text(), nullable=True),
        sa.Column("doors", sa.JSON(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("delay", sa.Double(), nullable=True),
        sa.Column("keep_unsure", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("last_run", TIME, nullable=True),
        sa.Column("last_success", TIME, nullable=True),
        sa.Column("last_new", TIME, nullable=True),
        sa.Column("next_due", TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.Column("history", sa.JSON(), nullable=True),
        sa.Column("revisit", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )
    op.create_table(
        "searches",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("search", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("covered", TIME, nullable=False),
        sa.PrimaryKeyConstraint("topic", "search", name="pk_searches"),
    )
    op.create_table(
        "url_patterns",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("pattern_key", sa.String(length=32), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("retry_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "pattern_key", name="pk_url_patterns"),
    )
    op.create_table(
        "texts",
        sa.Column("id", ROW, nullable=False),
        sa.Column("hash_version", sa.SmallInteger(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("shareable", sa.Boolean(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text().with_variant(sa.LargeBinary(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
    )
    op.create_index(
        "uq_texts_shared",
        "texts",
        ["hash_version", "content_hash"],
        unique=True,
        sqlite_where=sa.text("shareable"),
        postgresql_where=sa.text("shareable"),
    )
    op.create_table(
        "topics",
        sa.Column("id", ROW, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("all_of", sa.JSON(), nullable=False),
        sa.Column("none_of", sa.JSON(), nullable=False),
        sa.Column("lang", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_topics"),
        sa.UniqueConstraint("name", name="uq_topics_name"),
    )
    op.create_table(
        "article_topics",
        sa.Column("article_id", ROW, autoincrement=False, nullable=False),
        sa.Column("topic_id", ROW, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_article_topics_article_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_article_topics_topic_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "topic_id", name="pk_article_topics"),
    )
    op.create_index("ix_article_topics_topic_id", "article_topics", ["topic_id", "article_id"], unique=False)
    op.create_table(
        "posting_runs",
        sa.Column("id", ROW, autoincrement=False, nullable=False),
        sa.Column("stretch", sa.Integer(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posting_runs"),
    )
    op.create_index("ix_posting_runs_stretch", "posting_runs", ["stretch", "documents"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        # Hashes don't shrink: trying costs more than writing them.
        op.execute("ALTER TABLE posting_runs ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "unmatched",
        sa.Column("topic_id", ROW, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_unmatched_topic_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("topic_id", "key", name="pk_unmatched"),
    )
    op.create_index("ix_unmatched_at", "unmatched", ["at"], unique=False)
    op.create_table(
        "pages",
        sa.Column("article_id", ROW, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", TIME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_pages_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", name="pk_pages"),
    )
    op.create_index("ix_pages_fetched_at", "pages", ["fetched_at"], unique=False)
    op.create_table(
        "sightings",
        sa.Column("article_id", ROW, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("first_seen", TIME, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_sightings_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "source", "form", name="pk_sightings"),
    )
    op.create_index("ix_sightings_source", "sightings", ["source", "first_seen"], unique=False)
    op.create_table(
        "url_keys",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("article_id", ROW, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_url_keys_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_url_keys"),
    )
    op.create_index("ix_url_keys_article_id", "url_keys", ["article_id"], unique=False)
    op.create_table(
        "versions",
        sa.Column("article_id", ROW, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text_id", ROW, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_versions_article_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name="fk_versions_text_id"),
        sa.PrimaryKeyConstraint("article_id", "number", name="pk_versions"),
    )
    op.create_index("ix_versions_text_id", "versions", ["text_id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("article_id", ROW, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("fetched_at", TIME, nullable=False),
        sa.Column("next_check_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_visits_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", name="pk_visits"),
    )
    op.create_index(
        "ix_visits_due",
        "visits",
        ["source", "next_check_at"],
        unique=False,
        sqlite_where=sa.text("next_check_at IS NOT NULL"),
        postgresql_where=sa.text("next_check_at IS NOT NULL"),
    )
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    for name in ("change_seq", "articles"):
        op.execute(counters.insert().values(name=name, value=0))
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().exec_driver_sql(SQLITE_SEARCH)
    else:
        for statement in POSTGRES_SEARCH:
            op.execute(statement)


def downgrade() -> None:
    """Drops every table."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    else:
        op.execute("DROP TABLE search_pages")
        op.execute("DROP TABLE search_segments")

    op.drop_index(
        "ix_visits_due",
        table_name="visits",
        sqlite_where=sa.text("next_check_at IS NOT NULL"),
        postgresql_where=sa.text("next_check_at IS NOT NULL"),
    )
    op.drop_table("visits")
    op.drop_table("url_patterns")
    op.drop_table("searches")
    op.drop_index("ix_versions_text_id", table_name="versions")
    op.drop_table("versions")
    op.drop_index("ix_url_keys_article_id", table_name="url_keys")
    op.drop_table("url_keys")
    op.drop_index("ix_sightings_source", table_name="sightings")
    op.drop_table("sightings")
    op.drop_index("ix_pages_fetched_at", table_name="pages")
    op.drop_table("pages")
    op.drop_index("ix_article_topics_topic_id", table_name="article_topics")
    op.drop_table("article_topics")
    op.drop_index("ix_posting_runs_stretch", table_name="posting_runs")
    op.drop_table("posting_runs")
    op.drop_index("ix_unmatched_at", table_name="unmatched")
    op.drop_table("unmatched")
    op.drop_table("topics")
    op.drop_index(
        "uq_texts_shared", table_name="texts", sqlite_where=sa.text("shareable"), postgresql_where=sa.text("shareable")
    )
    op.drop_table("texts")
    op.drop_table("sources")
    op.drop_index("ix_set_aside_due", table_name="set_aside")
    op.drop_table("set_aside")
    op.drop_table("robots")
    op.drop_table("page_dictionaries")
    op.drop_index(
        "ix_hosts_blocked",
        table_name="hosts",
        sqlite_where=sa.text("blocked_until IS NOT NULL"),
        postgresql_where=sa.text("blocked_until IS NOT NULL"),
    )
    op.drop_table("hosts")
    op.drop_table("doors")
    op.drop_table("cursors")
    op.drop_index("ix_crawls_source", table_name="crawls")
    op.drop_index(
        "ix_crawls_running",
        table_name="crawls",
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.drop_table("crawls")
    op.drop_table("counters")
    op.drop_index("ix_articles_story", table_name="articles")
    op.drop_index("ix_articles_first_seen", table_name="articles")
    op.drop_index("ix_articles_dated_at", table_name="articles")
    op.drop_table("articles")
