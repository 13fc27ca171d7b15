"""Consultations keep within what they were asked; answers that all may read have an index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0046_asked_within"
down_revision: str | None = "0045_ends_of_entries"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BOUNDS = ("topic", "audience", "region")
_OPEN = ["adopted_from", "status", "area", "effective_from", "expires_on", "current_version_id"]
_INDEXES = (
    ("ix_qa_version_audience", "audience", "audience <> ''"),
    ("ix_qa_version_limited", "limited_reason", "limited_reason <> ''"),
)


def upgrade() -> None:
    """Bring the schema to this revision; of the questions there are no bound is known."""
    for bound in _BOUNDS:
        column = sa.Column(bound, sa.String(length=100), nullable=False, server_default="")
        op.add_column("consultation", column)
    op.create_index("ix_qa_pair_open", "qa_pair", _OPEN)
    for name, indexed, condition in _INDEXES:
        where = sa.text(condition)
        op.create_index(name, "qa_version", [indexed], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for name, _, _ in reversed(_INDEXES):
        op.drop_index(name, "qa_version")
    op.drop_index("ix_qa_pair_open", "qa_pair")
    for name in reversed(_BOUNDS):
        op.drop_column("consultation", name)
