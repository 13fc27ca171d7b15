"""Versions tell whether they have local blanks; documents tell when they were written."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

from qa_service.knowledge.pairs.record.blanks import local_blanks

revision: str = "0028_to_complete"
down_revision: str | None = "0027_two_persons"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

VERSIONS = sa.table(
    "qa_version",
    sa.column("id", sa.Integer),
    sa.column("answer", sa.Text),
    sa.column("phone_script", sa.String),
    sa.column("clarifying", sa.JSON),
    sa.column("has_blanks", sa.Boolean),
)
BATCH = 500

WRITTEN = """
UPDATE policy_document SET written_at = (
    SELECT min(qa_version.created_at) FROM qa_version
    JOIN pair_basis ON pair_basis.version_id = qa_version.id
    WHERE pair_basis.document_id = policy_document.id)
"""
"""A document is in the library at least since an answer first cited it."""


def upgrade() -> None:
    """Bring the schema to this revision."""
    # Not by a batch, which would make the tables anew under the rows that refer to them.
    op.add_column(
        "qa_version",
        sa.Column("has_blanks", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("policy_document", sa.Column("written_at", sa.DateTime(timezone=True)))
    _mark_blanks()
    op.execute(sa.text(WRITTEN))


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_column("policy_document", "written_at")
    op.drop_column("qa_version", "has_blanks")


def _mark_blanks() -> None:
    """Mark every version whose answer, script or clarifying questions have blanks."""
    connection = op.get_bind()
    after = 0
    while rows := connection.execute(
        sa.select(VERSIONS.c.id, VERSIONS.c.answer, VERSIONS.c.phone_script, VERSIONS.c.clarifying)
        .where(VERSIONS.c.id > after)
        .order_by(VERSIONS.c.id)
        .limit(BATCH)
    ).all():
        marked = [
            number
            for number, *texts, clarifying in rows
            if any(map(local_blanks, [*texts, *_texts(clarifying)]))
        ]
        connection.execute(
            VERSIONS.update().where(VERSIONS.c.id.in_(marked)).values(has_blanks=sa.true())
        )
        after = rows[-1][0]


def _texts(clarifying: list[dict[str, str]] | None) -> Iterator[str]:
    """Yield what the clarifying questions of a version say."""
    for one in clarifying or ():
        yield from one.values()
