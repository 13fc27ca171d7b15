"""Entries tell why they were typed in afterwards, documents where they are interpreted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035_late_receipts"
down_revision: str | None = "0034_public_questions"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("ledger_entry", sa.Column("late_reason", sa.Text(), nullable=True))
    op.add_column(
        "policy_document", sa.Column("interpretation_title", sa.String(300), nullable=True)
    )
    op.add_column(
        "policy_document", sa.Column("interpretation_link", sa.String(500), nullable=True)
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("policy_document", "interpretation_link")
    op.drop_column("policy_document", "interpretation_title")
    op.drop_column("ledger_entry", "late_reason")
