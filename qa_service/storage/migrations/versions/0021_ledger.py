"""Ledger: past overdue stays known, acts can be undone, reminders go to the role in charge.

Entries that were told late are marked as overdue, and those whose deadline was extended after it
had passed, which the history tells. The undecided requests for an extension are found there too.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021_ledger"
down_revision: str | None = "0020_policies"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LATE = "UPDATE ledger_entry SET was_overdue_on = due_on WHERE {informed} > due_on"
EXTENDED = """
UPDATE ledger_entry SET was_overdue_on = (
    SELECT min({due_from}) FROM ledger_event
    WHERE ledger_event.entry_id = ledger_entry.id AND ledger_event.verb = 'extend'
      AND {occurred} > {due_from})
WHERE EXISTS (
    SELECT 1 FROM ledger_event
    WHERE ledger_event.entry_id = ledger_entry.id AND ledger_event.verb = 'extend'
      AND {occurred} > {due_from})
"""
ASKED = """
UPDATE ledger_entry SET extension_asked_at = (
    SELECT max(occurred_at) FROM ledger_event
    WHERE ledger_event.entry_id = ledger_entry.id AND ledger_event.verb = 'ask_extension')
WHERE state <> 'closed' AND informed_at IS NULL
  AND (SELECT max(id) FROM ledger_event
       WHERE ledger_event.entry_id = ledger_entry.id AND ledger_event.verb = 'ask_extension')
    > coalesce((SELECT max(id) FROM ledger_event
                WHERE ledger_event.entry_id = ledger_entry.id AND ledger_event.verb = 'extend'), 0)
"""
SQLITE = {
    "informed": "date(informed_at, '+8 hours')",
    "occurred": "date(ledger_event.occurred_at, '+8 hours')",
    "due_from": "json_extract(ledger_event.details, '$.from')",
}
POSTGRESQL = {
    "informed": "CAST(informed_at AT TIME ZONE 'Asia/Shanghai' AS date)",
    "occurred": "CAST(ledger_event.occurred_at AT TIME ZONE 'Asia/Shanghai' AS date)",
    "due_from": "CAST(ledger_event.details->>'from' AS date)",
}
"""The day of an instant in Beijing, and the date before an extension, in each database's words."""


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("asker", sa.Column("contact_note", sa.Text()))
    op.add_column("ledger_entry", sa.Column("was_overdue_on", sa.Date()))
    op.add_column("ledger_entry", sa.Column("extension_asked_at", sa.DateTime(timezone=True)))
    op.add_column("ledger_event", sa.Column("prior", sa.JSON()))
    op.add_column("rework_task", sa.Column("evidence", sa.String(500)))
    op.add_column("ledger_co_unit", sa.Column("due_on", sa.Date()))
    op.add_column(
        "reminder", sa.Column("audience", sa.String(32), nullable=False, server_default="unit")
    )
    words = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL
    for statement in (LATE, EXTENDED, ASKED):
        op.execute(statement.format(**words))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("reminder", "audience")
    op.drop_column("ledger_co_unit", "due_on")
    op.drop_column("rework_task", "evidence")
    op.drop_column("ledger_event", "prior")
    op.drop_column("ledger_entry", "extension_asked_at")
    op.drop_column("ledger_entry", "was_overdue_on")
    op.drop_column("asker", "contact_note")
