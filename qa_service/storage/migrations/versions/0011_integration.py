"""What other systems follow: the feed of changes, delivery attempts, the lease of jobs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011_integration"
down_revision: str | None = "0010_access"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A mirror that starts from nothing finds what an earlier release had published.
SEED = """
INSERT INTO pair_change (pair_id, kind, version, revision, changed_at)
SELECT qa_pair.id, qa_pair.status, qa_version.number, qa_pair.revision, qa_pair.updated_at
FROM qa_pair JOIN qa_version ON qa_version.id = qa_pair.current_version_id
WHERE qa_pair.status IN ('published', 'withdrawn')
ORDER BY qa_pair.revision, qa_pair.id
"""


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "pair_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["qa_pair.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_pair_change_pair_id", "pair_change", ["pair_id"])
    op.execute(SEED)
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["outbox_event.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_delivery_attempt_event_id", "delivery_attempt", ["event_id"])
    with op.batch_alter_table("outbox_event") as table:
        table.add_column(sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE outbox_event SET queued_at = created_at")
    with op.batch_alter_table("outbox_event") as table:
        table.alter_column("queued_at", nullable=False)
    op.create_index("ix_outbox_event_subject", "outbox_event", ["destination", "subject", "id"])
    op.create_table(
        "job_lease",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("job_lease")
    op.drop_index("ix_outbox_event_subject", "outbox_event")
    op.drop_column("outbox_event", "queued_at")
    op.drop_table("delivery_attempt")
    op.drop_table("pair_change")
