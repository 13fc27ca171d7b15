"""Who may come in and what they did: second factor, throttle, key limits, audit chain."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010_access"
down_revision: str | None = "0009_word_lists"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = {
    "sqlite": (
        (
            "CREATE TRIGGER audit_event_kept BEFORE DELETE ON audit_event "
            "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"
        ),
        (
            "CREATE TRIGGER audit_event_unchanged BEFORE UPDATE ON audit_event "
            "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE TRIGGER audit_event_unchanged BEFORE UPDATE OR DELETE ON audit_event "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
    ),
}
"""Kept by the database itself, whatever the code does."""


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("user_account", sa.Column("totp_sealed", sa.String(256), nullable=True))
    op.add_column(
        "user_account", sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0")
    )
    # Everybody signs in again: an old session does not say when it was last used.
    op.execute("DELETE FROM user_session")
    with op.batch_alter_table("user_session") as table:
        table.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False))
        table.add_column(sa.Column("awaits_code", sa.Boolean(), nullable=False))
    op.create_table(
        "sign_in_failure",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index("ix_sign_in_failure_last_at", "sign_in_failure", ["last_at"])
    op.add_column(
        "api_key", sa.Column("per_minute", sa.Integer(), nullable=False, server_default="6000")
    )
    op.add_column("api_key", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_key", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    _create_audit_trail()


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("audit_event")
    for column in ("last_used_at", "expires_at", "per_minute"):
        op.drop_column("api_key", column)
    op.drop_table("sign_in_failure")
    op.drop_column("user_session", "awaits_code")
    op.drop_column("user_session", "seen_at")
    op.drop_column("user_account", "totp_step")
    op.drop_column("user_account", "totp_sealed")


def _create_audit_trail() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("occurred_at", "actor", "action"):
        op.create_index(f"ix_audit_event_{column}", "audit_event", [column])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
