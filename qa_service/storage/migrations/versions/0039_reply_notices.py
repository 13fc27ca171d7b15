"""Notices to citizens that the reply to a question left at the desk is there."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from qa_service.storage.column_types import UTCDateTime

revision: str = "0039_reply_notices"
down_revision: str | None = "0038_task_reach"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "reply_notice",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("entry_id", sa.Integer(), sa.ForeignKey("ledger_entry.id"), nullable=False),
        sa.Column("reply_id", sa.Integer(), sa.ForeignKey("ledger_reply.id"), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("queued_at", UTCDateTime(), nullable=False),
        sa.Column("delivered_at", UTCDateTime(), nullable=True),
        sa.UniqueConstraint("entry_id", "reply_id"),
    )
    op.create_index("ix_reply_notice_queued_at", "reply_notice", ["queued_at"])


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("reply_notice")
