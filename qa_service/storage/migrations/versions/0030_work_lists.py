"""Callbacks state whether the asker was satisfied; askers are found by name as by contact."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030_work_lists"
down_revision: str | None = "0026_aspects"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("callback", sa.Column("satisfaction", sa.String(32), nullable=True))
    op.add_column("asker", sa.Column("name_hash", sa.String(64), nullable=True))
    op.create_index("ix_asker_name_hash", "asker", ["name_hash"])


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_index("ix_asker_name_hash", "asker")
    op.drop_column("asker", "name_hash")
    op.drop_column("callback", "satisfaction")
