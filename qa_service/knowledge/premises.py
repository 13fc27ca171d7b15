"""Premises of queued mails about tasks, pairs and documents, and to people: do they still hold."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session, col, select

from qa_service.accounts.mailboxes.addressees import Addressee
from qa_service.accounts.models import Unit, User
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.policy_models import PolicyCorrection, PolicyDocument, PolicyEnding
from qa_service.knowledge.rules import ENDED
from qa_service.knowledge.task_models import Task, TaskState
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.outbox.premises import Check, Leaving, Premise, PremiseKind
from qa_service.vocabulary import EndingState, PairStatus


def to_person(addressee: Addressee) -> tuple[Premise, ...]:
    """Return the premise that the account of the addressee is active; none for a unit's mailbox."""
    if addressee.person_id is None:
        return ()
    return (Premise(PremiseKind.PERSON, str(addressee.person_id)),)


def task_waits(task: Task) -> Premise:
    """Return the premise that the task still waits for its unit, until the same day."""
    return Premise(PremiseKind.TASK, f"{task.id}:{task.unit_id}:{task.due_on.isoformat()}")


def stays_returned(pair: QAPair) -> Premise:
    """Return the premise that the returned version still waits for its author."""
    return Premise(PremiseKind.RETURNED, f"{stored_id(pair)}:{pair.round}:{pair.status}")


def rework_is_open(unit: Unit) -> Premise:
    """Return the premise that one of the unit's tasks opened with the mail is open."""
    return Premise(PremiseKind.REWORK, str(unit.id))


def stays_the_end(document: PolicyDocument, day: date) -> Premise:
    """Return the premise that the document ends on that day, as marked or as proposed."""
    return Premise(PremiseKind.ENDS_ON, f"{stored_id(document)}:{day.isoformat()}")


def ending_stands(ending: PolicyEnding) -> Premise:
    """Return the premise that nothing was decided of the document's end since."""
    return Premise(PremiseKind.ENDING, f"{ending.id}:{ending.state}")


def correction_stands(correction: PolicyCorrection) -> Premise:
    """Return the premise that nothing was decided of the document's correction since."""
    return Premise(PremiseKind.CORRECTION, f"{correction.id}:{correction.state}")


def _is_active(session: Session, _leaving: Leaving, value: str) -> bool:
    user = session.get(User, int(value))
    return user is not None and user.is_active


def _waits(session: Session, _leaving: Leaving, value: str) -> bool:
    id_, unit_id, due_on = value.split(":")
    task = session.get(Task, int(id_))
    return (
        task is not None
        and task.state is TaskState.OPEN
        and (str(task.unit_id), task.due_on.isoformat()) == (unit_id, due_on)
    )


def _is_returned(session: Session, _leaving: Leaving, value: str) -> bool:
    id_, number, status = value.split(":")
    pair = session.get(QAPair, int(id_))
    if pair is None or pair.submitted_at is not None or str(pair.round) != number:
        return False
    if pair.status is PairStatus.WITHDRAWN:
        return status == PairStatus.WITHDRAWN
    return pair.draft_version_id is not None or pair.status is PairStatus.DRAFT


def _is_rework_open(session: Session, leaving: Leaving, value: str) -> bool:
    statement = select(ReworkTask.id).where(
        ReworkTask.unit_id == int(value),
        ReworkTask.opened_at == leaving.event.created_at,
        col(ReworkTask.closed_at).is_(None),
    )
    return session.exec(statement.limit(1)).first() is not None


def _ends_on(session: Session, _leaving: Leaving, value: str) -> bool:
    id_, _, day = value.partition(":")
    document = session.get(PolicyDocument, int(id_))
    if document is None:
        return False
    if document.validity in ENDED:
        return str(document.invalid_since) == day
    ending = _last_ending(session, int(id_))
    if ending is None or ending.state is not EndingState.PROPOSED:
        return False
    return ending.invalid_since.isoformat() == day


def _stands(session: Session, _leaving: Leaving, value: str) -> bool:
    id_, _, state = value.partition(":")
    ending = session.get(PolicyEnding, int(id_))
    if ending is None or ending.state != state:
        return False
    last = _last_ending(session, ending.document_id)
    return last is not None and last.id == ending.id


def _is_corrected_so(session: Session, _leaving: Leaving, value: str) -> bool:
    id_, _, state = value.partition(":")
    correction = session.get(PolicyCorrection, int(id_))
    return correction is not None and correction.state == state


def _last_ending(session: Session, document_id: int) -> PolicyEnding | None:
    statement = select(PolicyEnding).where(PolicyEnding.document_id == document_id)
    return session.exec(statement.order_by(col(PolicyEnding.id).desc()).limit(1)).first()


PREMISES: Mapping[PremiseKind, Check] = {
    PremiseKind.PERSON: _is_active,
    PremiseKind.TASK: _waits,
    PremiseKind.RETURNED: _is_returned,
    PremiseKind.REWORK: _is_rework_open,
    PremiseKind.ENDS_ON: _ends_on,
    PremiseKind.ENDING: _stands,
    PremiseKind.CORRECTION: _is_corrected_so,
}
"""How the premises about tasks, pairs, documents and people are checked."""
