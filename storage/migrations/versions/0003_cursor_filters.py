"""What an export's cursor was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
LOST = "with which filters `export --since-last` was asked, so that others are no longer refused; how far it read stays"


def upgrade() -> None:
    """Adds a column, empty for cursors that are there."""
    op.add_column("cursors", sa.Column("asked", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("cursors", "asked")
