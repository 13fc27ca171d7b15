"""Contradictions keep kind and versions compared; wordings have a key; told dates of pairs.

The keys of stored wordings stay empty here and are filled by the duty ``contradictions``.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024_contradictions"
down_revision: str | None = "0022_identity"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = (
    ("qa_pair", "wording_key", sa.String(64), ""),
    ("question_variant", "wording_key", sa.String(64), ""),
    ("contradiction", "kind", sa.String(32), "answers"),
    ("contradiction", "first_version", sa.Integer(), "0"),
    ("contradiction", "second_version", sa.Integer(), "0"),
    ("index_revision", "compared", sa.Integer(), "0"),
    ("index_revision", "compared_pair", sa.Integer(), "0"),
)
"""Table, name, type and default of each new column; none may be null."""
INDEXES = (
    ("ix_qa_pair_wording_key", "qa_pair", "wording_key"),
    ("ix_question_variant_wording_key", "question_variant", "wording_key"),
    ("ix_contradiction_second_id", "contradiction", "second_id"),
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table, name, kind, default in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    for name, table, column in INDEXES:
        op.create_index(name, table, [column])
    op.create_table(
        "review_notice",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("pair_id", "kind", "due_on"),
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("review_notice")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
    for table, name, _, _ in reversed(COLUMNS):
        op.drop_column(table, name)
