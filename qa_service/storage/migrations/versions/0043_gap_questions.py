"""Tasks remember the questions of their gaps; figures by unit and answer read indexes in order."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043_gap_questions"
down_revision: str | None = "0042_counted_pairs"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BY_UNIT = (
    "nearest_unit",
    "created_at",
    "verdict",
    "channel",
    "area",
    "repeat_of",
    "outcome",
    "told_pair_id",
    "handling_seconds",
)


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
    op.create_index("ix_consultation_unit_figures", "consultation", [*_BY_UNIT])
    op.create_index("ix_choice_pair_told", "choice", ["pair_id", "created_at"])
    op.drop_index("ix_choice_pair_id", "choice")


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.create_index("ix_choice_pair_id", "choice", ["pair_id"])
    op.drop_index("ix_choice_pair_told", "choice")
    op.drop_index("ix_consultation_unit_figures", "consultation")
    op.drop_table("gap_question")
