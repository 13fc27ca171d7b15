"""Drops the leases of jobs: the leader is chosen by a file lock or an advisory lock."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015_leader_lock"
down_revision: str | None = "0014_vocabulary"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.drop_table("job_lease")


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.create_table(
        "job_lease",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
    )
