"""Satisfaction of askers called back, askers found by name, one-time links for replies."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from qa_service.storage.column_types import UTCDateTime

revision: str = "0030_work_lists"
down_revision: str | None = "0029_calls"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("callback", sa.Column("satisfaction", sa.String(32), nullable=True))
    op.add_column("asker", sa.Column("name_hash", sa.String(64), nullable=True))
    op.create_index("ix_asker_name_hash", "asker", ["name_hash"])
    op.create_table(
        "reply_link",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("entry_id", sa.Integer(), sa.ForeignKey("ledger_entry.id"), nullable=False),
        sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("sent_by_person_id", sa.Integer(), nullable=True),
        sa.Column("sent_by_key_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("reply", sa.Integer(), nullable=True),
    )
    op.create_index("ix_reply_link_entry_id", "reply_link", ["entry_id"])


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("reply_link")
    op.drop_index("ix_asker_name_hash", "asker")
    op.drop_column("asker", "name_hash")
    op.drop_column("callback", "satisfaction")
