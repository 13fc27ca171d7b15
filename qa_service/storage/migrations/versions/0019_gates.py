"""Signatures state their gates; imported pairs without signatures are marked as unsigned."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0019_gates"
down_revision: str | None = "0018_person_keys"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATED = ("review", "media", "ledger_reply")
"""Tables of what people sign; what was signed before answered no gate."""

MARK_UNSIGNED = """
    UPDATE qa_pair SET adopted_from = CASE
        WHEN (SELECT author FROM qa_version WHERE qa_version.id = qa_pair.current_version_id)
             = '起步库' THEN 'starter_bank' ELSE 'import' END
    WHERE status = 'published' AND NOT EXISTS (
        SELECT 1 FROM review WHERE review.version_id = qa_pair.current_version_id AND review.passed
    )
"""
MARK_VERSIONS = """
    UPDATE qa_version SET adopted_from =
        (SELECT adopted_from FROM qa_pair WHERE qa_pair.current_version_id = qa_version.id)
    WHERE id IN (SELECT current_version_id FROM qa_pair WHERE adopted_from IS NOT NULL)
"""


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table in STATED:
        op.add_column(
            table, sa.Column("statements", sa.JSON(), nullable=False, server_default="[]")
        )
    op.add_column("review", sa.Column("part", sa.String(32), nullable=False, server_default="both"))
    op.add_column("qa_version", sa.Column("adopted_from", sa.String(32), nullable=True))
    op.add_column("qa_pair", sa.Column("adopted_from", sa.String(32), nullable=True))
    op.create_index("ix_qa_pair_adopted_from", "qa_pair", ["adopted_from"])
    _add_actor("suggested_variant", "taken_by")
    _create_tables()
    op.execute(MARK_UNSIGNED)
    op.execute(MARK_VERSIONS)


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for table in ("check_word_list", "pair_reading", "ground_statement", "review_plan"):
        op.drop_table(table)
    op.execute("UPDATE suggested_variant SET state = 'open' WHERE state = 'taken'")
    for column in ("taken_by", "taken_by_person_id", "taken_by_key_id"):
        op.drop_column("suggested_variant", column)
    op.drop_index("ix_qa_pair_adopted_from", "qa_pair")
    op.drop_column("qa_pair", "adopted_from")
    op.drop_column("qa_version", "adopted_from")
    op.drop_column("review", "part")
    for table in STATED:
        op.drop_column(table, "statements")


def _add_actor(table: str, column: str) -> None:
    """Add the columns of a person: name and ids."""
    op.add_column(table, sa.Column(column, sa.String(), nullable=True))
    op.add_column(table, sa.Column(f"{column}_person_id", sa.Integer(), nullable=True))
    op.add_column(table, sa.Column(f"{column}_key_id", sa.Integer(), nullable=True))


def _create_tables() -> None:
    op.create_table(
        "review_plan",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        *_author(),
    )
    op.create_table(
        "ground_statement",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("qa_version.id"), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("seen_hash", sa.String(64), nullable=False),
        *_author(),
    )
    op.create_index("ix_ground_statement_pair_id", "ground_statement", ["pair_id"])
    op.create_table(
        "pair_reading",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seen_hash", sa.String(64), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("pair_id", "person_id"),
    )
    op.create_index("ix_pair_reading_person_id", "pair_reading", ["person_id"])
    op.create_table(
        "check_word_list",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("blocked", sa.Text(), nullable=False),
        sa.Column("warned", sa.Text(), nullable=False),
        sa.Column("leaders", sa.Text(), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        *_author(),
    )


def _author() -> list[sa.Column[Any]]:
    """Return the columns of who wrote a row, and when."""
    return [
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_person_id", sa.Integer(), nullable=True),
        sa.Column("author_key_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]
