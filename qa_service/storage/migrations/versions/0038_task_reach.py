"""Links of services are confirmed by a second person; what pages count is stored and indexed."""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from qa_service.storage.column_types import UTCDateTime

revision: str = "0038_task_reach"
down_revision: str | None = "0037_mailboxes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = (
    ("ix_qa_pair_status_review_by", "qa_pair", ["status", "review_by"]),
    ("ix_qa_pair_status_expires_on", "qa_pair", ["status", "expires_on"]),
    ("ix_qa_pair_updated_at", "qa_pair", ["updated_at"]),
    ("ix_qa_version_has_blanks", "qa_version", ["has_blanks"]),
    ("ix_qa_version_adopted_from", "qa_version", ["adopted_from", "pair_id"]),
    ("ix_qa_version_created_at", "qa_version", ["created_at"]),
)

_PLACED = "INSERT INTO version_topic (version_id, topic_id) SELECT id, :topic FROM qa_version WHERE"


def upgrade() -> None:
    """Bring the schema to this revision; links known before wait for a second person."""
    op.add_column("service_link", sa.Column("confirmed_by", sa.String(), nullable=True))
    op.add_column("service_link", sa.Column("confirmed_by_person_id", sa.Integer(), nullable=True))
    op.add_column("service_link", sa.Column("confirmed_by_key_id", sa.Integer(), nullable=True))
    op.add_column("service_link", sa.Column("confirmed_at", UTCDateTime(), nullable=True))
    op.create_table(
        "version_topic",
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("qa_version.id"), primary_key=True),
        sa.Column("topic_id", sa.Integer(), sa.ForeignKey("topic.id"), primary_key=True),
    )
    op.create_index("ix_version_topic_topic_id", "version_topic", ["topic_id"])
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    _place_versions()


def downgrade() -> None:
    """Take the schema back to the revision before."""
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    op.drop_table("version_topic")
    for column in ("confirmed_at", "confirmed_by_key_id", "confirmed_by_person_id", "confirmed_by"):
        op.drop_column("service_link", column)


def _place_versions() -> None:
    """Store which topics the versions there are name, as ``coverage.placing`` does from now on."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    part = "instr" if is_sqlite else "strpos"
    held = "value FROM json_each" if is_sqlite else "json_array_elements_text"
    topics = connection.execute(sa.text("SELECT id, name, keywords FROM topic")).all()
    for topic_id, name, stored in topics:
        words = json.loads(stored) if isinstance(stored, str) else stored
        wanted = {f"word_{place}": word for place, word in enumerate(words) if word}
        found = [f"{part}(question, :{key}) > 0" for key in wanted]
        found.append(f":name IN (SELECT {held}(keywords))")
        statement = " ".join((_PLACED, " OR ".join(found)))
        connection.execute(sa.text(statement), {"topic": topic_id, "name": name, **wanted})
