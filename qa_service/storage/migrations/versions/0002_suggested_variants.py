"""Wordings offered as variants."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002_suggested_variants"
down_revision: str | None = "0001_first_tables"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "suggested_variant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("text_key", sa.String(length=64), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"],
            ["qa_pair.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pair_id", "text_key"),
    )
    with op.batch_alter_table("suggested_variant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suggested_variant_pair_id"), ["pair_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suggested_variant_state"), ["state"], unique=False)


def downgrade() -> None:
    """Take the schema back to the revision before."""
    with op.batch_alter_table("suggested_variant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suggested_variant_state"))
        batch_op.drop_index(batch_op.f("ix_suggested_variant_pair_id"))

    op.drop_table("suggested_variant")
