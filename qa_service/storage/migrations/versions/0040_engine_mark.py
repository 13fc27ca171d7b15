"""The bank remembers which search engine outside it was put into."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0040_engine_mark"
down_revision: str | None = "0039_reply_notices"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision; a service that finds its engine notes it at its start."""
    op.add_column(
        "index_revision",
        sa.Column("engine_mark", sa.String(64), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("index_revision", "engine_mark")
