"""Who acted is kept by id (account, API key) beside the name, which is never cut again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016_actor"
down_revision: str | None = "0015_leader_lock"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTORS = (
    ("audit_event", "actor", 80),
    ("callback", "operator", 80),
    ("choice", "operator", 80),
    ("consultation", "operator", 80),
    ("consultation", "revealed_by", 80),
    ("contradiction", "settled_by", 64),
    ("correction_callback", "operator", 80),
    ("ledger_co_unit", "given_by", 80),
    ("ledger_event", "actor", 80),
    ("ledger_reply", "author", 80),
    ("ledger_reply", "approved_by", 80),
    ("media", "uploaded_by", 64),
    ("media", "approved_by", 64),
    ("policy_document", "confirmed_by", 64),
    ("qa_pair", "submitted_by", 64),
    ("qa_pair", "confirmed_by", 64),
    ("qa_version", "author", 64),
    ("question_variant", "accepted_by", 64),
    ("reminder", "seen_by", 80),
    ("review", "signer", 80),
    ("rework_task", "closed_by", 64),
    ("suggested_variant", "decided_by", 64),
    ("word_list_version", "author", 64),
    ("word_list_version", "activated_by", 64),
)
"""Table, column of the name, and how many characters PostgreSQL let it have."""

SEALED = "audit_event"
"""Its rows stay as they are: the hash of each covers all it says."""

PERSONS = """
UPDATE {table} SET {column}_person_id =
    (SELECT user_account.id FROM user_account WHERE user_account.login = {table}.{column})
WHERE {column} IN (SELECT login FROM user_account)
"""
KEYS = """
UPDATE {table} SET {column}_key_id =
    (SELECT api_key.id FROM api_key
     WHERE {table}.{column} = 'api:' || api_key.name
        OR substr({table}.{column}, 1, length(api_key.name) + 5) = 'api:' || api_key.name || '/'
     ORDER BY length(api_key.name) DESC LIMIT 1)
WHERE {column} LIKE 'api:%'
"""
PERSONS_THROUGH_KEYS = """
UPDATE {table} SET {column}_person_id =
    (SELECT user_account.id FROM user_account, api_key
     WHERE api_key.id = {table}.{column}_key_id
       AND {table}.{column} = 'api:' || api_key.name || '/' || user_account.login)
WHERE {column}_key_id IS NOT NULL
"""

APPEND_ONLY = ("ledger_event", "review")


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table, column, _ in ACTORS:
        op.add_column(table, sa.Column(f"{column}_person_id", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column(f"{column}_key_id", sa.Integer(), nullable=True))
        _set_type(table, column, sa.String())
    for table in APPEND_ONLY:
        _make_changeable(table)
    for table, column, _ in ACTORS:
        if table != SEALED:
            for statement in (PERSONS, KEYS, PERSONS_THROUGH_KEYS):
                op.execute(sa.text(statement.format(table=table, column=column)))
    for table in APPEND_ONLY:
        _make_append_only(table)


def downgrade() -> None:
    """Take the schema back to the revision before; longer names are cut."""
    for table in APPEND_ONLY:
        _make_changeable(table)
    for table, column, length in ACTORS:
        _set_type(table, column, sa.String(length), using=f"left({column}, {length})")
        op.drop_column(table, f"{column}_key_id")
        op.drop_column(table, f"{column}_person_id")
    for table in APPEND_ONLY:
        _make_append_only(table)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _set_type(table: str, column: str, kind: sa.String, *, using: str | None = None) -> None:
    # SQLite heeds no length, and would have to copy the table.
    if not _is_sqlite():
        op.alter_column(table, column, type_=kind, postgresql_using=using)


def _make_changeable(table: str) -> None:
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {table}_kept")
        op.execute(f"DROP TRIGGER {table}_unchanged")
    else:
        op.execute(f"DROP TRIGGER {table}_unchanged ON {table}")


def _make_append_only(table: str) -> None:
    if _is_sqlite():
        for name, act in (("kept", "DELETE"), ("unchanged", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
