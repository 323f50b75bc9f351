"""What was asked within the hour, the books of the planner, and subscriptions to hubs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
LOST = (
    "what was asked within the hour (budgets begin anew), the books of the planner, the daemon's last sign of life, "
    "and subscriptions to hubs (made anew)"
)

ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Builds three tables."""
    op.create_table(
        "requests",
        sa.Column("id", ROW, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
    op.create_index("ix_requests_at", "requests", ["at"], unique=False)
    op.create_table(
        "plans",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_plans"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", TIME, nullable=True),
        sa.Column("ask_again_at", TIME, nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("renew_at", TIME, nullable=True),
        sa.Column("pushed_at", TIME, nullable=True),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("token", name="pk_subscriptions"),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("subscriptions")
    op.drop_table("plans")
    op.drop_index("ix_requests_at", table_name="requests")
    op.drop_table("requests")
