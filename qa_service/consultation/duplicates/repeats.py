"""Finds ledger entries that a question repeats, and notes the repeat instead of a second entry.

A comparison reads up to 3,000 entries: look for repeats in a read-only transaction, before
the write transaction begins or after it has ended.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.consultation.choosing import AlreadyChosenError, new_choice
from qa_service.consultation.duplicates.voided import part_from_voided
from qa_service.consultation.inquiry import Inquiry
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.service import ConsultationDeps, find_earlier
from qa_service.errors import ConflictError
from qa_service.ledger.askers.details import NOBODY, AskerDetails, contact_hash
from qa_service.ledger.models import Asker
from qa_service.ledger.queries import entry_of_consultation
from qa_service.ledger.similar_entries import EarlierEntry, earlier_entries, is_worked_on
from qa_service.ledger.workflow.steps import Command, find_by_number, perform
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import Action, Role, Verdict


class RepeatRefusedError(ConflictError):
    """Nobody works on the entry any more, so that the question would be lost with it."""

    code = "repeat_refused"
    title = "不能记为再次来电"


def repeats_of(
    session: Session,
    deps: ConsultationDeps,
    consultation: Consultation,
    *,
    now: datetime,
    asker: AskerDetails = NOBODY,
) -> list[EarlierEntry]:
    """Return entries of the same contact or similar wording, excluding the consultation's own.

    Without a contact in ``asker`` the one the consultation holds is compared.
    """
    own = entry_of_consultation(session, consultation.id)
    contact = contact_hash(asker, deps.cipher)
    if contact is None and consultation.asker_id is not None:
        contact = session.get_one(Asker, consultation.asker_id).contact_hash
    terms = deps.terms(consultation.question)
    found = _compare(session, deps, terms, consultation.question, contact, now=now)
    return [earlier for earlier in found if earlier.number != own]


def repeats_of_inquiry(
    session: Session,
    deps: ConsultationDeps,
    inquiry: Inquiry,
    result: SearchResult,
    *,
    now: datetime,
) -> list[EarlierEntry]:
    """Return the entries repeated by an inquiry with this ``result``, not recorded yet.

    An inquiry received before (same channel and external id) is compared as it was recorded.
    The result is empty for an answered question, which is not registered.
    """
    recorded = find_earlier(session, inquiry)
    is_answered = recorded is None or recorded.verdict is Verdict.ANSWERED
    if is_answered and result.verdict is Verdict.ANSWERED:
        return []
    if recorded is not None:
        return repeats_of(session, deps, recorded, now=now)
    contact = contact_hash(inquiry.completed_asker, deps.cipher)
    return _compare(session, deps, result.question.terms, inquiry.cleaned, contact, now=now)


def note_repeat(
    session: Session, consultation: Consultation, number: str, *, actor: Actor, now: datetime
) -> None:
    """Add an event to entry ``number`` for an asker who asks again, without a second entry.

    Raises EntryNotFoundError, RepeatRefusedError for an entry that is finished or whose asker
    was told, and AlreadyChosenError when the consultation is already handled.
    """
    lock_for_transaction(session, f"choice:{consultation.id}")
    part_from_voided(session, consultation, actor=actor, now=now)
    standing = session.get(Choice, consultation.id)
    if standing is not None and consultation.repeat_of == number:
        return
    if standing is not None or entry_of_consultation(session, consultation.id):
        raise AlreadyChosenError("本次咨询已经处理，不能再改")
    entry = find_by_number(session, number)
    if not is_worked_on(entry):
        raise RepeatRefusedError(
            f"{number} {entry.state.label}，记在上面的来电不会再有人办理；请另行登记"
        )
    perform(session, entry, Action.REPEAT, Command(actor.with_role(Role.OPERATOR), now))
    consultation.repeat_of = number
    session.add(consultation)
    session.add(new_choice(consultation, ChoiceOutcome.REPEATED, actor=actor, now=now))
    session.flush()


def _compare(
    session: Session,
    deps: ConsultationDeps,
    terms: Collection[str],
    question: str,
    contact: str | None,
    *,
    now: datetime,
) -> list[EarlierEntry]:
    return earlier_entries(
        session,
        terms=terms,
        question=question,
        contact_hash=contact,
        now=now,
        days=deps.rules.repeat_days,
    )
