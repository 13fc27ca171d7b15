"""The annual review (全面清理): pairs and documents not confirmed for a year."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import Act
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_midnight
from qa_service.knowledge.models import (
    PolicyDocument,
    QAPair,
    QAVersion,
    looked_at_as_published,
)
from qa_service.knowledge.policies.permissions import require_keeper
from qa_service.knowledge.task_models import Task, TaskAction
from qa_service.knowledge.tasks.outstanding import outstanding_documents
from qa_service.knowledge.tasks.rules import check_state
from qa_service.knowledge.tasks.service import note_confirmed
from qa_service.storage.dates import days_before

CONFIRMED_FOR = timedelta(days=365)

FEW = 1_000
"""Versions up to this number are read as a set."""

DAYS_AHEAD = 30
"""Days before its date from which a pair stands in the work list and may be confirmed."""


def pairs_to_confirm(
    session: Session, *, day: date, within: Within = None, after: int = 0, limit: int = 50
) -> Sequence[tuple[QAPair, QAVersion, Unit]]:
    """Return published pairs due for review, with current version and owning unit, by id.

    A pair is due on its 复核日期, or a year after it was last written or confirmed. ``within``
    limits the pairs to those of some units.
    """
    oldest = day - CONFIRMED_FOR
    unconfirmed = or_(col(QAPair.confirmed_on).is_(None), col(QAPair.confirmed_on) < oldest)
    is_old = unconfirmed & _is_written_before(session, oldest)
    # Not by the index of the state: in the order of ids the first few are found without the rest.
    is_published = looked_at_as_published()
    due = (
        select(QAPair.id)
        .where(is_published, col(QAPair.id) > after)
        .where(is_old | is_to_review(day))
    )
    if within is not None:
        due = due.where(col(QAPair.unit_id).in_(within))
    ids = session.exec(due.order_by(col(QAPair.id)).limit(limit)).all()
    statement = (
        select(QAPair, QAVersion, Unit)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(col(QAPair.id).in_(ids))
    )
    return session.exec(statement.order_by(col(QAPair.id))).all()


def _is_written_before(session: Session, day: date) -> ColumnElement[bool]:
    """Return the condition that a pair's present version was written before ``day``.

    Few such versions are a set read from their index; of many the first are found sooner by a
    look at each pair.
    """
    before = col(QAVersion.created_at) < beijing_midnight(day)
    old = select(QAVersion.id).where(before)
    if len(session.exec(old.limit(FEW + 1)).all()) <= FEW:
        return col(QAPair.current_version_id).in_(old)
    return old.where(QAVersion.id == QAPair.current_version_id).correlate(QAPair).exists()


def is_to_review(day: date) -> ColumnElement[bool]:
    """Return the condition that a pair's review date is ``day`` or earlier and still to be kept.

    A confirmation counts for the date if it was given in the 30 days before it, or later.
    """
    review_by, confirmed_on = col(QAPair.review_by), col(QAPair.confirmed_on)
    is_open = or_(confirmed_on.is_(None), confirmed_on < days_before(review_by, DAYS_AHEAD))
    return (review_by <= day) & is_open


def policies_to_confirm(
    session: Session, *, day: date, within: Within = None
) -> Sequence[PolicyDocument]:
    """Return the documents not filed, changed or confirmed for a year, by title.

    ``within`` limits them to those of some units.
    """
    oldest = day - CONFIRMED_FOR
    confirmed_on, written_at = col(PolicyDocument.confirmed_on), col(PolicyDocument.written_at)
    statement = select(PolicyDocument).where(
        or_(confirmed_on.is_(None), confirmed_on < oldest),
        or_(written_at.is_(None), written_at < beijing_midnight(oldest)),
    )
    if within is not None:
        statement = statement.where(col(PolicyDocument.unit_id).in_(within))
    return session.exec(statement.order_by(PolicyDocument.title)).all()


def confirm(session: Session, item: QAPair | PolicyDocument, *, by: Actor, day: date) -> None:
    """Record that a pair or document is still valid on ``day``."""
    item.confirmed_on = day
    item.confirmed_by, item.confirmed_by_person_id, item.confirmed_by_key_id = by.recorded
    session.add(item)
    session.flush()


def confirm_for_task(
    session: Session, task: Task, document: PolicyDocument, *, by: Actor, now: datetime, day: date
) -> None:
    """Confirm in the clean-up that a document of the unit is still in force.

    One that the task does not wait for is left as it is. Raises PolicyOwnerOnlyError and
    TaskChangedError.
    """
    by.require_person(Act.REPORT_TASK)
    require_keeper(by, document)
    check_state(task, TaskAction.CONFIRM, task.version)
    if document in outstanding_documents(session, task):
        confirm(session, document, by=by, day=day)
        note_confirmed(session, task, document.title, actor=by, now=now)
