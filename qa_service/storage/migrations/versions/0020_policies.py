"""Documents have an owning unit and a public kind; their end is decided by two people."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from qa_service.text.document_number import document_number_key, normal_document_number

revision: str = "0020_policies"
down_revision: str | None = "0019_gates"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWNERS = """
UPDATE policy_document SET unit_id = COALESCE(
    (SELECT qa_pair.unit_id FROM qa_pair
     JOIN pair_basis ON pair_basis.version_id = qa_pair.current_version_id
     WHERE pair_basis.document_id = policy_document.id
     GROUP BY qa_pair.unit_id ORDER BY count(*) DESC, qa_pair.unit_id LIMIT 1),
    (SELECT min(unit.id) FROM unit WHERE unit.is_default))
"""
"""The owner is the unit most of whose answers rest on the document, else the default unit."""


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "policy_ending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("validity", sa.String(length=32), nullable=False),
        sa.Column("invalid_since", sa.Date(), nullable=False),
        sa.Column("replaced_by", sa.String(length=128), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("former_validity", sa.String(length=32), nullable=False),
        sa.Column("former_replaced_by", sa.String(length=128), nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_by_person_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by_key_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_by_person_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_key_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=False),
        sa.Column("restored_by", sa.String(), nullable=True),
        sa.Column("restored_by_person_id", sa.Integer(), nullable=True),
        sa.Column("restored_by_key_id", sa.Integer(), nullable=True),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restore_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["policy_document.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_policy_ending_document_id", "policy_ending", ["document_id"])
    op.create_index("ix_policy_ending_state", "policy_ending", ["state"])

    op.create_table(
        "policy_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(), nullable=True),
        sa.Column("seen_by_person_id", sa.Integer(), nullable=True),
        sa.Column("seen_by_key_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["policy_document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("document_id", "unit_id", "occasion"),
    )
    op.create_index("ix_policy_notice_document_id", "policy_notice", ["document_id"])
    op.create_index("ix_policy_notice_unit_id", "policy_notice", ["unit_id"])

    op.create_table(
        "fallen_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ending_id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("fell_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ending_id"],
            ["policy_ending.id"],
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"],
            ["qa_pair.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ending_id", "pair_id"),
    )
    op.create_index("ix_fallen_answer_ending_id", "fallen_answer", ["ending_id"])
    op.create_index("ix_fallen_answer_pair_id", "fallen_answer", ["pair_id"])

    # Not by a batch, which would make the table anew under the rows that refer to it.
    op.add_column("policy_document", _text("number_key", 256, ""))
    op.execute("ALTER TABLE policy_document ADD COLUMN unit_id INTEGER REFERENCES unit (id)")
    op.add_column("policy_document", _text("public_kind", 32, "主动公开"))
    op.add_column("policy_document", sa.Column("public_reason", sa.String(500), nullable=True))
    op.create_index("ix_policy_document_number_key", "policy_document", ["number_key"])
    op.create_index("ix_policy_document_unit_id", "policy_document", ["unit_id"])
    op.add_column("qa_version", _text("limited_reason", 200, ""))
    _write_numbers()
    op.execute(sa.text(OWNERS))


def downgrade() -> None:
    """Take the schema back to the revision before; suspended answers become withdrawn ones."""
    op.execute("UPDATE qa_pair SET status = 'withdrawn' WHERE status = 'suspended'")
    op.drop_column("qa_version", "limited_reason")
    op.drop_index("ix_policy_document_unit_id", "policy_document")
    op.drop_index("ix_policy_document_number_key", "policy_document")
    for column in ("public_reason", "public_kind", "unit_id", "number_key"):
        op.drop_column("policy_document", column)
    for table in ("fallen_answer", "policy_notice", "policy_ending"):
        op.drop_table(table)


def _text(name: str, length: int, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default=default)


def _write_numbers() -> None:
    """Write every 文号 in its normal form; the keys, by which others cite, stay."""
    connection = op.get_bind()
    documents = connection.execute(sa.text("SELECT id, document_number FROM policy_document"))
    for document_id, number in documents.all():
        connection.execute(
            sa.text(
                "UPDATE policy_document SET document_number = :number, number_key = :key "
                "WHERE id = :id"
            ),
            {
                "id": document_id,
                "number": normal_document_number(number)[:128],
                "key": document_number_key(number)[:256],
            },
        )
