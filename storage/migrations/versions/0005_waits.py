"""What waits for room under a ceiling on requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
LOST = "for which budget looks and articles wait; they are tried again when they were to be"

PUT_OFF = sa.text("ceiling IS NOT NULL")


def upgrade() -> None:
    """Adds a column to sources and one to what is set aside, and an index of those that have it."""
    op.add_column("sources", sa.Column("waits", sa.JSON(), nullable=True))
    op.add_column("set_aside", sa.Column("ceiling", sa.Text(), nullable=True))
    op.create_index(
        "ix_set_aside_ceiling",
        "set_aside",
        ["ceiling", "source"],
        sqlite_where=PUT_OFF,
        postgresql_where=PUT_OFF,
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_index("ix_set_aside_ceiling", table_name="set_aside")
    op.drop_column("set_aside", "ceiling")
    op.drop_column("sources", "waits")
