"""Finds ledger entries that a question repeats, so that it is not registered twice.

A comparison reads up to 3,000 entries: call these functions in a read-only transaction, before
the write transaction begins or after it has ended.
"""

from datetime import datetime

from sqlmodel import Session

from qa_service.consultation.inquiry import Inquiry, clean_question
from qa_service.consultation.models import Consultation
from qa_service.consultation.service import ConsultationDeps, find_earlier
from qa_service.ledger.askers.details import NOBODY, AskerDetails, completed_from, contact_hash
from qa_service.ledger.models import Asker
from qa_service.ledger.queries import entry_of_consultation
from qa_service.ledger.similar_entries import EarlierEntry, earlier_entries
from qa_service.vocabulary import Verdict


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
    found = _compare(session, deps, consultation.question, contact, now=now)
    return [earlier for earlier in found if earlier.number != own]


def repeats_of_inquiry(
    session: Session, deps: ConsultationDeps, inquiry: Inquiry, verdict: Verdict, *, now: datetime
) -> list[EarlierEntry]:
    """Return the entries repeated by an inquiry that is not recorded yet.

    An inquiry received before (same channel and external id) is compared as it was recorded.
    The result is empty for an answered question, which is not registered.
    """
    recorded = find_earlier(session, inquiry)
    if (recorded.verdict if recorded else verdict) == Verdict.ANSWERED:
        return []
    if recorded is not None:
        return repeats_of(session, deps, recorded, now=now)
    contact = contact_hash(completed_from(inquiry.asker, inquiry.question), deps.cipher)
    return _compare(session, deps, clean_question(inquiry.question), contact, now=now)


def _compare(
    session: Session, deps: ConsultationDeps, question: str, contact: str | None, *, now: datetime
) -> list[EarlierEntry]:
    return earlier_entries(
        session,
        terms=deps.terms(question),
        question=question,
        contact_hash=contact,
        now=now,
        days=deps.rules.repeat_days,
    )
