"""Versions state the aspect that is asked; citations tell whether the document was read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026_aspects"
down_revision: str | None = "0024_contradictions"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("qa_version", sa.Column("aspect", sa.String(32), nullable=True))
    op.add_column(
        "pair_basis", sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("pair_basis", "verified")
    op.drop_column("qa_version", "aspect")
