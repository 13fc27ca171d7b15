"""What happens to a ledger entry until it is closed."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0003_ledger_moves"
down_revision: str | None = "0002_suggested_variants"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = {
    "sqlite": (
        (
            "CREATE TRIGGER ledger_event_kept BEFORE DELETE ON ledger_event "
            "BEGIN SELECT RAISE(ABORT, 'ledger_event is append-only'); END"
        ),
        (
            "CREATE TRIGGER ledger_event_unchanged BEFORE UPDATE ON ledger_event "
            "BEGIN SELECT RAISE(ABORT, 'ledger_event is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        ),
        (
            "CREATE TRIGGER ledger_event_unchanged BEFORE UPDATE OR DELETE ON ledger_event "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
    ),
}
"""Kept by the database itself, whatever the code does."""

CHANGEABLE = {
    "sqlite": ("DROP TRIGGER ledger_event_kept", "DROP TRIGGER ledger_event_unchanged"),
    "postgresql": (
        "DROP TRIGGER ledger_event_unchanged ON ledger_event",
        "DROP FUNCTION refuse_change()",
    ),
}

INDEXES = (
    ("ix_ledger_entry_asker_id", "ledger_entry", ["asker_id"]),
    ("ix_ledger_entry_joined_to_id", "ledger_entry", ["joined_to_id"]),
    ("ix_ledger_entry_pair_id", "ledger_entry", ["pair_id"]),
    ("ix_ledger_entry_received_at", "ledger_entry", ["received_at"]),
    ("ix_ledger_entry_board", "ledger_entry", ["unit_id", "state", "due_on", "informed_at"]),
    ("ix_qa_pair_origin", "qa_pair", ["origin"]),
)


def columns() -> tuple[tuple[str, sa.Column[Any]], ...]:
    """The new columns; a NOT NULL one fills the rows there are with its default."""
    return (
        ("unit", sa.Column("email", sa.String(254))),
        ("user_account", sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"))),
        ("api_key", sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"))),
        ("qa_pair", sa.Column("origin", sa.String(32))),
        ("outbox_event", _filled("destination", sa.String(32), "webhook")),
        ("outbox_event", sa.Column("outcome", sa.String(32))),
        ("outbox_event", sa.Column("last_error", sa.String(200))),
        ("ledger_event", _filled("verb", sa.String(32), "register")),
        ("ledger_event", _filled("details", sa.JSON(), "{}")),
        ("ledger_entry", _filled("kind", sa.String(32), "consultation")),
        ("ledger_entry", _filled("channel", sa.String(32), "")),
        ("ledger_entry", _filled("terms", sa.Text(), "")),
        ("ledger_entry", _filled("limit_workdays", sa.Integer(), "5")),
        ("ledger_entry", _filled("extended_workdays", sa.Integer(), "0")),
        (
            "ledger_entry",
            sa.Column("joined_to_id", sa.Integer(), sa.ForeignKey("ledger_entry.id")),
        ),
        ("ledger_entry", sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"))),
        ("ledger_entry", sa.Column("pair_version", sa.Integer())),
        ("ledger_entry", sa.Column("pair_declined", sa.Text())),
        ("ledger_entry", sa.Column("assigned_at", sa.DateTime(timezone=True))),
        ("consultation", sa.Column("repeat_of", sa.String(20))),
        ("consultation", sa.Column("revealed_by", sa.String(80))),
        ("consultation", sa.Column("revealed_at", sa.DateTime(timezone=True))),
        ("ledger_entry", sa.Column("informed_at", sa.DateTime(timezone=True))),
        ("ledger_entry", sa.Column("closed_at", sa.DateTime(timezone=True))),
    )


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "callback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_masked", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("reply_number", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id", "attempt"),
    )
    op.create_table(
        "ledger_co_unit",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("given_by", sa.String(length=80), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id", "unit_id"),
    )
    op.create_index("ix_ledger_co_unit_unit_id", "ledger_co_unit", ["unit_id"])

    op.create_table(
        "ledger_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("phone_script", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("no_basis_reason", sa.Text(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("private_reason", sa.Text(), nullable=True),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id", "number"),
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id", "occasion"),
    )
    op.create_index("ix_reminder_unit_seen", "reminder", ["unit_id", "seen_at"])

    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.String(length=36), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.Column("new_version", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(length=80), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"]),
        sa.ForeignKeyConstraint(["pair_id"], ["qa_pair.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recall_consultation_id", "recall", ["consultation_id"])
    for table, column in columns():
        # In one statement, because SQLite cannot add a constraint to a table there is.
        op.add_column(table, column, inline_references=True)
    op.drop_index("ix_ledger_entry_unit_id", "ledger_entry")
    for name, table, names in INDEXES:
        op.create_index(name, table, names)
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for statement in CHANGEABLE[op.get_bind().dialect.name]:
        op.execute(statement)
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    op.create_index("ix_ledger_entry_unit_id", "ledger_entry", ["unit_id"])
    for table, column in reversed(columns()):
        # Not in batch mode, which would drop and make anew a table that others refer to.
        op.drop_column(table, column.name)
    for table in ("recall", "reminder", "ledger_reply", "ledger_co_unit", "callback"):
        op.drop_table(table)


def _filled(name: str, kind: sa.types.TypeEngine[Any], default: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=default)
