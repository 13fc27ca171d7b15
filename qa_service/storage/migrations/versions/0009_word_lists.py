"""Dictionary and synonyms edited on a page, with their history (词表)."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009_word_lists"
down_revision: str | None = "0008_media"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "index_revision", sa.Column("words", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "word_list_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dictionary", sa.Text(), nullable=False),
        sa.Column("synonyms", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Take the schema back to the revision before."""
    op.drop_table("word_list_version")
    op.drop_column("index_revision", "words")
