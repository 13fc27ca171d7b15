"""Consultations tell the past day whose rules were searched, versions the questions expected."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032_past_rules"
down_revision: str | None = "0031_reports"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("consultation", sa.Column("as_of", sa.Date(), nullable=True))
    op.add_column(
        "qa_version",
        sa.Column("expected_questions", sa.JSON(), nullable=False, server_default="[]"),
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("qa_version", "expected_questions")
    op.drop_column("consultation", "as_of")
