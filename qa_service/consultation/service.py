"""Commands on consultations: search, record, register an unanswered question."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.areas import check_area, present_area
from qa_service.clock import beijing_day
from qa_service.consultation.choosing import AlreadyChosenError, new_choice
from qa_service.consultation.duplicates.received_again import (
    check_same_call,
    complete_contact,
    is_superseded,
    renew,
)
from qa_service.consultation.duplicates.voided import part_from_voided
from qa_service.consultation.inquiry import Inquiry, RegisterMode, search_text
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.consultation.search.as_of import mark
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.search.searcher import Searcher
from qa_service.errors import NotFoundError
from qa_service.ledger.askers.details import NOBODY, AskerDetails, keep_asker
from qa_service.ledger.deadlines.late_receipt import LateReceipt
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import entry_of_consultation
from qa_service.ledger.routing import route
from qa_service.ledger.rules import LedgerRules
from qa_service.ledger.service import Registration, register
from qa_service.ledger.workflow.assignment import join
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.matching_form import matching_form
from qa_service.text.privacy.bare_names import without_names
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import AreaKey, Channel, EntryKind, Role, Verdict
from qa_service.workdays.calendar import WorkCalendar


class ConsultationNotFoundError(NotFoundError):
    """No consultation has this id."""

    code = "consultation_not_found"
    title = "没有这次咨询"


@dataclass(frozen=True, slots=True)
class ConsultationDeps:
    """The services a consultation needs; built once by the composition root."""

    searcher: Searcher
    calendar: WorkCalendar
    cipher: FieldCipher
    tokenizer: Tokenizer
    rules: LedgerRules

    def terms(self, question: str) -> frozenset[str]:
        """Return the words by which near-identical questions are found."""
        return frozenset(self.tokenizer.tokens(matching_form(search_text(question))))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A logged consultation, and whether this call created it or searched for it again."""

    consultation: Consultation
    is_new: bool
    is_renewed: bool = False


def find_earlier(session: Session, inquiry: Inquiry) -> Consultation | None:
    """Return the consultation with the inquiry's channel and external id, or None."""
    if inquiry.external_id is None:
        return None
    statement = select(Consultation).where(
        Consultation.channel == inquiry.channel,
        Consultation.external_id == inquiry.external_id,
    )
    return session.exec(statement).one_or_none()


def find_consultation(session: Session, consultation_id: str) -> Consultation:
    """Return the consultation of this id; raises ConsultationNotFoundError."""
    found = session.get(Consultation, consultation_id)
    if found is None:
        raise ConsultationNotFoundError("没有这次咨询，请重新提问")
    return found


def search_for(
    deps: ConsultationDeps, inquiry: Inquiry, *, now: datetime, is_preview: bool = False
) -> SearchResult:
    """Return the search result for the inquiry; read-only, so it needs no transaction.

    A preview, for words that are still being typed, is not counted among the verdicts. Raises
    UnusableDayError for a day asked for that lies ahead or before the bank.
    """
    question = search_text(inquiry.cleaned)
    today = beijing_day(now)
    day = inquiry.as_of or today
    if day != today:
        deps.searcher.check_day(day, today=today)
    return deps.searcher.search(
        question,
        area=inquiry.area,
        day=day,
        narrowed=inquiry.narrowed,
        by_public=inquiry.channel is Channel.WEB,
        today=today,
        is_past=day != today,
        is_counted=not is_preview,
    )


def record(
    session: Session,
    deps: ConsultationDeps,
    inquiry: Inquiry,
    result: SearchResult,
    *,
    now: datetime,
) -> Recorded:
    """Log the consultation with all candidates shown, and register it if unmatched.

    A repeated channel and external id returns the first consultation; one that is not handled
    yet, or whose entry was voided since, takes ``result`` if its own no longer holds, and is
    registered if that is still due.
    Raises InvalidReceiptError, and ExternalIdTakenError if the id is another key's, question's
    or caller's. What the asker said of name and telephone number is kept, encrypted, unless
    ``inquiry.asker`` holds them. Only ``RegisterMode.AUTO`` registers here; otherwise the
    operator does with ``choose_none``.
    """
    if inquiry.late is not None:
        inquiry.late.check(now)
    if inquiry.external_id is not None:
        lock_for_transaction(session, f"consultation:{inquiry.channel}:{inquiry.external_id}")
    earlier = find_earlier(session, inquiry)
    if earlier is not None:
        return _record_again(session, deps, earlier, inquiry, result, now=now)
    consultation = _store(session, deps, inquiry, result, now=now)
    _register_unmatched(session, deps, consultation, inquiry, result, now=now)
    return Recorded(consultation, is_new=True)


def _record_again(
    session: Session,
    deps: ConsultationDeps,
    earlier: Consultation,
    inquiry: Inquiry,
    result: SearchResult,
    *,
    now: datetime,
) -> Recorded:
    """Complete what the first request left open: the contact, the result, the registration."""
    check_same_call(session, earlier, inquiry, cipher=deps.cipher)
    lock_for_transaction(session, f"choice:{earlier.id}")
    voided = part_from_voided(session, earlier, actor=inquiry.actor, now=now)
    complete_contact(session, earlier, inquiry, cipher=deps.cipher, now=now)
    if session.get(Choice, earlier.id) or entry_of_consultation(session, earlier.id):
        return Recorded(earlier, is_new=False)
    is_renewed = is_superseded(session, earlier, inquiry, result, now=now)
    if is_renewed:
        renew(session, earlier, inquiry, result, now=now)
    _register_unmatched(session, deps, earlier, inquiry, result, now=now, voided=voided)
    return Recorded(earlier, is_new=False, is_renewed=is_renewed)


def _register_unmatched(
    session: Session,
    deps: ConsultationDeps,
    consultation: Consultation,
    inquiry: Inquiry,
    result: SearchResult,
    *,
    now: datetime,
    voided: str | None = None,
) -> None:
    """Register a consultation without an answer at once, if the inquiry asks for that."""
    if consultation.verdict is Verdict.UNMATCHED and inquiry.register is RegisterMode.AUTO:
        _register(
            session,
            deps,
            consultation,
            terms=result.question.terms,
            actor=inquiry.actor,
            now=now,
            area=inquiry.area or consultation.area,
            voided=voided,
            late=inquiry.late,
        )


def _store(
    session: Session,
    deps: ConsultationDeps,
    inquiry: Inquiry,
    result: SearchResult,
    *,
    now: datetime,
) -> Consultation:
    new_id = str(uuid4())
    consultation = Consultation(
        id=new_id,
        channel=inquiry.channel,
        external_id=inquiry.external_id,
        call_id=inquiry.call_id or new_id,
        question=inquiry.cleaned,
        area=inquiry.area,
        verdict=result.verdict,
        confidence=result.confidence,
        candidates=result.candidates,
        nearest=result.nearest,
        nearest_unit=result.nearest_unit,
        as_of=result.as_of,
        topic=inquiry.narrowed.topic,
        audience=inquiry.narrowed.audience,
        region=inquiry.narrowed.region,
        asker_id=keep_asker(session, inquiry.completed_asker, cipher=deps.cipher),
        degraded=result.degraded,
        index_revision=result.index_revision,
        operator=inquiry.actor.name,
        operator_person_id=inquiry.actor.person_id,
        operator_key_id=inquiry.actor.api_key_id,
        took_ms=result.took_ms,
        created_at=now,
    )
    session.add(consultation)
    session.flush()
    return consultation


def choose_none(
    session: Session,
    deps: ConsultationDeps,
    consultation: Consultation,
    *,
    actor: Actor,
    now: datetime,
    asker: AskerDetails = NOBODY,
    join_to: str | None = None,
    unit: str | None = None,
    area: AreaKey | None = None,
    names: Collection[str] = (),
    late: LateReceipt | None = None,
) -> str:
    """Register a question that no candidate answers and return its ledger number.

    ``asker`` is stored if the consultation has none. A question registered before keeps its
    entry, unless that was voided. With ``join_to`` the new entry shares the task of that one
    (并案). The operator may choose the ``unit``, by its key, and the ``area``, and have ``names``
    masked that stand in the question without a cue. ``late`` is the true receipt of a question
    typed in afterwards (补录). Raises AlreadyChosenError when a candidate
    was chosen, UnitNotFoundError, UnknownAreaError, InvalidContactError, InvalidReceiptError, and
    what ``join`` raises.
    """
    lock_for_transaction(session, f"choice:{consultation.id}")
    voided = part_from_voided(session, consultation, actor=actor, now=now)
    number = entry_of_consultation(session, consultation.id)
    if number is not None:
        return number
    if session.get(Choice, consultation.id) is not None:
        raise AlreadyChosenError("本次咨询已经处理，不能再登记")
    if consultation.asker_id is None:
        consultation.asker_id = keep_asker(session, asker, cipher=deps.cipher)
    consultation.question = without_names(consultation.question, names)
    session.add(consultation)
    session.add(new_choice(consultation, ChoiceOutcome.REGISTERED, actor=actor, now=now))
    terms = deps.terms(consultation.question)
    check_area(session, area)
    chosen = area or consultation.area
    entry = _register(
        session,
        deps,
        consultation,
        terms=terms,
        actor=actor,
        now=now,
        unit=unit,
        area=chosen,
        voided=voided,
        late=late,
    )
    if join_to is not None:
        join(session, entry, find_by_number(session, join_to), _step(actor, now))
    return entry.number


def _step(actor: Actor, now: datetime) -> Command:
    return Command(actor.with_role(Role.OPERATOR), now)


def _register(
    session: Session,
    deps: ConsultationDeps,
    consultation: Consultation,
    *,
    terms: frozenset[str],
    actor: Actor,
    now: datetime,
    area: AreaKey | None,
    unit: str | None = None,
    voided: str | None = None,
    late: LateReceipt | None = None,
) -> LedgerEntry:
    """Register the consultation's question in the ledger and return the entry.

    One that takes the place of the entry ``voided`` was received now: its time begins again.
    ``late`` goes before both. Raises InvalidReceiptError.
    """
    if late is not None:
        late.check(now, latest=consultation.created_at)
    received_at = late.received_at if late else now if voided else consultation.created_at
    area = present_area(session, area)
    question = consultation.question
    if consultation.as_of is not None:
        question = f"（{mark(consultation.as_of)}）{question}"
    registration = Registration(
        question=question,
        area=area,
        consultation_id=consultation.id,
        asker_id=consultation.asker_id,
        received_at=received_at,
        late_reason=late.reason if late else None,
        channel=consultation.channel,
        terms=terms,
        instead_of=voided,
    )
    return register(
        session,
        registration,
        route=route(session, area=area, nearest_unit=consultation.nearest_unit, chosen_unit=unit),
        calendar=deps.calendar,
        workdays=deps.rules.limit_of(EntryKind.CONSULTATION),
        actor=actor,
        now=now,
    )
