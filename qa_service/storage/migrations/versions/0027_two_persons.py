"""The stage table and what answers cite of a document are changed by two people.

Stage tables that were set before stay in use; a correction that waits is a row of its own.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027_two_persons"
down_revision: str | None = "0026_aspects"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DECISION = (
    ("decided_by", sa.String()),
    ("decided_by_person_id", sa.Integer()),
    ("decided_by_key_id", sa.Integer()),
    ("decided_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "review_plan",
        sa.Column("state", sa.String(16), nullable=False, server_default="confirmed"),
    )
    for name, kind in _DECISION:
        op.add_column("review_plan", sa.Column(name, kind, nullable=True))
    op.add_column(
        "review_plan",
        sa.Column("decision_reason", sa.String(200), nullable=False, server_default=""),
    )
    op.create_table(
        "policy_correction",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("document_id", sa.Integer(), sa.ForeignKey("policy_document.id"), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_by_person_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by_key_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, kind, nullable=True) for name, kind in _DECISION),
        sa.Column("decision_reason", sa.String(500), nullable=False),
        sa.Index("ix_policy_correction_document_id", "document_id"),
        sa.Index("ix_policy_correction_state", "state"),
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("policy_correction")
    op.drop_column("review_plan", "decision_reason")
    for name, _ in reversed(_DECISION):
        op.drop_column("review_plan", name)
    op.drop_column("review_plan", "state")
