"""Keeps the fingerprint of each encryption key, filled in by the first start with the keys."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025_encryption_key"
down_revision: str | None = "0021_ledger"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "encryption_key",
        sa.Column("key_id", sa.Integer(), autoincrement=False, primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("encryption_key")
