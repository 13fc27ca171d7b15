"""The documents that a unit has still to confirm in the clean-up (全面清理) it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from qa_service.clock import beijing_day
from qa_service.knowledge.policy_models import PolicyDocument
from qa_service.knowledge.task_models import Campaign, Task, TaskKind
from qa_service.vocabulary import Validity

_IN_FORCE = (Validity.IN_FORCE, Validity.AMENDED)


@dataclass(frozen=True, slots=True)
class CleanUp:
    """The result of a unit's clean-up so far, in documents.

    ``ended`` are those that are out of force since a day within it.
    """

    confirmed: int
    ended: int
    waiting: int


def begins_on(session: Session, task: Task) -> date:
    """Return the first day from which a confirmation counts for the task."""
    campaign = session.get(Campaign, task.campaign_id) if task.campaign_id else None
    return campaign.begins_on if campaign else beijing_day(task.opened_at)


def outstanding_documents(session: Session, task: Task) -> Sequence[PolicyDocument]:
    """Return the unit's documents in force not confirmed since the clean-up began, by title."""
    if task.kind is not TaskKind.CLEAN_UP:
        return ()
    confirmed = col(PolicyDocument.confirmed_on)
    statement = select(PolicyDocument).where(
        *_of_unit(task), or_(confirmed.is_(None), confirmed < begins_on(session, task))
    )
    return session.exec(statement.order_by(PolicyDocument.title)).all()


def clean_up(session: Session, task: Task) -> CleanUp:
    """Return how far the unit's clean-up is."""
    since = begins_on(session, task)
    confirmed = col(PolicyDocument.confirmed_on) >= since
    ended = (
        col(PolicyDocument.unit_id) == task.unit_id,
        col(PolicyDocument.validity).not_in(_IN_FORCE),
        col(PolicyDocument.invalid_since) >= since,
    )
    count = select(func.count(col(PolicyDocument.id)))
    return CleanUp(
        confirmed=session.exec(count.where(*_of_unit(task), confirmed)).one(),
        ended=session.exec(count.where(*ended)).one(),
        waiting=len(outstanding_documents(session, task)),
    )


def _of_unit(task: Task) -> tuple[ColumnElement[bool], ...]:
    return (
        col(PolicyDocument.unit_id) == task.unit_id,
        col(PolicyDocument.validity).in_(_IN_FORCE),
    )
