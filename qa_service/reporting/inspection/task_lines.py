"""The tasks (打表推进) of a period as lines of the list to be crossed off (销号清单)."""

from collections.abc import Iterator

from sqlmodel import Session, col, or_, select

from qa_service.clock import beijing_day
from qa_service.knowledge.task_models import Task, TaskState
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.inspection.content import CrossOffLine
from qa_service.reporting.inspection.lists import Names


def task_lines(session: Session, scope: Scope, names: Names) -> Iterator[CrossOffLine]:
    """Yield the tasks opened before the end of the period and not crossed off before it began.

    A task voided does not count; one that is reported and not crossed off is not done.
    """
    closed = col(Task.closed_at)
    statement = select(Task).where(
        col(Task.opened_at) < scope.period.ends_at,
        col(Task.state) != TaskState.VOIDED,
        or_(closed.is_(None), closed >= scope.period.begins_at),
    )
    for one in session.exec(statement.order_by(col(Task.due_on), col(Task.id))).all():
        is_done = one.closed_at is not None and one.closed_at < scope.period.ends_at
        yield CrossOffLine(
            kind=one.kind.label,
            matter=one.title,
            unit=names.unit(one.unit_id),
            in_charge=one.owner or names.in_charge(one.unit_id),
            opened_on=beijing_day(one.opened_at),
            limit_on=one.due_on,
            done_on=beijing_day(one.closed_at) if is_done and one.closed_at else None,
            evidence=f"{one.outcome}；{one.evidence}" if is_done else "",
        )
