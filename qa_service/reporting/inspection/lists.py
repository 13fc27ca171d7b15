"""The lists of an inspection package: overdue and returned entries, and what is crossed off."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_, select

from qa_service.accounts.areas import area_names
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.knowledge.models import PolicyDocument, QAPair, QAVersion, ReworkTask
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.knowledge.policies.annual_review import CONFIRMED_FOR
from qa_service.knowledge.policies.rework import rework_due
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sources import ledger_conditions as on
from qa_service.reporting.figures.sources.bank import FREQUENT, has_media
from qa_service.reporting.figures.working_time import WorkingTime
from qa_service.reporting.inspection.content import CrossOffLine, OverdueLine, ReturnedLine
from qa_service.vocabulary import Action, AreaKey, EntryState, PairStatus, Validity


@dataclass(frozen=True, slots=True)
class Names:
    """Units by id and names of areas, as lists show them."""

    units: dict[int | None, Unit]
    areas: dict[AreaKey, str]

    @classmethod
    def of(cls, session: Session) -> "Names":
        """Return the names of now."""
        units = {unit.id: unit for unit in session.exec(select(Unit)).all()}
        return cls(units, area_names(session))

    def unit(self, unit_id: int | None) -> str:
        """Return the name of a unit; "" where there is none."""
        found = self.units.get(unit_id)
        return found.name if found else ""

    def in_charge(self, unit_id: int | None) -> str:
        """Return the person in charge (责任人) of a unit; "" where none is named."""
        found = self.units.get(unit_id)
        return (found.person_in_charge if found else None) or ""

    def area(self, key: AreaKey | None) -> str:
        """Return the name of an area; "" without one."""
        return self.areas.get(key, key) if key else ""


def overdue_lines(session: Session, scope: Scope, names: Names) -> tuple[OverdueLine, ...]:
    """Return the entries that missed their limit in the period, and those overdue at its end."""
    missed = on.expired(scope) & ~on.in_time(scope)
    waits = on.waiting(scope) & on.is_overdue(scope)
    columns = (
        col(LedgerEntry.number),
        col(LedgerEntry.kind),
        col(LedgerEntry.area),
        col(LedgerEntry.unit_id),
        col(LedgerEntry.received_at),
        on.first_due,
        on.ended_at,
        col(LedgerEntry.state),
    )
    statement = sa_select(*columns).where(on.is_counted, or_(missed, waits))
    days = WorkingTime(scope.calendar)
    return tuple(
        OverdueLine(
            number=number,
            kind=kind.label,
            area=names.area(area),
            unit=names.unit(unit_id),
            received_on=beijing_day(received),
            due_on=due,
            ended_on=_by_then(ended, scope),
            late_workdays=max(1, days.between(due, _by_then(ended, scope) or _last(scope))),
            state=state.label,
        )
        for number, kind, area, unit_id, received, due, ended, state in session.execute(
            statement.order_by(on.first_due, col(LedgerEntry.number))
        ).all()
    )


def returned_lines(session: Session, scope: Scope, names: Names) -> tuple[ReturnedLine, ...]:
    """Return the returns of the period, with the unit that returned the entry."""
    columns = (
        col(LedgerEntry.number),
        col(LedgerEntry.area),
        on.unit_then(),
        col(LedgerEvent.occurred_at),
        col(LedgerEvent.reason),
        col(LedgerEntry.unit_id),
        col(LedgerEntry.state),
    )
    statement = (
        sa_select(*columns)
        .join_from(LedgerEvent, LedgerEntry, col(LedgerEntry.id) == LedgerEvent.entry_id)
        .where(on.is_counted, on.moved(scope), col(LedgerEvent.verb) == Action.RETURN)
        .order_by(col(LedgerEvent.occurred_at), col(LedgerEvent.id))
    )
    return tuple(
        ReturnedLine(
            number=number,
            area=names.area(area),
            unit=names.unit(unit_id),
            returned_on=beijing_day(at),
            reason=reason,
            present_unit=names.unit(present),
            state=state.label,
        )
        for number, area, unit_id, at, reason, present, state in session.execute(statement).all()
    )


def cross_off_lines(session: Session, scope: Scope, names: Names) -> tuple[CrossOffLine, ...]:
    """Return what is to be crossed off (销号) besides tasks.

    These are entries, rework, clean-up, media and review.
    """
    return (
        *_entries(session, scope, names),
        *_rework(session, scope, names),
        *_documents(session, scope, names),
        *_media(session, scope, names),
        *_reviews(session, scope, names),
    )


def _entries(session: Session, scope: Scope, names: Names) -> Iterator[CrossOffLine]:
    columns = (
        col(LedgerEntry.number),
        col(LedgerEntry.kind),
        col(LedgerEntry.unit_id),
        col(LedgerEntry.received_at),
        col(LedgerEntry.due_on),
        col(LedgerEntry.closed_at),
        col(LedgerEntry.informed_at),
        col(LedgerEntry.pair_id),
        col(LedgerEntry.pair_declined).is_not(None),
    )
    statement = sa_select(*columns).where(
        on.is_counted, or_(on.received(scope), on.waiting(scope), _closed_then(scope))
    )
    rows = session.execute(statement.order_by(col(LedgerEntry.number))).all()
    pairs = questions_of(session, {row.pair_id for row in rows if row.pair_id})
    for number, kind, unit_id, received, due, closed, told, pair, declined in rows:
        done = _by_then(closed, scope)
        evidence = _entry_evidence(_by_then(told, scope), pairs.get(pair), declined)
        yield CrossOffLine(
            kind=kind.label,
            matter=number,
            unit=names.unit(unit_id),
            in_charge=names.in_charge(unit_id),
            opened_on=beijing_day(received),
            limit_on=due,
            done_on=done,
            evidence=evidence if done else "",
        )


def _closed_then(scope: Scope) -> ColumnElement[bool]:
    at = col(LedgerEntry.closed_at)
    is_then = (at >= scope.period.begins_at) & (at < scope.period.ends_at)
    return (col(LedgerEntry.state) == EntryState.CLOSED) & is_then


def _entry_evidence(told: date | None, pair: str | None, declined: bool) -> str:
    said = f"{told:%Y-%m-%d} 已回复" if told else "无须回复"
    if declined:
        return f"{said}，不入库（理由见台账）"
    return f"{said}，问答“{pair}”" if pair else said


def _rework(session: Session, scope: Scope, names: Names) -> Iterator[CrossOffLine]:
    closed = col(ReworkTask.closed_at)
    is_open = or_(closed.is_(None), closed >= scope.period.begins_at)
    statement = (
        select(ReworkTask, QAVersion.question)
        .join(QAPair, col(QAPair.id) == ReworkTask.pair_id)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(col(ReworkTask.opened_at) < scope.period.ends_at, is_open)
        .order_by(col(ReworkTask.opened_at), col(ReworkTask.id))
    )
    for task, question in session.exec(statement).all():
        done = _by_then(task.closed_at, scope)
        yield CrossOffLine(
            kind="返工",
            matter=question,
            unit=names.unit(task.unit_id),
            in_charge=names.in_charge(task.unit_id),
            opened_on=beijing_day(task.opened_at),
            limit_on=rework_due(task, scope.calendar),
            done_on=done,
            evidence=(task.evidence or task.outcome or "") if done else "",
        )


def _documents(session: Session, scope: Scope, names: Names) -> Iterator[CrossOffLine]:
    """Yield the documents in force that were confirmed in the period, or are due at its end."""
    last = min(scope.period.last, scope.today)
    statement = select(PolicyDocument).where(
        col(PolicyDocument.validity).in_((Validity.IN_FORCE, Validity.AMENDED)),
        or_(
            col(PolicyDocument.confirmed_on).is_(None),
            col(PolicyDocument.confirmed_on) >= scope.period.first,
            col(PolicyDocument.confirmed_on) < last - CONFIRMED_FOR,
        ),
    )
    for one in session.exec(statement.order_by(col(PolicyDocument.title))).all():
        confirmed = one.confirmed_on
        is_done = confirmed is not None and scope.period.first <= confirmed <= last
        yield CrossOffLine(
            kind="全面清理",
            matter=f"{one.title}（{one.document_number}）",
            unit=names.unit(one.unit_id),
            in_charge=names.in_charge(one.unit_id),
            opened_on=None,
            limit_on=confirmed + CONFIRMED_FOR if confirmed and not is_done else scope.period.last,
            done_on=confirmed if is_done else None,
            evidence="已确认继续有效" if is_done else "",
        )


def _media(session: Session, scope: Scope, names: Names) -> Iterator[CrossOffLine]:
    statement = (
        sa_select(col(QAVersion.question), col(QAPair.unit_id), has_media(scope))
        .join_from(QAPair, QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(*FREQUENT.held(scope))
        .order_by(col(QAPair.id))
    )
    for question, unit_id, is_done in session.execute(statement).all():
        yield CrossOffLine(
            kind="高频问答图解",
            matter=question,
            unit=names.unit(unit_id),
            in_charge=names.in_charge(unit_id),
            opened_on=scope.period.first,
            limit_on=scope.period.last,
            done_on=min(scope.today, scope.period.last) if is_done else None,
            evidence="图解已审核通过" if is_done else "",
        )


def _reviews(session: Session, scope: Scope, names: Names) -> Iterator[CrossOffLine]:
    """Yield the published pairs whose day of review (复核日期) falls in the period."""
    statement = (
        select(QAPair, QAVersion.question)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(
            QAPair.status == PairStatus.PUBLISHED,
            col(QAPair.review_by) >= scope.period.first,
            col(QAPair.review_by) <= scope.period.last,
        )
        .order_by(col(QAPair.review_by), col(QAPair.id))
    )
    for pair, question in session.exec(statement).all():
        due, confirmed = pair.review_by, pair.confirmed_on
        is_done = bool(due and confirmed and confirmed >= due - timedelta(days=30))
        yield CrossOffLine(
            kind="问答复核",
            matter=question,
            unit=names.unit(pair.unit_id),
            in_charge=names.in_charge(pair.unit_id),
            opened_on=None,
            limit_on=due,
            done_on=confirmed if is_done else None,
            evidence="已复核" if is_done else "",
        )


def _by_then(at: datetime | None, scope: Scope) -> date | None:
    """Return the day of an instant, if it lies before the end of the period."""
    return beijing_day(at) if at is not None and at < scope.period.ends_at else None


def _last(scope: Scope) -> date:
    return min(scope.period.last, scope.today)
