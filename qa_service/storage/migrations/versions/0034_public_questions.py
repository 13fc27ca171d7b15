"""Citizens leave questions at the public desk and rate answers; keys show their public part."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from qa_service.storage.column_types import UTCDateTime

revision: str = "0034_public_questions"
down_revision: str | None = "0033_tasks"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "public_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("form_hash", sa.String(length=64), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("left_at", UTCDateTime(), nullable=False),
        sa.Column("satisfaction", sa.String(length=32), nullable=True),
        sa.Column("rated_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_hash"),
    )
    op.create_index("ix_public_question_entry_id", "public_question", ["entry_id"])
    op.create_table(
        "answer_rating",
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("satisfaction", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["qa_pair.id"]),
        sa.PrimaryKeyConstraint("pair_id", "version", "day", "satisfaction"),
    )
    op.add_column("encryption_key", sa.Column("sealing_key", sa.String(length=64), nullable=True))
    op.add_column("encryption_key", sa.Column("form_key", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("encryption_key", "form_key")
    op.drop_column("encryption_key", "sealing_key")
    op.drop_table("answer_rating")
    op.drop_index("ix_public_question_entry_id", table_name="public_question")
    op.drop_table("public_question")
