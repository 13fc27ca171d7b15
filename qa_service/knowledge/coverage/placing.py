"""The topics (事项) that each version of a pair is about, stored as either of both is written.

Versions never change, so a version is placed once, and all of them again under a topic that
changed; the area is compared where they are counted, for pairs and topics move between areas.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import delete, insert, literal
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_

from qa_service.knowledge.models import QAVersion, stored_id
from qa_service.knowledge.upkeep_models import Topic, VersionTopic
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.storage.text_parts import has_part, holds_text

TOPICS = "topics"
"""The lock that keeps a version from being written while a topic looks for its versions."""


class Named(Protocol):
    """Anything with the name and the keywords of a topic."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def keywords(self) -> Sequence[str]:
        """The words looked for in questions."""


def is_about(topic: Named, question: str, keywords: Sequence[str]) -> bool:
    """Return whether a pair of the topic's area with this question and keywords belongs to it."""
    # Compared as written, because normalising 100,000 questions would take too long.
    if topic.name in keywords:
        return True
    for word in topic.keywords:  # noqa: SIM110 - a generator takes three times as long
        if word in question:
            return True
    return False


def place_versions(session: Session, versions: Sequence[QAVersion]) -> None:
    """Store the topics of flushed versions."""
    lock_for_transaction(session, TOPICS)
    topics = session.execute(sa_select(col(Topic.id), col(Topic.name), col(Topic.keywords))).all()
    rows = [
        {"version_id": stored_id(version), "topic_id": topic.id}
        for version in versions
        for topic in topics
        if is_about(topic, version.question, version.keywords)
    ]
    if rows:
        session.execute(insert(VersionTopic), rows)


def place_topic(session: Session, topic: Topic) -> None:
    """Store the versions of a flushed topic once more."""
    lock_for_transaction(session, TOPICS)
    remove_topic(session, topic)
    words = [has_part(col(QAVersion.question), word) for word in topic.keywords if word]
    named = holds_text(col(QAVersion.keywords), topic.name)
    found = sa_select(col(QAVersion.id), literal(topic.id)).where(or_(*words, named))
    session.execute(insert(VersionTopic).from_select(["version_id", "topic_id"], found))


def remove_topic(session: Session, topic: Topic) -> None:
    """Forget the versions of a topic."""
    session.execute(delete(VersionTopic).where(col(VersionTopic.topic_id) == topic.id))
