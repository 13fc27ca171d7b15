"""API keys of people, and no plain hash of a request that may hold a caller's number."""

from collections.abc import Sequence

from alembic import op

revision: str = "0018_person_keys"
down_revision: str | None = "0017_units"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision; keys made before remain those of systems."""
    # In one statement, which SQLite takes without copying the table that others refer to.
    op.execute("ALTER TABLE api_key ADD COLUMN user_id INTEGER REFERENCES user_account (id)")
    op.create_index("ix_api_key_user_id", "api_key", ["user_id"])
    # A number could be found again from these by trying; a repeat still gets its first answer.
    op.execute("UPDATE idempotency_record SET request_hash = ''")


def downgrade() -> None:
    """Take the schema back to the revision before; keys of people are revoked and kept."""
    op.execute("UPDATE api_key SET is_active = false WHERE user_id IS NOT NULL")
    op.drop_index("ix_api_key_user_id", "api_key")
    op.drop_column("api_key", "user_id")
