"""Corrections (纠错): reports of a wrong or outdated answer, with their own time limit."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.routing import Route
from qa_service.ledger.rules import LedgerRules
from qa_service.ledger.service import Registration, register
from qa_service.ledger.workflow.assignment import join
from qa_service.ledger.workflow.steps import Command
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.normalise import display_clean, is_meaningful
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import FINISHED, REASON_CHARACTERS, Channel, EntryKind, Role, RoutedBy
from qa_service.workdays.calendar import WorkCalendar


class InvalidCorrectionError(InvalidInputError):
    """The complaint is empty or too long."""

    code = "invalid_correction"
    title = "纠错内容有误"


def open_correction(
    session: Session,
    pair: QAPair,
    complaint: str,
    *,
    calendar: WorkCalendar,
    rules: LedgerRules,
    actor: Actor,
    now: datetime,
    asker_id: int | None = None,
    channel: Channel | None = None,
) -> LedgerEntry:
    """Register a ledger entry that asks the pair's unit to examine ``complaint``, and return it.

    If an open correction of the same pair exists, the new entry is joined to it, so that the
    unit has one task and every complaint is kept. Raises InvalidCorrectionError; entry points
    call ``check_complaint`` before their transaction, so that no other writer waits for it.
    """
    told = check_complaint(complaint)
    lock_for_transaction(session, f"correction:{pair.id}")
    version = session.get(QAVersion, pair.current_version_id) if pair.current_version_id else None
    registration = Registration(
        question=correction_question(version.question if version else pair.key, told),
        area=pair.area,
        consultation_id=None,
        asker_id=asker_id,
        received_at=now,
        kind=EntryKind.CORRECTION,
        channel=channel,
        pair_id=pair.id,
        pair_version=version.number if version else None,
    )
    lead = _open_correction_of(session, pair)
    entry = register(
        session,
        registration,
        route=Route(pair.unit_id, RoutedBy.OWNER),
        calendar=calendar,
        workdays=rules.limit_of(EntryKind.CORRECTION),
        actor=actor,
        now=now,
    )
    if lead is not None:
        operator = actor.with_role(Role.OPERATOR)
        join(session, entry, lead, Command(operator, now, reason="针对同一条问答"))
    return entry


def correction_question(question: str, told: str) -> str:
    """Return the text of an entry that says ``told`` of the answer to ``question``."""
    return f"〔纠错〕{question}：{told}"


def check_complaint(complaint: str, *, besides: Sequence[FieldProblem] = ()) -> str:
    """Return the complaint cleaned and masked, its length checked first.

    Raises InvalidCorrectionError, which also names what is wrong ``besides`` with its form.
    """
    if len(complaint) > REASON_CHARACTERS or not is_meaningful(complaint):
        message = f"请用 1 至 {REASON_CHARACTERS} 个字说明哪里有误或已过时"
        problems = (FieldProblem("complaint", message), *besides)
        raise InvalidCorrectionError(message, problems=problems)
    return masked(display_clean(complaint))


def _open_correction_of(session: Session, pair: QAPair) -> LedgerEntry | None:
    statement = select(LedgerEntry).where(
        LedgerEntry.pair_id == pair.id,
        LedgerEntry.kind == EntryKind.CORRECTION,
        col(LedgerEntry.state).not_in(FINISHED),
        col(LedgerEntry.joined_to_id).is_(None),
    )
    return session.exec(statement.order_by(col(LedgerEntry.id))).first()
