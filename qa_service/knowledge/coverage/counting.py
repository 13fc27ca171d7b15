"""Numbers of pairs by topic (事项), unit and progress; those of published pairs are kept.

Published pairs change with the index revision alone, and are placed under topics again when a
topic changes: until then their numbers are the same on the same day.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    union_all,
)
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from qa_service.accounts.models import Unit
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.revision import bank_stamp
from qa_service.knowledge.upkeep_models import Topic, VersionTopic
from qa_service.vocabulary import AreaKey, LabelledEnum, PairStatus

EXPIRING = timedelta(days=60)
"""Time before its last day or review date (复核日期) in which a pair counts as expiring."""

KEPT = 8
"""Pairs of days whose counts are kept."""


KEPT_NUMBERS = 500
"""Numbers of published pairs that are kept: those of some units and areas."""


class PairProgress(LabelledEnum):
    """The progress of a pair towards covering its topic."""

    PUBLISHED = "published", "已发布"
    EXPIRING = "expiring", "将到期"
    IN_REVIEW = "in_review", "审核中"
    DRAFT = "draft", "草稿"


@dataclass(frozen=True, slots=True)
class Asked:
    """The day of which the progress is counted, and the day on which pairs are to be told."""

    day: date
    target: date


@dataclass(frozen=True, slots=True)
class TopicCount:
    """The number of pairs of a topic, a unit (its key) and a progress.

    ``topic_id`` is None for pairs without a topic of their area. ``in_force`` are those that may
    be told on the target day, ``blanks`` those of them with blanks (【本地：…】).
    """

    area: AreaKey
    topic_id: int | None
    unit: str
    progress: PairProgress
    pairs: int
    in_force: int
    blanks: int


class ListedTopic(NamedTuple):
    """A topic (事项) whose pairs are counted."""

    topic_id: int
    area: AreaKey
    name: str
    keywords: tuple[str, ...]


Counts = Sequence[TopicCount]


class PublishedCounts:
    """The counts of published pairs, for any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[object, ...], Counts] = OrderedDict()
        self._numbers: OrderedDict[tuple[object, ...], int] = OrderedDict()

    def number(
        self, session: Session, *, unit_id: int | None = None, area: AreaKey | None = None
    ) -> int:
        """Return the number of published pairs of a unit and an area, None for all."""
        state = (bank_stamp(session), unit_id, area)
        with self._lock:
            if state in self._numbers:
                return self._numbers[state]
        found: int = session.execute(_number(unit_id, area)).scalar_one()
        with self._lock:
            self._numbers[state] = found
            while len(self._numbers) > KEPT_NUMBERS:
                self._numbers.popitem(last=False)
        return found

    def of(self, session: Session, asked: Asked, topics: Sequence[ListedTopic]) -> Counts:
        """Return the counts, read again where the bank or its ``topics`` have changed."""
        state = (bank_stamp(session), tuple(topics), asked)
        with self._lock:
            if state in self._kept:
                return self._kept[state]
        found = _counted(session, asked, PairStatus.PUBLISHED)
        with self._lock:
            self._kept[state] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def _number(unit_id: int | None, area: AreaKey | None) -> Select[int]:
    statement = (
        sa_select(func.count())
        .select_from(QAPair)
        .where(col(QAPair.status) == PairStatus.PUBLISHED)
    )
    if unit_id is not None:
        statement = statement.where(col(QAPair.unit_id) == unit_id)
    return statement if area is None else statement.where(col(QAPair.area) == area)


def count_drafts(session: Session, asked: Asked) -> Counts:
    """Return the counts of pairs that were never published."""
    return _counted(session, asked, PairStatus.DRAFT)


def _counted(session: Session, asked: Asked, status: PairStatus) -> Counts:
    """Return the numbers of pairs of this status.

    A pair counts under each topic of its area, under None if it has none.
    """
    rows = session.execute(_statement(asked, status)).all()
    return [
        TopicCount(area, topic_id, unit, PairProgress(progress), pairs, in_force, blanks)
        for area, topic_id, unit, progress, pairs, in_force, blanks in rows
    ]


@lru_cache(maxsize=KEPT)
def _statement(asked: Asked, status: PairStatus) -> CompoundSelect[Any]:
    """Return the statement of the pairs with topics and of those without.

    It is kept, since it takes longer to build than to answer where pairs are few.
    """
    placed = (
        sa_select(col(VersionTopic.version_id), col(VersionTopic.topic_id), col(Topic.area))
        .join_from(VersionTopic, Topic, col(Topic.id) == VersionTopic.topic_id)
        .subquery()
    )
    is_placed = (placed.c.version_id == QAPair.current_version_id) & (placed.c.area == QAPair.area)
    is_wanted = col(QAPair.status) == status
    of_topics = _numbers(placed.c.topic_id, asked).join(placed, is_placed).where(is_wanted)
    alone = ~sa_select(literal(1)).where(is_placed).correlate(QAPair).exists()
    of_none = _numbers(cast(null(), Integer), asked).where(is_wanted, alone)
    return union_all(of_topics, of_none)


def _numbers(topic_id: ColumnElement[Any], asked: Asked) -> Select[Any]:
    """Return the statement that counts pairs under ``topic_id``."""
    is_draft = col(QAPair.status) == PairStatus.DRAFT
    ends, review_by = col(QAPair.expires_on), col(QAPair.review_by)
    soon = asked.day + EXPIRING
    progress = case(
        (is_draft & col(QAPair.submitted_at).is_not(None), PairProgress.IN_REVIEW.value),
        (is_draft, PairProgress.DRAFT.value),
        (or_(ends <= soon, review_by <= soon), PairProgress.EXPIRING.value),
        else_=PairProgress.PUBLISHED.value,
    ).label("progress")
    in_force = and_(
        ~is_draft,
        col(QAPair.effective_from) <= asked.target,
        or_(ends.is_(None), ends >= asked.target),
    )
    topic = topic_id.label("topic_id")
    return (
        sa_select(
            col(QAPair.area).label("area"),
            topic,
            col(Unit.key).label("unit"),
            progress,
            func.count().label("pairs"),
            func.count(case((in_force, 1))).label("in_force"),
            func.count(case((and_(in_force, col(QAPair.has_blanks)), 1))).label("blanks"),
        )
        .join_from(QAPair, Unit, col(Unit.id) == QAPair.unit_id)
        .group_by(col(QAPair.area), topic, col(Unit.key), progress)
    )
