"""Entries are found by when they ended, first were due and, while they run, are due."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0045_ends_of_entries"
down_revision: str | None = "0044_counted_of_pairs"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = {
    "ix_ledger_entry_ended": (
        sa.text("coalesce(informed_at, closed_at)"),
        "state",
        "received_at",
        "unit_id",
        "area",
        "channel",
        "due_on",
        "was_overdue_on",
        "informed_at",
        "closed_at",
    ),
    "ix_ledger_entry_first_due": (
        sa.text("coalesce(was_overdue_on, due_on)"),
        "state",
        "unit_id",
        "area",
        "channel",
        "received_at",
        "due_on",
        "was_overdue_on",
        "informed_at",
        "closed_at",
    ),
}


_RUNNING = sa.text("state NOT IN ('closed', 'voided') AND informed_at IS NULL")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_index(
        "ix_ledger_entry_running",
        "ledger_entry",
        ["due_on"],
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "ledger_entry", [*columns])


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for name in reversed(_INDEXES):
        op.drop_index(name, "ledger_entry")
    op.drop_index("ix_ledger_entry_running", "ledger_entry")
