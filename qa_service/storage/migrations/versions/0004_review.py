"""Three reviews and a confidentiality check before a pair is published (三审三校)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0004_review"
down_revision: str | None = "0003_ledger_moves"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = {
    "sqlite": (
        (
            "CREATE TRIGGER review_kept BEFORE DELETE ON review "
            "BEGIN SELECT RAISE(ABORT, 'review is append-only'); END"
        ),
        (
            "CREATE TRIGGER review_unchanged BEFORE UPDATE ON review "
            "BEGIN SELECT RAISE(ABORT, 'review is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE TRIGGER review_unchanged BEFORE UPDATE OR DELETE ON review "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
    ),
}
"""Kept by the database itself, whatever the code does."""

INHERITED = ("field", "unit_id", "effective_from", "expires_on")
"""What a version held by an older release has from its pair."""


def columns() -> tuple[tuple[str, sa.Column[Any]], ...]:
    """The new columns; a NOT NULL one fills the rows there are with its default."""
    return (
        ("qa_pair", sa.Column("review_by", sa.Date())),
        ("qa_pair", sa.Column("draft_version_id", sa.Integer())),
        ("qa_pair", sa.Column("submitted_at", sa.DateTime(timezone=True))),
        ("qa_pair", sa.Column("submitted_by", sa.String(64))),
        ("qa_pair", _filled("round", sa.Integer(), "0")),
        ("qa_pair", sa.Column("ground_reason", sa.String(500))),
        ("qa_version", _filled("field", sa.String(32), "")),
        ("qa_version", _filled("unit_id", sa.Integer(), "0")),
        ("qa_version", _filled("effective_from", sa.Date(), "1970-01-01")),
        ("qa_version", sa.Column("expires_on", sa.Date())),
        ("qa_version", sa.Column("review_by", sa.Date())),
        ("qa_version", _filled("variants", sa.JSON(), "[]")),
        ("qa_version", _filled("audience", sa.String(100), "")),
        ("qa_version", _filled("region", sa.String(100), "")),
        ("qa_version", _filled("clarifying", sa.JSON(), "[]")),
    )


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table, column in columns():
        op.add_column(table, column)
    _fill_versions()
    op.create_index("ix_qa_pair_review_by", "qa_pair", ["review_by"])
    op.create_index("ix_qa_pair_submitted_at", "qa_pair", ["submitted_at"])
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("signer", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("signed_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["qa_pair.id"]),
        sa.ForeignKeyConstraint(["version_id"], ["qa_version.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_review_pair_id", "review", ["pair_id"])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("review")
    op.drop_index("ix_qa_pair_submitted_at", "qa_pair")
    op.drop_index("ix_qa_pair_review_by", "qa_pair")
    for table, column in reversed(columns()):
        op.drop_column(table, column.name)


def _fill_versions() -> None:
    connection = op.get_bind()
    for name in INHERITED:
        connection.execute(
            sa.text(
                f"UPDATE qa_version SET {name} = "  # noqa: S608 - the names are ours
                f"(SELECT p.{name} FROM qa_pair p WHERE p.id = qa_version.pair_id)"
            )
        )
    variants: dict[int, list[str]] = {}
    for pair_id, text in connection.execute(
        sa.text("SELECT pair_id, text FROM question_variant ORDER BY pair_id, position")
    ):
        variants.setdefault(pair_id, []).append(text)
    update = sa.text("UPDATE qa_version SET variants = :texts WHERE pair_id = :pair_id")
    update = update.bindparams(sa.bindparam("texts", type_=sa.JSON()))
    for pair_id, texts in variants.items():
        connection.execute(update, {"texts": texts, "pair_id": pair_id})


def _filled(name: str, kind: sa.types.TypeEngine[Any], default: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=default)
