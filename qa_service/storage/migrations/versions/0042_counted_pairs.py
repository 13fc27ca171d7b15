"""Indexes cover what the pages of work and of upkeep count of a large bank and ledger."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0042_counted_pairs"
down_revision: str | None = "0041_daily_mail"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REVIEW = ["status", "review_by", "confirmed_on", "unit_id"]
_ADOPTION = ["adopted_from", "status", "unit_id"]


def _index_of_present(name: str, column: str) -> None:
    """Create an index on the entries alone that have a value in ``column``."""
    condition = sa.text(f"{column} IS NOT NULL")
    op.create_index(
        name, "ledger_entry", [column], sqlite_where=condition, postgresql_where=condition
    )


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_index("ix_qa_pair_review", "qa_pair", _REVIEW)
    op.create_index("ix_qa_pair_adoption", "qa_pair", _ADOPTION)
    op.drop_index("ix_qa_pair_status_review_by", "qa_pair")
    op.drop_index("ix_qa_pair_adopted_from", "qa_pair")
    op.drop_index("ix_ledger_entry_joined_to_id", "ledger_entry")
    _index_of_present("ix_ledger_entry_joined_to_id", "joined_to_id")
    _index_of_present("ix_ledger_entry_extension", "extension_asked_at")


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_index("ix_ledger_entry_extension", "ledger_entry")
    op.drop_index("ix_ledger_entry_joined_to_id", "ledger_entry")
    op.create_index("ix_ledger_entry_joined_to_id", "ledger_entry", ["joined_to_id"])
    op.create_index("ix_qa_pair_adopted_from", "qa_pair", ["adopted_from"])
    op.create_index("ix_qa_pair_status_review_by", "qa_pair", ["status", "review_by"])
    op.drop_index("ix_qa_pair_adoption", "qa_pair")
    op.drop_index("ix_qa_pair_review", "qa_pair")
