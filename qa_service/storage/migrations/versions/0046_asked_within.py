"""A consultation keeps within which matter, audience and region it was asked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0046_asked_within"
down_revision: str | None = "0045_ends_of_entries"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BOUNDS = ("topic", "audience", "region")


def upgrade() -> None:
    """Bring the schema to this revision; of the questions there are no bound is known."""
    for name in _BOUNDS:
        column = sa.Column(name, sa.String(length=100), nullable=False, server_default="")
        op.add_column("consultation", column)


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for name in reversed(_BOUNDS):
        op.drop_column("consultation", name)
