"""Questions belong to a call; choices say what became of the question, and the branch told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029_calls"
down_revision: str | None = "0028_to_complete"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision: every earlier question is a call of its own."""
    op.add_column("consultation", _text("call_id", 64))
    op.add_column(
        "consultation", sa.Column("nearest", sa.JSON(), nullable=False, server_default="[]")
    )
    op.add_column("choice", _text("outcome", 16, default="registered"))
    op.add_column("choice", sa.Column("branches", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("choice", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE consultation SET call_id = id")
    op.execute("UPDATE choice SET outcome = 'told' WHERE pair_id IS NOT NULL")
    op.execute(
        "UPDATE choice SET outcome = 'repeated' WHERE pair_id IS NULL AND consultation_id IN "
        "(SELECT id FROM consultation WHERE repeat_of IS NOT NULL)"
    )
    op.create_index("ix_consultation_call_id", "consultation", ["call_id"])
    op.create_index("ix_consultation_asker_id", "consultation", ["asker_id"])
    op.create_index("ix_choice_created_at", "choice", ["created_at"])


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_index("ix_choice_created_at", "choice")
    op.drop_index("ix_consultation_asker_id", "consultation")
    op.drop_index("ix_consultation_call_id", "consultation")
    for column in ("note", "branches", "outcome"):
        op.drop_column("choice", column)
    op.drop_column("consultation", "nearest")
    op.drop_column("consultation", "call_id")


def _text(name: str, length: int, *, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default=default)
