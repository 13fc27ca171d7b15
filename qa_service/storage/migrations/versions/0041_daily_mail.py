"""Accounts keep the day for which the person was last told by mail what waits."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0041_daily_mail"
down_revision: str | None = "0040_engine_mark"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("user_account", sa.Column("told_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("user_account", "told_on")
