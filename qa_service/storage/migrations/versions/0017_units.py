"""Units have a level, a parent and a person in charge; areas and years of holidays are kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017_units"
down_revision: str | None = "0016_actor"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AREAS = (
    "生育",
    "教育",
    "养老",
    "医疗",
    "就业创业",
    "社会救助",
    "投资",
    "纳税",
    "疫情防控",
)
"""The areas there could be before; pairs and entries refer to them by these keys."""

UNIT_COLUMNS = (
    "level VARCHAR(32) DEFAULT 'district' NOT NULL",
    "parent_id INTEGER REFERENCES unit (id)",
    "person_in_charge VARCHAR(64)",
    "phone VARCHAR(64)",
    "is_active BOOLEAN DEFAULT true NOT NULL",
    "merged_into_id INTEGER REFERENCES unit (id)",
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    areas = op.create_table(
        "policy_area",
        sa.Column("key", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(32), nullable=False, unique=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.String(32)),
    )
    rows = [
        {"key": area, "name": area, "position": position, "is_active": True}
        for position, area in enumerate(AREAS, start=1)
    ]
    op.bulk_insert(areas, rows)
    for column in UNIT_COLUMNS:
        # Alembic cannot add a column with a foreign key on SQLite.
        op.execute(f"ALTER TABLE unit ADD COLUMN {column}")
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("notice", sa.String(64), nullable=False),
        sa.Column("days_off", sa.JSON(), nullable=False),
        sa.Column("make_up_days", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("saved_by_person_id", sa.Integer()),
        sa.Column("saved_by_key_id", sa.Integer()),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "calendar_state",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    """Take the schema back to the revision before; added areas remain only as text."""
    op.drop_table("calendar_state")
    op.drop_table("calendar_year")
    for column in reversed(UNIT_COLUMNS):
        op.execute(f"ALTER TABLE unit DROP COLUMN {column.split()[0]}")
    op.drop_table("policy_area")
