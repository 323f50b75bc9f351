"""SQLite's search index in parts (see `storage/parts.py`), each made when its first article comes."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
LOST = ""

_PARTS = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'search_index_[0-9]*'"
    " AND sql LIKE 'CREATE VIRTUAL TABLE%'"
)


def upgrade() -> None:
    """Changes nothing: what was indexed stays where it is."""


def downgrade() -> None:
    """Puts the documents of all parts into the first table."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    names = sorted(connection.exec_driver_sql(_PARTS).scalars(), key=lambda name: int(name.rpartition("_")[2]))
    for name in names:
        op.execute(f"CREATE VIRTUAL TABLE temp.of_part USING fts5vocab('main', '{name}', 'instance')")
        op.execute(
            "INSERT INTO search_index(rowid, tokens) SELECT doc, group_concat(term, ' ') FROM temp.of_part GROUP BY doc"
        )
        op.execute("DROP TABLE temp.of_part")
        op.execute(f"DROP TABLE {name}")
