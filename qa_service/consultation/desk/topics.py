"""Topics (事项) at the public desk: those of an area with answers, and the answers of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from qa_service.consultation.desk.answers import open_answers
from qa_service.knowledge.coverage.placing import is_about
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.upkeep_models import Topic
from qa_service.vocabulary import AreaKey


@dataclass(frozen=True, slots=True)
class DeskTopic:
    """A topic of an area, and the ids of the pairs that are about it."""

    id: int
    key: str
    name: str
    pair_ids: frozenset[int]


def topics_of_area(session: Session, area: AreaKey, *, day: date) -> list[DeskTopic]:
    """Return the topics of an area that an answer may be read of on ``day``, by name."""
    statement = open_answers(day, col(QAPair.id), col(QAVersion.question), col(QAVersion.keywords))
    pairs = session.execute(statement.where(col(QAPair.area) == area)).all()
    topics = session.exec(select(Topic).where(Topic.area == area)).all()
    found = [
        DeskTopic(
            topic.id or 0,
            topic.key,
            topic.name,
            frozenset(
                int(pair_id)
                for pair_id, question, keywords in pairs
                if is_about(topic, question, keywords)
            ),
        )
        for topic in topics
    ]
    return sorted((one for one in found if one.pair_ids), key=lambda one: one.name)


def chosen_topic(topics: Sequence[DeskTopic], wanted: str) -> DeskTopic | None:
    """Return the topic of the id typed among ``topics``; None, for all, where there is none."""
    return next((one for one in topics if str(one.id) == wanted), None)
