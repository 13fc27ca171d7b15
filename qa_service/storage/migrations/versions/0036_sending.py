"""Answers sent to callers, drafts of forms, two-digit years of a 文号 in full."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from qa_service.storage.column_types import UTCDateTime
from qa_service.text.document_number import document_number_key, normal_document_number

revision: str = "0036_sending"
down_revision: str | None = "0035_late_receipts"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXED = ("pair_id", "consultation_id", "asker_id", "sent_at")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "sent_answer",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("pair_id", sa.Integer(), sa.ForeignKey("qa_pair.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "consultation_id", sa.String(36), sa.ForeignKey("consultation.id"), nullable=True
        ),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("asker_id", sa.Integer(), sa.ForeignKey("asker.id"), nullable=True),
        sa.Column("link", sa.String(300), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("sent_by_person_id", sa.Integer(), nullable=True),
        sa.Column("sent_by_key_id", sa.Integer(), nullable=True),
        sa.Column("delivered_at", UTCDateTime(), nullable=True),
    )
    for column in _INDEXED:
        op.create_index(f"ix_sent_answer_{column}", "sent_answer", [column])
    op.create_table(
        "form_draft",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("form", sa.String(300), nullable=False),
        sa.Column("values_sealed", sa.Text(), nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.UniqueConstraint("user_id", "form"),
    )
    op.create_index("ix_form_draft_saved_at", "form_draft", ["saved_at"])
    _write_years()


def downgrade() -> None:
    """Take the schema back to the revision before; numbers keep the years in full."""
    op.drop_table("form_draft")
    op.drop_table("sent_answer")


def _write_years() -> None:
    """Give numbers with a year of two digits their normal form, unless another has it already."""
    connection = op.get_bind()
    named = "SELECT id, document_number, number_key FROM policy_document"
    stored = connection.execute(sa.text(named)).all()
    keys = {key for _, _, key in stored}
    for document_id, number, key in stored:
        wanted = document_number_key(number)[:256]
        if wanted == key or wanted in keys:
            continue
        keys.add(wanted)
        connection.execute(
            sa.text(
                "UPDATE policy_document SET document_number = :number, number_key = :key "
                "WHERE id = :id"
            ),
            {"id": document_id, "number": normal_document_number(number)[:128], "key": wanted},
        )
