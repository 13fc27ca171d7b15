"""Tasks for knowledge gaps (知识缺口): the questions asked in vain that a unit has to answer."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from qa_service.consultation.gaps import Gap
from qa_service.consultation.models import ChoiceOutcome, Consultation, GapQuestion
from qa_service.knowledge.task_models import Task, TaskState
from qa_service.vocabulary import Verdict


def take_up(session: Session, gap: Gap, task: Task) -> None:
    """Record that ``task`` is to answer the questions of ``gap``, whatever task did before."""
    for consultation_id in gap.asked:
        session.merge(GapQuestion(consultation_id=consultation_id, task_id=task.id or 0))
    session.flush()


def tasks_of(session: Session, gaps: Sequence[Gap]) -> dict[str, Task]:
    """Return the newest task that answers a question of each gap, by the gap's consultation.

    A gap without a task is missing; tasks that were voided count as none.
    """
    leaders = {asked: gap.consultation_id for gap in gaps for asked in gap.asked}
    statement = (
        select(GapQuestion.consultation_id, Task)
        .join(Task, col(Task.id) == GapQuestion.task_id)
        .where(col(GapQuestion.consultation_id).in_(leaders), Task.state != TaskState.VOIDED)
        .order_by(col(Task.id))
    )
    return {leaders[asked]: task for asked, task in session.exec(statement).all()}


def is_untasked() -> ColumnElement[bool]:
    """Return the condition that a consultation was neither answered, registered nor tasked.

    Such a question waits with no unit: it was unmatched and nothing was recorded of it, or the
    operator answered it without the bank. Repeated, transferred and dismissed ones wait for
    nothing.
    """
    outcome = col(Consultation.outcome)
    is_left = (col(Consultation.verdict) == Verdict.UNMATCHED) & outcome.is_(None)
    tasked = (
        select(GapQuestion.consultation_id)
        .join(Task, col(Task.id) == GapQuestion.task_id)
        .where(Task.state != TaskState.VOIDED)
    )
    return (
        col(Consultation.told_pair_id).is_(None)
        & col(Consultation.repeat_of).is_(None)
        & or_(is_left, outcome == ChoiceOutcome.TOLD)
        & col(Consultation.id).not_in(tasked)
    )
