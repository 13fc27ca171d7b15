"""A role may count within some units only."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012_role_units"
down_revision: str | None = "0011_integration"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "user_account", sa.Column("role_units", sa.JSON(), nullable=False, server_default="{}")
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("user_account", "role_units")
