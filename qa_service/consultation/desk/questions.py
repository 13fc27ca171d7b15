"""Questions and corrections that citizens leave at the public desk (留言、找错).

Each becomes an entry of the ledger by the services that staff use. One with the words of an open
entry shares its task: without a contact nobody is to be called, and the entry there is serves for
it; with one it is registered and joined (并案), so that each asker is called. Whose contact it is
is never compared: the answer would tell whether somebody had asked this.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from qa_service.accounts.actor import PUBLIC
from qa_service.clock import beijing_day
from qa_service.consultation.desk.codes import code_for, code_hash, form_hash
from qa_service.consultation.inquiry import (
    Inquiry,
    RegisterMode,
    UnusableQuestionError,
    read_question,
    search_text,
)
from qa_service.consultation.models import PublicQuestion
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.search.searcher import Searcher
from qa_service.consultation.service import ConsultationDeps, choose_none, record
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.queries import PairView
from qa_service.ledger.askers.details import (
    AskerDetails,
    InvalidContactError,
    completed_from,
    keep_sealed_asker,
)
from qa_service.ledger.askers.phone_numbers import contact_problem
from qa_service.ledger.corrections import check_complaint, correction_question, open_correction
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.similar_entries import similar_entries
from qa_service.ledger.workflow.steps import entry_id, find_by_number, lock_entries
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.storage.sealing import Sealer
from qa_service.text.matching_form import matching_form
from qa_service.text.privacy.contact import Contact
from qa_service.vocabulary import FINISHED, AreaKey, Channel, EntryKind

LEFT_CHARACTERS = 500
"""Longest question that is left at the desk."""

CONTACT_CHARACTERS = 100

_SAME_WITHIN = timedelta(days=90)


class FormUsedError(InvalidInputError):
    """Something else was left by this form before."""

    code = "form_used"
    title = "请再提交一次"


@dataclass(frozen=True, slots=True)
class Left:
    """The words of a citizen, masked, and how to be reached; ``form`` names the form it came by.

    ``sent`` is that form with all that was typed: the same only if the same is sent twice.
    """

    text: str
    asker: AskerDetails
    form: str = field(repr=False)
    sent: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The number and code a citizen gets; ``is_shared`` tells that the same was asked already."""

    number: str
    code: str = field(repr=False)
    is_shared: bool


@dataclass(frozen=True, slots=True)
class DeskRegister:
    """The services that registering needs; the cipher in ``deps`` may open nothing."""

    deps: ConsultationDeps
    sealer: Sealer


def read_left_question(typed: str, contact: str, *, form: str) -> Left:
    """Return a question as it is stored, personal data masked; called before a transaction.

    A telephone number and a name in the question itself are kept as contact, if none is given.
    Raises UnusableQuestionError and InvalidContactError, whose problems name both fields.
    """
    problems: list[FieldProblem] = []
    try:
        text, said = _read(typed)
    except UnusableQuestionError as error:
        problems += error.problems
    problems += _contact_problems(contact)
    if problems:
        message = "；".join(one.message for one in problems)
        raise UnusableQuestionError(message, problems=tuple(problems))
    asker = completed_from(AskerDetails(phone=contact or None), said)
    return Left(text, asker, form, _sent(form, typed, contact))


def read_left_correction(typed: str, contact: str, *, form: str) -> Left:
    """Return a complaint about an answer as it is stored; called before a transaction.

    Raises InvalidCorrectionError, whose problems name both fields, and InvalidContactError.
    """
    problems = _contact_problems(contact)
    text = check_complaint(typed, besides=problems)
    if problems:
        raise InvalidContactError(problems[0].message, problems=problems)
    return Left(text, AskerDetails(phone=contact or None), form, _sent(form, typed, contact))


def search_left(
    searcher: Searcher, left: Left, *, area: AreaKey | None, now: datetime
) -> SearchResult:
    """Search for what was written before it is registered: the answer may be there.

    The search is counted nowhere. Raises UnknownAreaError.
    """
    return searcher.search(
        search_text(left.text), area=area, day=beijing_day(now), by_public=True, is_counted=False
    )


def leave_question(
    session: Session,
    left: Left,
    found: SearchResult,
    desk: DeskRegister,
    *,
    area: AreaKey | None,
    now: datetime,
) -> Receipt:
    """Record the question with its search, register it, and return its receipt.

    A form that was sent before gets the receipt it got then; raises FormUsedError if something
    else was left by it.
    """
    lock_for_transaction(session, f"public-question:{matching_form(left.text)}")
    if earlier := _sent_before(session, left, desk.sealer):
        return earlier
    lead = _same_question(session, left.text, desk.deps.terms(left.text), now=now)
    if lead is not None and left.asker.is_empty:
        return _store(session, left, lead, desk.sealer, is_own=False, is_shared=True, now=now)
    inquiry = Inquiry(
        question=left.text,
        channel=Channel.SERVICE_DESK,
        actor=PUBLIC,
        area=area,
        register=RegisterMode.NEVER,
    )
    asked = record(session, desk.deps, inquiry, found, now=now).consultation
    asked.asker_id = keep_sealed_asker(session, left.asker, sealer=desk.sealer)
    number = choose_none(
        session,
        desk.deps,
        asked,
        actor=PUBLIC,
        now=now,
        join_to=lead.number if lead is not None else None,
    )
    entry, is_shared = find_by_number(session, number), lead is not None
    return _store(session, left, entry, desk.sealer, is_own=True, is_shared=is_shared, now=now)


def leave_correction(
    session: Session, left: Left, view: PairView, desk: DeskRegister, *, now: datetime
) -> Receipt:
    """Register a correction (找错) of the answer ``view`` and return its receipt.

    Raises FormUsedError if something else was left by the same form.
    """
    lock_for_transaction(session, f"correction:{view.pair_id}")
    if earlier := _sent_before(session, left, desk.sealer):
        return earlier
    same = _same_correction(session, view, left.text)
    if same is not None and left.asker.is_empty:
        return _store(session, left, same, desk.sealer, is_own=False, is_shared=True, now=now)
    entry = open_correction(
        session,
        session.get_one(QAPair, view.pair_id),
        left.text,
        calendar=desk.deps.calendar,
        rules=desk.deps.rules,
        actor=PUBLIC,
        now=now,
        asker_id=keep_sealed_asker(session, left.asker, sealer=desk.sealer),
        channel=Channel.SERVICE_DESK,
    )
    is_shared = entry.joined_to_id is not None
    return _store(session, left, entry, desk.sealer, is_own=True, is_shared=is_shared, now=now)


def _read(typed: str) -> tuple[str, Contact]:
    if len(typed) > LEFT_CHARACTERS:
        message = f"问题超过 {LEFT_CHARACTERS} 个字（现有 {len(typed)} 个字），请精简"
        raise UnusableQuestionError(message, problems=(FieldProblem("question", message),))
    return read_question(typed)


def _contact_problems(contact: str) -> tuple[FieldProblem, ...]:
    if len(contact) <= CONTACT_CHARACTERS and contact_problem(contact) is None:
        return ()
    message = "联系方式应为 11 位手机号、带区号的座机号或电子邮箱；不想留的请清空"
    return (FieldProblem("contact", message),)


def _sent(form: str, typed: str, contact: str) -> str:
    return "\x1f".join((form, typed, contact))


def _sent_before(session: Session, left: Left, sealer: Sealer) -> Receipt | None:
    """Return the receipt of the same sent by the same form, if it was; raises FormUsedError.

    A receipt opens a question, so the form alone, which a shared screen shows again, is no proof.
    """
    lock_for_transaction(session, f"public-form:{left.form}")
    statement = (
        select(PublicQuestion, LedgerEntry.number)
        .join(LedgerEntry, col(LedgerEntry.id) == PublicQuestion.entry_id)
        .where(PublicQuestion.form_hash == form_hash(left.form))
    )
    found = session.exec(statement).first()
    if found is None:
        return None
    question, number = found
    code = code_for(left.sent, sealer)
    if not hmac.compare_digest(question.code_hash, code_hash(number, code)):
        raise FormUsedError("这张表已经提交过；刚才填写的内容还在，请核对后再提交一次")
    return Receipt(number, code, is_shared=not question.is_own)


def _same_question(
    session: Session, text: str, terms: frozenset[str], *, now: datetime
) -> LedgerEntry | None:
    """Return the oldest open entry that asks the same in the same words, or None."""
    alike = similar_entries(
        session,
        terms=terms,
        question=text,
        since=now - _SAME_WITHIN,
        open_only=True,
        limit=20,
    )
    form = matching_form(text)
    same = [
        one
        for one in alike
        if one.kind is EntryKind.CONSULTATION and matching_form(one.question) == form
    ]
    return _still_open(session, min(same, key=lambda one: one.number, default=None))


def _same_correction(session: Session, view: PairView, told: str) -> LedgerEntry | None:
    """Return the open correction of the pair that says the same, or None."""
    statement = select(LedgerEntry).where(
        LedgerEntry.pair_id == view.pair_id,
        LedgerEntry.kind == EntryKind.CORRECTION,
        col(LedgerEntry.state).not_in(FINISHED),
        LedgerEntry.question == correction_question(view.content.question, told),
    )
    return _still_open(session, session.exec(statement.order_by(col(LedgerEntry.id))).first())


def _still_open(session: Session, entry: LedgerEntry | None) -> LedgerEntry | None:
    """Return the entry unless it is finished by now; it stays open until the transaction ends."""
    if entry is None:
        return None
    lock_entries(session, (entry,))
    return None if entry.state in FINISHED else entry


def _store(
    session: Session,
    left: Left,
    entry: LedgerEntry,
    sealer: Sealer,
    *,
    is_own: bool,
    is_shared: bool,
    now: datetime,
) -> Receipt:
    code = code_for(left.sent, sealer)
    row = PublicQuestion(
        entry_id=entry_id(entry),
        code_hash=code_hash(entry.number, code),
        form_hash=form_hash(left.form),
        is_own=is_own,
        left_at=now,
    )
    session.add(row)
    session.flush()
    return Receipt(entry.number, code, is_shared)
