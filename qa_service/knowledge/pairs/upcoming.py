"""Pairs whose review date (复核日期) or last day (失效日期) has come or comes within 30 days.

They stand in the work list of their unit, which is told once of each crossing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, func, select

from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.knowledge.models import QAPair, QAVersion, stored_id
from qa_service.knowledge.policies.annual_review import DAYS_AHEAD, is_to_review
from qa_service.knowledge.upkeep_models import DueKind, ReviewNotice
from qa_service.outbox.events import PairDue, UnitMail
from qa_service.outbox.premises import Check, Leaving, Premise, PremiseKind
from qa_service.outbox.service import enqueue_all
from qa_service.vocabulary import PairStatus

LISTED_IN_MAIL = 20


@dataclass(frozen=True, slots=True)
class DuePair:
    """A published pair with the day that comes or has come; ``days`` are left until then."""

    pair_id: int
    key: str
    question: str
    unit_id: int
    unit_key: str
    unit_name: str
    kind: DueKind
    on: date
    days: int

    @property
    def text(self) -> str:
        """Return the crossing in one line, in Chinese."""
        left = f"还有 {self.days} 天" if self.days > 0 else "今天"
        return f"{self.kind.label}（{self.on.isoformat()}，{left if self.days >= 0 else '已过'}）"


@dataclass(frozen=True, slots=True)
class DueCount:
    """The numbers of a unit's pairs by what comes or has come."""

    unit_name: str
    overdue: int
    review_soon: int
    expiry_soon: int


def due_pairs(
    session: Session, *, day: date, within: Within = None, limit: int = 50
) -> list[DuePair]:
    """Return at most ``limit`` published pairs of the units, the earliest day first."""
    return _due(session, day, within, limit, untold_only=False)


def due_counts(session: Session, *, day: date, within: Within = None) -> list[DueCount]:
    """Return the numbers for each unit that has such pairs, by the unit's name."""
    found: dict[str, Counter[DueKind]] = {}
    # A statement for each kind: joined by "or", the database would look at every pair.
    for kind, _, condition in _crossings(day):
        statement = (
            sa_select(col(Unit.name), func.count())
            .join_from(QAPair, Unit, col(Unit.id) == QAPair.unit_id)
            .where(col(QAPair.status) == PairStatus.PUBLISHED, condition)
            .group_by(col(Unit.id), col(Unit.name))
        )
        if within is not None:
            statement = statement.where(col(QAPair.unit_id).in_(within))
        for name, count in session.execute(statement).all():
            found.setdefault(name, Counter())[kind] += count
    return [
        DueCount(
            name,
            counts[DueKind.REVIEW_OVERDUE],
            counts[DueKind.REVIEW_SOON],
            counts[DueKind.EXPIRY_SOON],
        )
        for name, counts in sorted(found.items())
    ]


def count_due(session: Session, *, day: date) -> int:
    """Return how many dates of published pairs have come or come soon, in the whole bank."""
    ahead = day + timedelta(days=DAYS_AHEAD)
    expires_on = col(QAPair.expires_on)
    conditions = (is_to_review(ahead), (expires_on >= day) & (expires_on <= ahead))
    counts = (
        select(func.count(col(QAPair.id))).where(QAPair.status == PairStatus.PUBLISHED, condition)
        for condition in conditions
    )
    return sum(session.exec(statement).one() for statement in counts)


def tell_due(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Tell the units of pairs that crossed a date: an event for each, a mail for each unit.

    Each crossing of a pair is told once. Returns how many were told, at most ``limit``.
    """
    told = _due(session, beijing_day(now), None, limit, untold_only=True)
    session.add_all(
        ReviewNotice(pair_id=one.pair_id, kind=one.kind, due_on=one.on, told_at=now) for one in told
    )
    session.flush()
    events = [PairDue(one.pair_id, one.key, one.unit_key, one.kind.value, one.on) for one in told]
    enqueue_all(session, events, now=now)
    enqueue_all(session, _mails(session, told, beijing_day(now)), now=now)
    return len(told)


_Crossing = tuple[DueKind, Mapped[date | None], ColumnElement[bool]]


def _crossings(day: date) -> tuple[_Crossing, ...]:
    """Return each kind with the column of its day and the condition that it came or comes."""
    ahead = day + timedelta(days=DAYS_AHEAD)
    review_by, expires_on = col(QAPair.review_by), col(QAPair.expires_on)
    return (
        (DueKind.REVIEW_OVERDUE, review_by, is_to_review(day)),
        (DueKind.REVIEW_SOON, review_by, is_to_review(ahead) & (review_by > day)),
        (DueKind.EXPIRY_SOON, expires_on, (expires_on >= day) & (expires_on <= ahead)),
    )


def _due(
    session: Session, day: date, within: Within, limit: int | None, *, untold_only: bool
) -> list[DuePair]:
    found = []
    for kind, date_of, condition in _crossings(day):
        statement = (
            select(QAPair, QAVersion.question, Unit)
            .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
            .join(Unit, col(Unit.id) == QAPair.unit_id)
            .where(QAPair.status == PairStatus.PUBLISHED, condition)
            .order_by(date_of, col(QAPair.id))
            .limit(limit)
        )
        if within is not None:
            statement = statement.where(col(QAPair.unit_id).in_(within))
        if untold_only:
            statement = statement.where(~_is_told(kind, date_of))
        found += [
            _due_pair(pair, question, unit, kind, day)
            for pair, question, unit in session.exec(statement).all()
        ]
    return sorted(found, key=lambda one: (one.on, one.pair_id))[:limit]


def _due_pair(pair: QAPair, question: str, unit: Unit, kind: DueKind, day: date) -> DuePair:
    on = (pair.expires_on if kind is DueKind.EXPIRY_SOON else pair.review_by) or day
    return DuePair(
        pair_id=stored_id(pair),
        key=pair.key,
        question=question,
        unit_id=pair.unit_id,
        unit_key=unit.key,
        unit_name=unit.name,
        kind=kind,
        on=on,
        days=(on - day).days,
    )


def _is_told(kind: DueKind, date_of: Mapped[date | None]) -> ColumnElement[bool]:
    """Return the condition that the unit was told of this crossing of the pair."""
    told = select(ReviewNotice.id).where(
        ReviewNotice.pair_id == QAPair.id,
        ReviewNotice.kind == kind,
        col(ReviewNotice.due_on) == date_of,
    )
    return told.exists()


def _mails(session: Session, told: Sequence[DuePair], day: date) -> list[UnitMail]:
    """Return a mail to each unit that has an address, with the first of its pairs."""
    mails = []
    for unit_id in dict.fromkeys(one.unit_id for one in told):
        unit = session.get_one(Unit, unit_id)
        own = [one for one in told if one.unit_id == unit_id]
        if unit.email:
            # Without the days left, which are fewer by the time a mail that waited is read.
            listed = own[:LISTED_IN_MAIL]
            lines = [f"{one.kind.label}（{one.on.isoformat()}）：{one.question}" for one in listed]
            text = "\n".join((f"{unit.name}：", *lines, "请登录政策咨询问答库，在待办中办理。"))
            title = f"【政策咨询】{len(own)} 条问答应复核或即将失效"
            subject = f"due-{unit.key}-{day.isoformat()}"
            mails.append(UnitMail(subject, unit.email, title, text, (_stay_due(unit_id),)))
    return mails


def _stay_due(unit_id: int) -> Premise:
    """Return the premise that one of the unit's pairs it is told of still comes to that date."""
    return Premise(PremiseKind.PAIRS_DUE, str(unit_id))


def _are_due(session: Session, leaving: Leaving, value: str) -> bool:
    statements = (
        select(QAPair.id)
        .join(ReviewNotice, col(ReviewNotice.pair_id) == QAPair.id)
        .where(
            ReviewNotice.told_at == leaving.event.created_at,
            col(ReviewNotice.due_on) == date_of,
            QAPair.unit_id == int(value),
            QAPair.status == PairStatus.PUBLISHED,
            condition,
        )
        .limit(1)
        for _, date_of, condition in _crossings(beijing_day(leaving.now))
    )
    return any(session.exec(statement).first() is not None for statement in statements)


PREMISES: Mapping[PremiseKind, Check] = {PremiseKind.PAIRS_DUE: _are_due}
"""How the premise of a mail about pairs that come to a date is checked."""
