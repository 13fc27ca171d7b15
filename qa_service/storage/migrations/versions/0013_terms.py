"""Columns and tables bear the terms of the glossary: area, topic, correction callback."""

from collections.abc import Sequence

from alembic import op

revision: str = "0013_terms"
down_revision: str | None = "0012_role_units"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    ("matter", "topic"),
    ("unit_field", "unit_area"),
    ("recall", "correction_callback"),
)
OF_AN_AREA = (
    "consultation",
    "ledger_entry",
    "ledger_reply",
    "qa_pair",
    "qa_version",
    "topic",
    "unit_area",
)
INDEXES = (
    ("ix_qa_pair_status_field", "ix_qa_pair_status_area", "qa_pair", ("status", "area")),
    ("ix_unit_field_unit_id", "ix_unit_area_unit_id", "unit_area", ("unit_id",)),
    (
        "ix_recall_consultation_id",
        "ix_correction_callback_consultation_id",
        "correction_callback",
        ("consultation_id",),
    ),
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    for old, new in TABLES:
        op.rename_table(old, new)
    for table in OF_AN_AREA:
        # Both databases rename a column in place; a batch would copy the whole table.
        op.execute(f"ALTER TABLE {table} RENAME COLUMN field TO area")
    for old, new, table, columns in INDEXES:
        op.drop_index(old, table_name=table)
        op.create_index(new, table, list(columns))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for _, new, table, _ in INDEXES:
        op.drop_index(new, table_name=table)
    for table in OF_AN_AREA:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN area TO field")
    for old, _, table, columns in INDEXES:
        before = ["field" if column == "area" else column for column in columns]
        op.create_index(old, table, before)
    for old, new in TABLES:
        op.rename_table(new, old)
