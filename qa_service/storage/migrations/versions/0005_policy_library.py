"""The policy library: articles, what is public, who confirmed it, and rework (返工)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0005_policy_library"
down_revision: str | None = "0004_review"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def columns() -> tuple[tuple[str, sa.Column[Any]], ...]:
    """The new columns; documents there are were citable, so they count as public."""
    return (
        (
            "policy_document",
            sa.Column("is_public", sa.Boolean(), nullable=False, server_default=sa.true()),
        ),
        ("policy_document", sa.Column("link", sa.String(500))),
        ("policy_document", sa.Column("confirmed_on", sa.Date())),
        ("policy_document", sa.Column("confirmed_by", sa.String(64))),
        ("qa_pair", sa.Column("confirmed_on", sa.Date())),
        ("qa_pair", sa.Column("confirmed_by", sa.String(64))),
    )


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table, column in columns():
        op.add_column(table, column)
    op.create_table(
        "policy_article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["policy_document.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_policy_article_document_id", "policy_article", ["document_id"])
    op.create_table(
        "rework_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["pair_id"], ["qa_pair.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rework_task_pair_id", "rework_task", ["pair_id"])
    op.create_index("ix_rework_task_unit_id", "rework_task", ["unit_id"])


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("rework_task")
    op.drop_table("policy_article")
    for table, column in reversed(columns()):
        op.drop_column(table, column.name)
