"""Pairs withdrawn because they no longer hold, until their unit has answered anew (返工)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select as sa_select
from sqlalchemy import update
from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.accounts.authority import Within
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import QAPair, ReworkTask
from qa_service.vocabulary import PairStatus

OUTCOME_CHARACTERS = 500
PUBLISHED_ANEW = "已修改并重新发布"


class ReworkNotFoundError(NotFoundError):
    """No rework task has this id."""

    code = "rework_not_found"
    title = "没有这项返工"


class ReworkClosedError(ConflictError):
    """The task was settled before."""

    code = "rework_closed"
    title = "返工已了结"


class InvalidOutcomeError(InvalidInputError):
    """Why no new answer is given is missing or too long."""

    code = "invalid_rework_outcome"
    title = "请说明理由"


def open_rework(session: Session, pairs: Sequence[QAPair], reason: str, *, now: datetime) -> None:
    """Ask the unit of each pair for a new answer; one that is asked already is not asked twice."""
    ids = [pair.id for pair in pairs if pair.id is not None]
    statement = select(ReworkTask.pair_id).where(
        col(ReworkTask.pair_id).in_(ids), col(ReworkTask.closed_at).is_(None)
    )
    asked = set(session.exec(statement).all())
    session.add_all(
        ReworkTask(pair_id=pair.id, unit_id=pair.unit_id, reason=reason, opened_at=now)
        for pair in pairs
        if pair.id is not None and pair.id not in asked
    )
    session.flush()


def settle_rework(session: Session, *, now: datetime) -> int:
    """How many tasks were closed because their pair is published again."""
    published = sa_select(col(QAPair.id)).where(col(QAPair.status) == PairStatus.PUBLISHED)
    statement = (
        update(ReworkTask)
        .where(col(ReworkTask.closed_at).is_(None), col(ReworkTask.pair_id).in_(published))
        .values(closed_at=now, closed_by=CLOCKWORK.name, outcome=PUBLISHED_ANEW)
        .returning(col(ReworkTask.id))
    )
    return len(session.execute(statement).all())


def decline_rework(
    session: Session, task: ReworkTask, outcome: str, *, by: Actor, now: datetime
) -> None:
    """Settle a task without a new answer, for a stated reason.

    Raises ReworkClosedError or InvalidOutcomeError.
    """
    if task.closed_at is not None:
        raise ReworkClosedError(f"这项返工已由 {task.closed_by} 了结")
    outcome = outcome.strip()
    if not outcome or len(outcome) > OUTCOME_CHARACTERS:
        message = f"请用 1 至 {OUTCOME_CHARACTERS} 个字说明不再答复的理由"
        raise InvalidOutcomeError(message, problems=(FieldProblem("outcome", message),))
    task.closed_at, task.outcome = now, outcome
    task.closed_by, task.closed_by_person_id, task.closed_by_key_id = by.recorded
    session.add(task)
    session.flush()


def find_rework(session: Session, task_id: int) -> ReworkTask:
    """The task of this id; raises ReworkNotFoundError."""
    task = session.get(ReworkTask, task_id)
    if task is None:
        raise ReworkNotFoundError(f"没有编号为 {task_id} 的返工")
    return task


def rework_owed(session: Session, *, within: Within = None) -> Sequence[ReworkTask]:
    """Open tasks, of some units or of all, the oldest first."""
    statement = select(ReworkTask).where(col(ReworkTask.closed_at).is_(None))
    if within is not None:
        statement = statement.where(col(ReworkTask.unit_id).in_(within))
    return session.exec(statement.order_by(col(ReworkTask.opened_at), col(ReworkTask.id))).all()
