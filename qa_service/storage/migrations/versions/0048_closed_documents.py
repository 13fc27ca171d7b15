"""A correction may close a document to the public; it keeps the answers it suspended."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0048_closed_documents"
down_revision: str | None = "0047_erased_notes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = (("closes", sa.Boolean(), sa.false()), ("suspended", sa.JSON(), sa.text("'[]'")))


def upgrade() -> None:
    """Bring the schema to this revision; no correction there is closes a document."""
    for name, kind, default in _COLUMNS:
        column = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column("policy_correction", column)


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("policy_correction", "suspended")
    op.drop_column("policy_correction", "closes")
