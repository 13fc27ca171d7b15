"""Inspection packages are kept as issued; indexes let figures be counted from them alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031_reports"
down_revision: str | None = "0030_work_lists"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXES = (
    (
        "ix_consultation_figures",
        "consultation",
        ["created_at", "verdict", "channel", "area", "nearest_unit", "repeat_of", "id"],
    ),
    ("ix_choice_figures", "choice", ["consultation_id", "outcome", "pair_id", "created_at"]),
    (
        "ix_ledger_event_figures",
        "ledger_event",
        ["verb", "entry_id", "occurred_at", "to_state"],
    ),
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "inspection_package",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("occasion", sa.String(32), unique=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("issued_by_person_id", sa.Integer()),
        sa.Column("issued_by_key_id", sa.Integer()),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.String()),
        sa.Column("edited_by_person_id", sa.Integer()),
        sa.Column("edited_by_key_id", sa.Integer()),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
    )
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_table("inspection_package")
