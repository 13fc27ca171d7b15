"""Indexes cover what the pages of work and of upkeep count of a large bank."""

from collections.abc import Sequence

from alembic import op

revision: str = "0042_counted_pairs"
down_revision: str | None = "0041_daily_mail"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REVIEW = ["status", "review_by", "confirmed_on", "unit_id"]
_ADOPTION = ["adopted_from", "status", "unit_id"]


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_index("ix_qa_pair_review", "qa_pair", _REVIEW)
    op.create_index("ix_qa_pair_adoption", "qa_pair", _ADOPTION)
    op.drop_index("ix_qa_pair_status_review_by", "qa_pair")
    op.drop_index("ix_qa_pair_adopted_from", "qa_pair")


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.create_index("ix_qa_pair_adopted_from", "qa_pair", ["adopted_from"])
    op.create_index("ix_qa_pair_status_review_by", "qa_pair", ["status", "review_by"])
    op.drop_index("ix_qa_pair_adoption", "qa_pair")
    op.drop_index("ix_qa_pair_review", "qa_pair")
