"""A task for a knowledge gap remembers the questions that it is to answer."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043_gap_questions"
down_revision: str | None = "0040_engine_mark"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "gap_question",
        sa.Column(
            "consultation_id", sa.String(36), sa.ForeignKey("consultation.id"), primary_key=True
        ),
        sa.Column("task_id", sa.Integer(), sa.ForeignKey("task.id"), nullable=False),
    )
    op.create_index("ix_gap_question_task_id", "gap_question", ["task_id"])


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("gap_question")
