"""A question that comes again under its external id: whose it is, and what has changed since."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.audit import record
from qa_service.clock import beijing_day
from qa_service.consultation.callbacks.contacts import keep_contact
from qa_service.consultation.choosing import AlreadyChosenError
from qa_service.consultation.inquiry import Inquiry
from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.telling import outdated_ids
from qa_service.errors import ConflictError
from qa_service.ledger.askers.details import (
    NOBODY,
    AskerDetails,
    contact_hash,
    read_asker,
)
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.ledger.workflow.contacts import correct_contact
from qa_service.ledger.workflow.steps import Command
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.normalise import normalise
from qa_service.vocabulary import FINISHED, AuditAction, Role, Verdict


class ExternalIdTakenError(ConflictError):
    """The channel's external id belongs to another key, another question or another caller."""

    code = "external_id_taken"
    title = "编号已被占用"


def check_same_call(
    session: Session, earlier: Consultation, inquiry: Inquiry, *, cipher: FieldCipher
) -> None:
    """Raise ExternalIdTakenError unless ``inquiry`` repeats the call that ``earlier`` records.

    An id belongs to the key that used it first: to another key nothing is said of the record.
    """
    if earlier.operator_key_id != inquiry.actor.api_key_id:
        raise _taken(inquiry, "已被占用")
    if normalise(earlier.question) != normalise(inquiry.cleaned):
        raise _taken(inquiry, "已用于另一个问题")
    if (inquiry.as_of or earlier.as_of) and inquiry.as_of != earlier.as_of:
        raise _taken(inquiry, "已用于按另一天的规定检索")
    held = _held(session, earlier)
    given = inquiry.completed_asker
    if held is not None and not _is_same_caller(held, given, cipher):
        raise _taken(inquiry, "已用于另一位来电人（所留联系方式不同）")


def complete_contact(
    session: Session,
    earlier: Consultation,
    inquiry: Inquiry,
    *,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Keep what the repeated request says of name and contact, where none is held yet.

    An open entry of the consultation gets it too, with an event. Raises InvalidContactError.
    """
    held = _held(session, earlier)
    known = read_asker(held, cipher=cipher) if held is not None else NOBODY
    given = inquiry.completed_asker
    missing = AskerDetails(
        name=None if known.name else given.name,
        phone=None if known.phone else given.phone,
        unusual="" if known.phone else given.unusual,
    )
    if missing.is_empty:
        return
    entry = _entry(session, earlier)
    if entry is None or entry.state in FINISHED:
        if held is None:
            # A row whose contact was erased stays empty.
            earlier.asker_id = None
        whole = replace(
            missing,
            name=known.name or missing.name,
            phone=known.phone or missing.phone,
            unusual=known.unusual or missing.unusual,
        )
        keep_contact(session, earlier, whole, cipher=cipher, actor=inquiry.actor, now=now)
        return
    step = Command(inquiry.actor.with_role(Role.OPERATOR), now, reason="再次提交时补充")
    correct_contact(session, entry, step, missing, cipher=cipher)
    earlier.asker_id = entry.asker_id
    session.add(earlier)
    session.flush()


def is_superseded(
    session: Session,
    earlier: Consultation,
    inquiry: Inquiry,
    result: SearchResult,
    *,
    now: datetime,
) -> bool:
    """Return whether ``result``, found now, takes the place of the result recorded first.

    It does when an answer shown then is no longer told like that, when nothing was found then,
    and when what was told outright is now only to be chosen.
    """
    day, as_of = beijing_day(now), earlier.as_of
    if outdated_ids(session, earlier.candidates, day=day, as_of=as_of):
        return True
    if earlier.verdict is Verdict.UNMATCHED:
        return result.verdict is not Verdict.UNMATCHED
    asked = (inquiry.area, inquiry.narrowed)
    is_same_search = asked == (earlier.area, earlier.narrowed) and not result.degraded
    is_still_told = result.verdict is Verdict.ANSWERED
    return earlier.verdict is Verdict.ANSWERED and is_same_search and not is_still_told


def search_again(
    session: Session,
    consultation: Consultation,
    inquiry: Inquiry,
    result: SearchResult,
    *,
    now: datetime,
) -> None:
    """Replace the result of a consultation by one of the rules of another day.

    Raises AlreadyChosenError once an answer was told or the question registered.
    """
    lock_for_transaction(session, f"choice:{consultation.id}")
    if session.get(Choice, consultation.id) or _entry(session, consultation):
        raise AlreadyChosenError("本次咨询已经处理，请另行提问")
    renew(session, consultation, inquiry, result, now=now)


def renew(
    session: Session,
    earlier: Consultation,
    inquiry: Inquiry,
    result: SearchResult,
    *,
    now: datetime,
) -> None:
    """Replace the recorded result by ``result``; the audit trail keeps what was shown first."""
    record(
        session,
        AuditAction.SEARCH_AGAIN,
        actor=inquiry.actor,
        now=now,
        subject=f"咨询 {earlier.id}",
        verdict=earlier.verdict.value,
        shown=" ".join(f"{one.qa_id}:{one.version}" for one in earlier.candidates),
    )
    earlier.area, within = inquiry.area, inquiry.narrowed
    earlier.topic, earlier.audience, earlier.region = within.topic, within.audience, within.region
    earlier.verdict = result.verdict
    earlier.confidence = result.confidence
    earlier.candidates = result.candidates
    earlier.as_of = result.as_of
    earlier.nearest = result.nearest
    earlier.nearest_unit = result.nearest_unit
    earlier.degraded = result.degraded
    earlier.index_revision = result.index_revision
    earlier.took_ms = result.took_ms
    session.add(earlier)
    session.flush()


def _is_same_caller(held: Asker, given: AskerDetails, cipher: FieldCipher) -> bool:
    """Return whether the given contact is the stored one; without two of them, the names."""
    contact = contact_hash(given, cipher)
    if contact is not None and held.contact_hash is not None:
        return contact == held.contact_hash
    known, said = read_asker(held, cipher=cipher).name, (given.name or "").strip()
    return not known or not said or known == said


def _held(session: Session, consultation: Consultation) -> Asker | None:
    """Return the asker of the entry, whose contact may have been corrected, or of the question.

    None if neither has one, or its contact was erased.
    """
    entry = _entry(session, consultation)
    asker_id = (entry.asker_id if entry else None) or consultation.asker_id
    asker = session.get(Asker, asker_id) if asker_id else None
    return asker if asker is not None and asker.purge_on is None else None


def _entry(session: Session, consultation: Consultation) -> LedgerEntry | None:
    statement = select(LedgerEntry).where(LedgerEntry.consultation_id == consultation.id)
    return session.exec(statement).one_or_none()


def _taken(inquiry: Inquiry, why: str) -> ExternalIdTakenError:
    return ExternalIdTakenError(
        f"编号 {inquiry.external_id} {why}，请换一个 external_id 后重新提交"
    )
