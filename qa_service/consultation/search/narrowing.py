"""Bounds of a search beside the area: one matter, an audience, a region.

An answer that states no audience, or no region, is for everybody, or for the whole district: it
is found in any case.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session, select

from qa_service.knowledge.coverage.placing import is_about
from qa_service.knowledge.coverage.topics import TopicNotFoundError
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.upkeep_models import Topic
from qa_service.text.normalise import normalise


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The bounds as they are asked for; an empty one does not bound.

    ``topic`` is the key of a matter (事项), ``audience`` the group the asker belongs to.
    """

    topic: str = ""
    audience: str = ""
    region: str = ""


UNBOUNDED = Narrowing()


class Addressed(Protocol):
    """The answer's group and place; an empty one is everybody, or the whole district."""

    @property
    def audience(self) -> str:
        """The group it is for (适用对象)."""
        ...

    @property
    def region(self) -> str:
        """The place it is for (适用地区)."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds with the matter as it is stored."""

    audience: str = ""
    region: str = ""
    topic: Topic | None = None

    def holds(self, content: PairContent) -> bool:
        """Return whether the answer lies within."""
        topic = self.topic
        is_of_topic = topic is None or (
            content.area == topic.area and is_about(topic, content.question, content.keywords)
        )
        return is_of_topic and self.reaches(content)

    def reaches(self, answer: Addressed) -> bool:
        """Return whether audience and region of the answer are those asked for."""
        return _is_for(self.audience, answer.audience) and _is_for(self.region, answer.region)


def bounds_of(session: Session, asked: Narrowing) -> Bounds:
    """Return the bounds; raises TopicNotFoundError for a matter that is not kept."""
    topic = None
    if asked.topic:
        topic = session.exec(select(Topic).where(Topic.key == asked.topic)).first()
        if topic is None:
            raise TopicNotFoundError("没有这个事项，请重新选择")
        session.expunge(topic)
    return Bounds(asked.audience, asked.region, topic)


def _is_for(asked: str, stated: str) -> bool:
    return not asked or not stated or normalise(asked) == normalise(stated)
