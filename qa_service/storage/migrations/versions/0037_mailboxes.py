"""Accounts have a mail address of their own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0037_mailboxes"
down_revision: str | None = "0036_sending"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("user_account", sa.Column("email", sa.String(254), nullable=True))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("user_account", "email")
