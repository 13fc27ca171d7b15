"""The seven tables of things to be crossed off (销号), from entries to tasks."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy import select as sa_select
from sqlmodel import Session, and_, col, func, or_

from qa_service.clock import beijing_day
from qa_service.consultation.models import Choice
from qa_service.knowledge.models import PolicyDocument, QAPair, looked_at_as_published
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.knowledge.policies.annual_review import CONFIRMED_FOR, DAYS_AHEAD
from qa_service.knowledge.policies.rework import rework_due
from qa_service.knowledge.task_models import Task, TaskKind, TaskState
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.ledger.models import LedgerEntry
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sources import ledger_conditions as on
from qa_service.reporting.figures.sources.bank import HOT, has_media
from qa_service.reporting.inspection.content import CrossOffLine
from qa_service.reporting.inspection.cross_off_gaps import UNTASKED_GAPS
from qa_service.reporting.inspection.crossing_off import CrossOffKind, Listed, Source
from qa_service.reporting.inspection.lists import Names, by_then, last_day
from qa_service.storage.dates import days_before
from qa_service.vocabulary import EntryKind, EntryState, PairStatus, Validity

_ENTRY_KINDS = {
    CrossOffKind.CONSULTATION: EntryKind.CONSULTATION,
    CrossOffKind.CORRECTION: EntryKind.CORRECTION,
}


def _entries(scope: Scope) -> Select[*tuple[Any, ...]]:
    columns = (
        col(LedgerEntry.number),
        col(LedgerEntry.kind),
        col(LedgerEntry.unit_id),
        col(LedgerEntry.received_at),
        col(LedgerEntry.due_on),
        col(LedgerEntry.closed_at),
        col(LedgerEntry.informed_at),
        col(LedgerEntry.pair_id),
        col(LedgerEntry.pair_declined).is_not(None).label("declined"),
    )
    closed_then = and_(
        col(LedgerEntry.state) == EntryState.CLOSED,
        col(LedgerEntry.closed_at) >= scope.period.begins_at,
        col(LedgerEntry.closed_at) < scope.period.ends_at,
    )
    concerns = or_(on.received(scope), on.waiting(scope), closed_then)
    # Each of the three implies it: one range of the index is read instead of three.
    received = col(LedgerEntry.received_at) < scope.period.ends_at
    statement = sa_select(*columns).where(on.is_counted, received, concerns)
    return statement.order_by(col(LedgerEntry.due_on), col(LedgerEntry.id))


def _entry_closed(scope: Scope) -> ColumnElement[bool]:
    return col(LedgerEntry.closed_at) < scope.period.ends_at


def _entry_lines(
    session: Session, rows: Sequence[Any], scope: Scope, names: Names
) -> Iterator[Listed]:
    pairs = questions_of(session, {row.pair_id for row in rows if row.pair_id})
    for number, kind, unit_id, received, due, closed, told, pair, declined in rows:
        done = by_then(closed, scope)
        said = f"{day:%Y-%m-%d} 已回复" if (day := by_then(told, scope)) else "无须回复"
        if declined:
            said = f"{said}，不入库（理由见台账）"
        elif pair in pairs:
            said = f"{said}，问答“{pairs[pair]}”"
        line = CrossOffLine(
            kind=kind.label,
            matter=number,
            unit=names.unit(unit_id),
            in_charge=names.in_charge(unit_id),
            opened_on=beijing_day(received),
            limit_on=due,
            done_on=done,
            evidence=said if done else "",
        )
        yield Listed(line, f"/ledger/{number}")


def _rework(scope: Scope) -> Select[*tuple[Any, ...]]:
    closed = col(ReworkTask.closed_at)
    is_open = or_(closed.is_(None), closed >= scope.period.begins_at)
    return (
        sa_select(ReworkTask)
        .where(col(ReworkTask.opened_at) < scope.period.ends_at, is_open)
        .order_by(col(ReworkTask.opened_at), col(ReworkTask.id))
    )


def _rework_closed(scope: Scope) -> ColumnElement[bool]:
    return col(ReworkTask.closed_at) < scope.period.ends_at


def _rework_lines(
    session: Session, rows: Sequence[Any], scope: Scope, names: Names
) -> Iterator[Listed]:
    questions = questions_of(session, {task.pair_id for (task,) in rows})
    for (task,) in rows:
        done = by_then(task.closed_at, scope)
        line = CrossOffLine(
            kind="返工",
            matter=questions.get(task.pair_id, ""),
            unit=names.unit(task.unit_id),
            in_charge=names.in_charge(task.unit_id),
            opened_on=beijing_day(task.opened_at),
            limit_on=rework_due(task, scope.calendar),
            done_on=done,
            evidence=(task.evidence or task.outcome or "") if done else "",
        )
        yield Listed(line, f"/pairs/{task.pair_id}/edit")


def _documents(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Return the documents in force that were confirmed in the period, or are due at its end."""
    confirmed = col(PolicyDocument.confirmed_on)
    is_due = or_(
        confirmed.is_(None),
        confirmed >= scope.period.first,
        confirmed < last_day(scope) - CONFIRMED_FOR,
    )
    in_force = col(PolicyDocument.validity).in_((Validity.IN_FORCE, Validity.AMENDED))
    by_limit = confirmed.asc().nulls_last()
    statement = sa_select(PolicyDocument).where(in_force, is_due)
    return statement.order_by(by_limit, col(PolicyDocument.title), col(PolicyDocument.id))


def _document_confirmed(scope: Scope) -> ColumnElement[bool]:
    return col(PolicyDocument.confirmed_on).between(scope.period.first, last_day(scope))


def _document_lines(
    _session: Session, rows: Sequence[Any], scope: Scope, names: Names
) -> Iterator[Listed]:
    for (one,) in rows:
        confirmed = one.confirmed_on
        is_done = confirmed is not None and scope.period.first <= confirmed <= last_day(scope)
        line = CrossOffLine(
            kind="全面清理",
            matter=f"{one.title}（{one.document_number}）",
            unit=names.unit(one.unit_id),
            in_charge=names.in_charge(one.unit_id),
            opened_on=None,
            limit_on=confirmed + CONFIRMED_FOR if confirmed and not is_done else scope.period.last,
            done_on=confirmed if is_done else None,
            evidence="已确认继续有效" if is_done else "",
        )
        yield Listed(line, f"/policies/{one.id}")


def _media(scope: Scope) -> Select[*tuple[Any, ...]]:
    # A set of few from the index of choices: the condition alone is a look at every pair.
    at = col(Choice.created_at)
    told = (
        sa_select(col(Choice.pair_id))
        .where(at >= scope.period.begins_at, at < scope.period.ends_at)
        .group_by(col(Choice.pair_id))
        .having(func.count() >= HOT)
    )
    is_published = looked_at_as_published()
    columns = col(QAPair.id), col(QAPair.unit_id), has_media(scope)
    is_frequent = col(QAPair.id).in_(told.where(col(Choice.pair_id).is_not(None)))
    return sa_select(*columns).where(is_published, is_frequent).order_by(col(QAPair.id))


def _media_lines(
    session: Session, rows: Sequence[Any], scope: Scope, names: Names
) -> Iterator[Listed]:
    questions = questions_of(session, {row.id for row in rows})
    for pair_id, unit_id, is_done in rows:
        line = CrossOffLine(
            kind="高频问答图解",
            matter=questions.get(pair_id, ""),
            unit=names.unit(unit_id),
            in_charge=names.in_charge(unit_id),
            opened_on=scope.period.first,
            limit_on=scope.period.last,
            done_on=last_day(scope) if is_done else None,
            evidence="图解已审核通过" if is_done else "",
        )
        yield Listed(line, f"/pairs/{pair_id}/media")


def _reviews(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Return the published pairs whose day of review (复核日期) falls in the period."""
    review_by = col(QAPair.review_by)
    columns = col(QAPair.id), col(QAPair.unit_id), review_by, col(QAPair.confirmed_on)
    is_then = review_by.between(scope.period.first, scope.period.last)
    return (
        sa_select(*columns)
        .where(col(QAPair.status) == PairStatus.PUBLISHED, is_then)
        # In the order of the index, so that a page reads no more than it shows.
        .order_by(review_by, col(QAPair.confirmed_on), col(QAPair.unit_id), col(QAPair.id))
    )


def _reviewed(_scope: Scope) -> ColumnElement[bool]:
    return col(QAPair.confirmed_on) >= days_before(col(QAPair.review_by), DAYS_AHEAD)


def _review_lines(
    session: Session, rows: Sequence[Any], _scope: Scope, names: Names
) -> Iterator[Listed]:
    questions = questions_of(session, {row.id for row in rows})
    for pair_id, unit_id, due, confirmed in rows:
        is_done = bool(confirmed and confirmed >= due - timedelta(days=DAYS_AHEAD))
        line = CrossOffLine(
            kind="问答复核",
            matter=questions.get(pair_id, ""),
            unit=names.unit(unit_id),
            in_charge=names.in_charge(unit_id),
            opened_on=None,
            limit_on=due,
            done_on=confirmed if is_done else None,
            evidence="已复核" if is_done else "",
        )
        yield Listed(line, f"/pairs/{pair_id}/edit")


def _tasks(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Return the tasks opened before the end of the period and not crossed off before it began.

    A task voided does not count; one that is reported and not crossed off is not done.
    """
    closed = col(Task.closed_at)
    statement = sa_select(Task).where(
        col(Task.opened_at) < scope.period.ends_at,
        col(Task.state) != TaskState.VOIDED,
        or_(closed.is_(None), closed >= scope.period.begins_at),
    )
    return statement.order_by(col(Task.due_on), col(Task.id))


def _task_closed(scope: Scope) -> ColumnElement[bool]:
    return col(Task.closed_at) < scope.period.ends_at


def _task_lines(
    _session: Session, rows: Sequence[Any], scope: Scope, names: Names
) -> Iterator[Listed]:
    for (one,) in rows:
        done = by_then(one.closed_at, scope)
        line = CrossOffLine(
            kind=one.kind.label,
            matter=one.title,
            unit=names.unit(one.unit_id),
            in_charge=one.owner or names.in_charge(one.unit_id),
            opened_on=beijing_day(one.opened_at),
            limit_on=one.due_on,
            done_on=done,
            evidence=f"{one.outcome}；{one.evidence}" if done else "",
        )
        yield Listed(line, f"/tasks/{one.id}")


SOURCES = (
    Source(
        frozenset(_ENTRY_KINDS),
        _entries,
        col(LedgerEntry.unit_id),
        _entry_closed,
        _entry_lines,
        of_kind=lambda kind: col(LedgerEntry.kind) == _ENTRY_KINDS[kind],
        key=col(LedgerEntry.id),
    ),
    Source(
        frozenset({CrossOffKind.REWORK}),
        _rework,
        col(ReworkTask.unit_id),
        _rework_closed,
        _rework_lines,
    ),
    Source(
        frozenset({CrossOffKind.CLEAN_UP}),
        _documents,
        col(PolicyDocument.unit_id),
        _document_confirmed,
        _document_lines,
    ),
    Source(frozenset({CrossOffKind.MEDIA}), _media, col(QAPair.unit_id), has_media, _media_lines),
    Source(
        frozenset({CrossOffKind.REVIEW}), _reviews, col(QAPair.unit_id), _reviewed, _review_lines
    ),
    Source(
        frozenset(CrossOffKind(kind.value) for kind in TaskKind),
        _tasks,
        col(Task.unit_id),
        _task_closed,
        _task_lines,
        of_kind=lambda kind: col(Task.kind) == TaskKind(kind.value),
    ),
    UNTASKED_GAPS,
)
"""Everything that is to be crossed off, in the order of a package."""
