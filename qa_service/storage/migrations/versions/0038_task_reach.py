"""Links of services are confirmed by a second person; indexes of what pages count."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from qa_service.storage.column_types import UTCDateTime

revision: str = "0038_task_reach"
down_revision: str | None = "0036_sending"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision; links known before wait for a second person."""
    op.add_column("service_link", sa.Column("confirmed_by", sa.String(), nullable=True))
    op.add_column("service_link", sa.Column("confirmed_by_person_id", sa.Integer(), nullable=True))
    op.add_column("service_link", sa.Column("confirmed_by_key_id", sa.Integer(), nullable=True))
    op.add_column("service_link", sa.Column("confirmed_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for column in ("confirmed_at", "confirmed_by_key_id", "confirmed_by_person_id", "confirmed_by"):
        op.drop_column("service_link", column)
