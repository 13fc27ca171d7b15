"""Accounts keep the person at the identity provider; rows of a trail cannot be replaced."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022_identity"
down_revision: str | None = "0025_encryption_key"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IDENTITY = "ix_user_account_identity"

APPEND_ONLY = ("audit_event", "ledger_event", "review")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("user_account", sa.Column("oidc_issuer", sa.String(255), nullable=True))
    op.add_column("user_account", sa.Column("oidc_subject", sa.String(255), nullable=True))
    op.create_index(IDENTITY, "user_account", ["oidc_issuer", "oidc_subject"], unique=True)
    op.add_column(
        "user_session",
        sa.Column("by_provider", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    for table in APPEND_ONLY:
        op.execute(_trigger(table))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for table in APPEND_ONLY:
        place = "" if _is_sqlite() else f" ON {table}"
        op.execute(f"DROP TRIGGER {table}_not_replaced{place}")
    op.drop_column("user_session", "by_provider")
    op.drop_index(IDENTITY, "user_account")
    op.drop_column("user_account", "oidc_subject")
    op.drop_column("user_account", "oidc_issuer")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _trigger(table: str) -> str:
    """Return the trigger against the ways around those on UPDATE and DELETE.

    SQLite's REPLACE deletes the earlier row without a trigger on DELETE; PostgreSQL's TRUNCATE
    empties the table without one.
    """
    if _is_sqlite():
        known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - own names
        return (
            f"CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table} WHEN {known} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    return (
        f"CREATE TRIGGER {table}_not_replaced BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
