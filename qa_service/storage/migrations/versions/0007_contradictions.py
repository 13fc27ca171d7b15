"""Pairs that ask nearly the same and answer otherwise (口径冲突)."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007_contradictions"
down_revision: str | None = "0006_matters"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "contradiction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["first_id"], ["qa_pair.id"]),
        sa.ForeignKeyConstraint(["second_id"], ["qa_pair.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("first_id", "second_id"),
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("contradiction")
