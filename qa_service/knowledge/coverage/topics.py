"""Topics (事项) that the bank must cover, and their coverage by pairs (全部入库)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from qa_service.accounts.areas import area_message, area_names, list_areas
from qa_service.accounts.units import area_leads
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.coverage.counting import (
    Asked,
    ListedTopic,
    PairProgress,
    PublishedCounts,
    TopicCount,
    count_drafts,
)
from qa_service.knowledge.coverage.placing import place_topic, remove_topic
from qa_service.knowledge.upkeep_models import Topic
from qa_service.storage.engine import read_columns
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import AreaKey, LabelledEnum

NAME_CHARACTERS = 100


class InvalidTopicError(InvalidInputError):
    """A topic lacks its area, its name or its keywords."""

    code = "invalid_topic"
    title = "事项信息有误"


class TopicNotFoundError(NotFoundError):
    """No topic has this id."""

    code = "topic_not_found"
    title = "没有这个事项"


@dataclass(frozen=True, slots=True)
class TopicContent:
    """The content of a topic; its keywords are searched in questions of its area."""

    area: AreaKey
    name: str
    keywords: tuple[str, ...]


class CoverageState(LabelledEnum):
    """The state of a topic (情况)."""

    MISSING = "missing", "缺"
    TO_COMPLETE = "to_complete", "待补本地内容"
    EXPIRING = "expiring", "将到期"
    COVERED = "covered", "已入库"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Number of pairs of a topic; ``topic_id`` is None for the pairs of an area without a topic.

    ``unit`` is the key of the unit that answers for the topic: of most of its pairs, or else the
    one that leads its area; empty where nobody does. ``covering`` counts the published pairs that
    may be told on the target day, ``to_complete`` those that could be but for their blanks
    (【本地：…】).
    """

    topic_id: int | None
    area: AreaKey
    name: str
    keywords: tuple[str, ...]
    counts: Counter[PairProgress]
    unit: str
    covering: int
    to_complete: int

    @property
    def is_missing(self) -> bool:
        """Return whether the topic has no published pair for the target day."""
        return not self.covering and not self.to_complete

    @property
    def awaits_completion(self) -> bool:
        """Return whether only pairs with blanks could be told (待补本地内容)."""
        return not self.covering and self.to_complete > 0

    @property
    def state(self) -> CoverageState:
        """Return what is to be done of the topic, the most urgent."""
        if self.awaits_completion:
            return CoverageState.TO_COMPLETE
        if self.is_missing:
            return CoverageState.MISSING
        is_expiring = self.counts[PairProgress.EXPIRING] > 0
        return CoverageState.EXPIRING if is_expiring else CoverageState.COVERED


@dataclass(slots=True)
class _Tally:
    """The pairs of one topic, by progress and by unit, and how many cover it or would."""

    counts: Counter[PairProgress] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    covering: int = 0
    to_complete: int = 0

    def add(self, row: TopicCount) -> None:
        """Add the pairs that one row counts."""
        self.counts[row.progress] += row.pairs
        self.units[row.unit] += row.pairs
        self.covering += row.in_force - row.blanks
        self.to_complete += row.blanks

    def unit(self, lead: str) -> str:
        """Return the unit of most pairs; ``lead``, the area's, where there is none."""
        return max(self.units, key=lambda key: (self.units[key], key), default=lead)


def list_topics(session: Session) -> list[Topic]:
    """Return the topics of every area, as staff keep them in order."""
    return list(session.exec(select(Topic).order_by(col(Topic.area), col(Topic.id))).all())


def store_topic(session: Session, key: str, content: TopicContent) -> bool:
    """Add or change the topic with this key; return whether anything changed.

    Raises InvalidTopicError.
    """
    topic = session.exec(select(Topic).where(Topic.key == key)).first()
    topic = topic or Topic(key=key, area=content.area, name="", keywords=[])
    return _store(session, topic, _checked(session, content))


def save_topic(session: Session, content: TopicContent, topic_id: int | None = None) -> Topic:
    """Change the topic of this id, or add one if it is None; return the topic.

    Raises InvalidTopicError or TopicNotFoundError.
    """
    content = _checked(session, content)
    topic = Topic(key=f"m-{uuid4().hex[:12]}", area=content.area, name="", keywords=[])
    if topic_id is not None:
        topic = _find(session, topic_id)
    _store(session, topic, content)
    session.flush()
    return topic


def delete_topic(session: Session, topic_id: int) -> None:
    """Delete a topic; its pairs stay. Raises TopicNotFoundError."""
    topic = _find(session, topic_id)
    remove_topic(session, topic)
    session.delete(topic)
    session.flush()


def coverage(
    session: Session,
    *,
    day: date,
    target: date | None = None,
    kept: PublishedCounts | None = None,
) -> list[Coverage]:
    """Return the coverage of every topic by area, then of the pairs of each area without one.

    Progress is that of ``day``; a topic is covered by pairs without blanks that may be told on the
    ``target`` day, by default the same. ``kept`` holds the counts of published pairs for the next
    call.
    """
    of_area: dict[AreaKey, list[ListedTopic]] = {area: [] for area in area_names(session)}
    topics = _listed(session)
    for topic in topics:
        of_area.setdefault(topic.area, []).append(topic)
    tallies: dict[tuple[AreaKey, int | None], _Tally] = {}
    asked = Asked(day, target or day)
    published = (kept or PublishedCounts()).of(session, asked, topics)
    for row in (*published, *count_drafts(session, asked)):
        of_area.setdefault(row.area, [])
        tallies.setdefault((row.area, row.topic_id), _Tally()).add(row)
    leads = area_leads(session)
    found = []
    for area, listed in of_area.items():
        lead = leads.get(area, "")
        for one in listed:
            tally = tallies.get((area, one.topic_id), _Tally())
            found.append(_coverage(tally, lead, area, one.topic_id, one.name, one.keywords))
        others = tallies.get((area, None))
        if others:
            found.append(_coverage(others, lead, area, None, "其他", ()))
    return found


_LISTED = sa_select(col(Topic.id), col(Topic.area), col(Topic.name), col(Topic.keywords)).order_by(
    col(Topic.id)
)


def _listed(session: Session) -> list[ListedTopic]:
    """Return the topics in the order of their ids, as rows: several pages count them at once."""
    rows = read_columns(session, _LISTED)
    return [ListedTopic(number, area, name, tuple(words)) for number, area, name, words in rows]


def _coverage(
    tally: _Tally,
    lead: str,
    area: AreaKey,
    topic_id: int | None,
    name: str,
    keywords: tuple[str, ...],
) -> Coverage:
    return Coverage(
        topic_id,
        area,
        name,
        keywords,
        tally.counts,
        tally.unit(lead),
        tally.covering,
        tally.to_complete,
    )


def _find(session: Session, topic_id: int) -> Topic:
    topic = session.get(Topic, topic_id)
    if topic is None:
        raise TopicNotFoundError(f"没有编号为 {topic_id} 的事项")
    return topic


def _store(session: Session, topic: Topic, content: TopicContent) -> bool:
    before = (topic.area, topic.name, tuple(topic.keywords))
    topic.area, topic.name = content.area, content.name
    topic.keywords = list(content.keywords)
    session.add(topic)
    is_changed = before != (content.area, content.name, content.keywords)
    if is_changed:
        session.flush()
        place_topic(session, topic)
    return is_changed


def _checked(session: Session, content: TopicContent) -> TopicContent:
    name = display_clean(content.name)
    keywords = tuple(dict.fromkeys(filter(None, map(display_clean, content.keywords))))
    problems = []
    in_use = [area.key for area in list_areas(session, active_only=True)]
    if content.area not in in_use:
        problems.append(FieldProblem("field", area_message(content.area, "、".join(in_use))))
    if not name or len(name) > NAME_CHARACTERS:
        problems.append(FieldProblem("name", f"事项名称应为 1 至 {NAME_CHARACTERS} 个字"))
    if not keywords:
        problems.append(FieldProblem("keywords", "请至少填写一个关键词"))
    if problems:
        raise InvalidTopicError("事项信息有误，请按提示修改", problems=tuple(problems))
    return TopicContent(content.area, name, keywords)
