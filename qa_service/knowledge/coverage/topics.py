"""Topics (事项) that the bank must cover, and their coverage by pairs (全部入库)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from qa_service.accounts.areas import area_message, list_areas
from qa_service.accounts.models import Unit
from qa_service.accounts.units import area_leads
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import QAPair, QAVersion, Topic
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import AreaKey, LabelledEnum, PairStatus

EXPIRING = timedelta(days=60)
"""Time before its last day or review date (复核日期) in which a pair counts as expiring."""

NAME_CHARACTERS = 100


class InvalidTopicError(InvalidInputError):
    """A topic lacks its area, its name or its keywords."""

    code = "invalid_topic"
    title = "事项信息有误"


class TopicNotFoundError(NotFoundError):
    """No topic has this id."""

    code = "topic_not_found"
    title = "没有这个事项"


class PairProgress(LabelledEnum):
    """The progress of a pair towards covering its topic."""

    PUBLISHED = "published", "已发布"
    EXPIRING = "expiring", "将到期"
    IN_REVIEW = "in_review", "审核中"
    DRAFT = "draft", "草稿"


@dataclass(frozen=True, slots=True)
class TopicContent:
    """The content of a topic; its keywords are searched in questions of its area."""

    area: AreaKey
    name: str
    keywords: tuple[str, ...]


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


_Known = tuple[int | None, TopicContent]
"""A stored topic as plain values, which are compared many times."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pair as the coverage counts it."""

    area: AreaKey
    question: str
    keywords: list[str]
    unit: str
    progress: PairProgress
    is_in_force: bool
    has_blanks: bool


@dataclass(slots=True)
class _Tally:
    """The pairs of one topic, by progress and by unit, and how many cover it or would."""

    counts: Counter[PairProgress] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    covering: int = 0
    to_complete: int = 0

    def add(self, pair: _Pair) -> None:
        """Count one pair."""
        self.counts[pair.progress] += 1
        self.units[pair.unit] += 1
        self.covering += pair.is_in_force and not pair.has_blanks
        self.to_complete += pair.is_in_force and pair.has_blanks

    def unit(self, lead: str) -> str:
        """Return the unit of most pairs; ``lead``, the area's, where there is none."""
        return max(self.units, key=lambda key: (self.units[key], key), default=lead)


def list_topics(session: Session) -> list[Topic]:
    """Return the topics of every area, as staff keep them in order."""
    return list(session.exec(select(Topic).order_by(col(Topic.area), col(Topic.id))).all())


def is_about(topic: Topic | TopicContent, question: str, keywords: Sequence[str]) -> bool:
    """Return whether a pair of the topic's area with this question and keywords belongs to it."""
    # Compared as written, because normalising 100,000 questions would take too long.
    if topic.name in keywords:
        return True
    for word in topic.keywords:  # noqa: SIM110 - a generator takes three times as long
        if word in question:
            return True
    return False


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
    session.delete(_find(session, topic_id))
    session.flush()


def coverage(session: Session, *, day: date, target: date | None = None) -> list[Coverage]:
    """Return the coverage of every topic by area, then of the pairs of each area without one.

    Progress is that of ``day``; a topic is covered by pairs without blanks that may be told on the
    ``target`` day, by default the same.
    """
    of_area: dict[AreaKey, list[_Known]] = {area.key: [] for area in list_areas(session)}
    for topic in session.exec(select(Topic).order_by(col(Topic.id))).all():
        content = TopicContent(topic.area, topic.name, tuple(topic.keywords))
        of_area.setdefault(topic.area, []).append((topic.id, content))
    tallies: dict[tuple[AreaKey, int | None], _Tally] = {}
    for pair in _pairs(session, day, target or day):
        topics = of_area.setdefault(pair.area, [])
        for topic_id in _topics_of(pair.question, pair.keywords, topics) or [None]:
            tallies.setdefault((pair.area, topic_id), _Tally()).add(pair)
    leads = area_leads(session)
    found = []
    for area, listed in of_area.items():
        lead = leads.get(area, "")
        for topic_id, one in listed:
            tally = tallies.get((area, topic_id), _Tally())
            found.append(_coverage(tally, lead, area, topic_id, one.name, one.keywords))
        others = tallies.get((area, None))
        if others:
            found.append(_coverage(others, lead, area, None, "其他", ()))
    return found


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


def _pairs(session: Session, day: date, target: date) -> Iterator[_Pair]:
    statement = (
        sa_select(
            col(QAPair.area),
            col(QAVersion.question),
            col(QAVersion.keywords),
            col(Unit.key),
            col(QAPair.status),
            col(QAPair.submitted_at),
            col(QAPair.effective_from),
            col(QAPair.expires_on),
            col(QAPair.review_by),
            col(QAVersion.has_blanks),
        )
        .join_from(QAPair, QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(col(QAPair.status).not_in([PairStatus.WITHDRAWN, PairStatus.SUSPENDED]))
    )
    for (
        area,
        question,
        keywords,
        unit,
        status,
        submitted_at,
        begins,
        ends,
        review_by,
        has_blanks,
    ) in session.execute(statement):
        is_draft = status is PairStatus.DRAFT
        in_force = begins <= target and (ends is None or target <= ends)
        if is_draft:
            progress = PairProgress.IN_REVIEW if submitted_at else PairProgress.DRAFT
        else:
            days = [last for last in (ends, review_by) if last is not None]
            is_expiring = any(last <= day + EXPIRING for last in days)
            progress = PairProgress.EXPIRING if is_expiring else PairProgress.PUBLISHED
        is_in_force = not is_draft and in_force
        yield _Pair(area, question, keywords, unit, progress, is_in_force, has_blanks)


def _topics_of(
    question: str, keywords: Sequence[str], topics: Sequence[_Known]
) -> list[int | None]:
    return [topic_id for topic_id, one in topics if is_about(one, question, keywords)]


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
    return before != (content.area, content.name, content.keywords)


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
