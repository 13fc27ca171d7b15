"""A pair repeats of its versions what lists count of the whole bank, in indexes of those alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0044_counted_of_pairs"
down_revision: str | None = "0043_gap_questions"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FLAGS = (
    ("qa_version", "has_unread"),
    ("qa_pair", "has_blanks"),
    ("qa_pair", "has_unread"),
    ("qa_pair", "is_imported"),
)
_PAIR = sa.table(
    "qa_pair",
    sa.column("id", sa.Integer),
    sa.column("current_version_id", sa.Integer),
    *(sa.column(name, sa.Boolean) for table, name in _FLAGS if table == "qa_pair"),
)
_VERSION = sa.table(
    "qa_version",
    sa.column("id", sa.Integer),
    sa.column("pair_id", sa.Integer),
    sa.column("adopted_from", sa.String),
    sa.column("has_blanks", sa.Boolean),
    sa.column("has_unread", sa.Boolean),
)
_BASIS = sa.table(
    "pair_basis", sa.column("version_id", sa.Integer), sa.column("verified", sa.Boolean)
)
_SEEN = ("draft_version_id", "status", "unit_id", "area")


def _index_of_some(name: str, columns: Sequence[str], condition: str) -> None:
    """Create an index on those pairs alone that meet ``condition``."""
    where = sa.text(condition)
    op.create_index(name, "qa_pair", [*columns], sqlite_where=where, postgresql_where=where)


def _repeat() -> None:
    """Write into each pair what its versions say."""
    unread = sa.select(_BASIS.c.version_id).where(~_BASIS.c.verified)
    op.execute(_VERSION.update().where(_VERSION.c.id.in_(unread)).values(has_unread=True))
    for name in ("has_blanks", "has_unread"):
        wanting = sa.select(_VERSION.c.id).where(_VERSION.c[name])
        is_wanting = _PAIR.c.current_version_id.in_(wanting)
        op.execute(_PAIR.update().where(is_wanting).values({name: True}))
    imported = sa.select(_VERSION.c.pair_id).where(_VERSION.c.adopted_from.is_not(None))
    op.execute(_PAIR.update().where(_PAIR.c.id.in_(imported)).values(is_imported=True))


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table, name in _FLAGS:
        op.add_column(
            table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    _repeat()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    flag = "{} = 1" if is_sqlite else "{}"
    _index_of_some("ix_qa_pair_blanks", _SEEN, flag.format("has_blanks"))
    _index_of_some("ix_qa_pair_unread", _SEEN, flag.format("has_unread"))
    imported = ("status", "unit_id", "adopted_from")
    _index_of_some("ix_qa_pair_imported", imported, flag.format("is_imported"))
    _index_of_some("ix_qa_pair_draft", ["draft_version_id"], "draft_version_id IS NOT NULL")
    _index_of_some("ix_qa_pair_groundless", ["status"], "ground_reason IS NOT NULL")
    op.drop_index("ix_qa_version_adopted_from", "qa_version")
    op.drop_index("ix_qa_version_has_blanks", "qa_version")


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.create_index("ix_qa_version_has_blanks", "qa_version", ["has_blanks"])
    op.create_index("ix_qa_version_adopted_from", "qa_version", ["adopted_from", "pair_id"])
    for name in ("groundless", "draft", "imported", "unread", "blanks"):
        op.drop_index(f"ix_qa_pair_{name}", "qa_pair")
    for table, name in reversed(_FLAGS):
        op.drop_column(table, name)
