"""An entry without a channel holds none; an asker's own wording is marked as one."""

from collections.abc import Sequence

from alembic import op

revision: str = "0014_vocabulary"
down_revision: str | None = "0013_terms"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MARK_ASKED = """
    UPDATE question_variant SET origin = 'ledger'
    WHERE origin = 'author' AND EXISTS (
        SELECT 1 FROM qa_pair
        JOIN ledger_entry AS lead ON lead.number = qa_pair.origin
        JOIN ledger_entry AS asked ON asked.id = lead.id OR asked.joined_to_id = lead.id
        WHERE qa_pair.id = question_variant.pair_id AND asked.question = question_variant.text
    )
"""


def upgrade() -> None:
    """Bring the schema to this revision."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE ledger_entry ALTER COLUMN channel DROP NOT NULL")
        op.execute("ALTER TABLE ledger_entry ALTER COLUMN channel DROP DEFAULT")
    else:
        _replace_channel("VARCHAR(32)")
    op.execute("UPDATE ledger_entry SET channel = NULL WHERE channel = ''")
    op.execute(MARK_ASKED)


def downgrade() -> None:
    """Take the schema back to the revision before; the marks of wordings stay."""
    op.execute("UPDATE ledger_entry SET channel = '' WHERE channel IS NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE ledger_entry ALTER COLUMN channel SET NOT NULL")
        op.execute("ALTER TABLE ledger_entry ALTER COLUMN channel SET DEFAULT ''")
    else:
        _replace_channel("VARCHAR(32) NOT NULL DEFAULT ''")


def _replace_channel(column: str) -> None:
    # SQLite cannot change a column, and a batch would drop a table that others refer to.
    op.execute(f"ALTER TABLE ledger_entry ADD COLUMN channel_new {column}")
    op.execute("UPDATE ledger_entry SET channel_new = channel")
    op.execute("ALTER TABLE ledger_entry DROP COLUMN channel")
    op.execute("ALTER TABLE ledger_entry RENAME COLUMN channel_new TO channel")
