"""Records which candidate the asker was told, and undoes what a wrong key recorded (误选)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.audit import record as record_action
from qa_service.clock import beijing_day
from qa_service.consultation.duplicates.shared_entries import withdraw_registration
from qa_service.consultation.duplicates.voided import part_from_voided
from qa_service.consultation.models import Branch, Choice, ChoiceOutcome, Consultation
from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.telling import check_tellable
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.pairs.variants.suggested import suggest_variant, unsuggest_variant
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import entry_of_consultation
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.ledger.workflow.undoing import (
    UNDO_TIME,
    is_own,
    undo_repeat,
    undoable_act,
)
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.privacy.masking import mask_personal_data
from qa_service.vocabulary import UNDO_MINUTES, AuditAction, Role


class NotACandidateError(InvalidInputError):
    """The chosen pair was not among the candidates shown."""

    code = "not_a_candidate"
    title = "选项无效"


class AlreadyChosenError(ConflictError):
    """A different choice is recorded, or the question is already in the ledger."""

    code = "already_chosen"
    title = "已有选择"


class ChoiceStandsError(ConflictError):
    """The record cannot be undone: it is another person's, too old, or acted upon."""

    code = "choice_stands"
    title = "不能撤销"


Answered = Mapping[int, bool]
"""The asker's answers, by the place of the clarifying question, from 0; True is yes."""

_NOT_ASKED: Answered = MappingProxyType({})


def choose(
    session: Session,
    consultation: Consultation,
    pair_id: int,
    *,
    actor: Actor,
    now: datetime,
    answered: Answered = _NOT_ASKED,
) -> Choice:
    """Record which of the pairs shown the asker was told, with the branch ``answered`` led to.

    Also suggests the question as a variant of that pair, unless the rule of a past day was told.
    Repeating the same choice changes nothing. Raises NotACandidateError for a pair that was not
    shown, AlreadyChosenError when a different choice is recorded, and AnswerOutdatedError or
    AnswerUnfilledError for an answer that cannot have been told.
    """
    lock_for_transaction(session, f"choice:{consultation.id}")
    shown = {candidate.qa_id: candidate for candidate in consultation.shown}
    if pair_id not in shown:
        problem = FieldProblem("qa_id", "请从本次显示的候选答案中选择")
        raise NotACandidateError("这条问答不在本次候选中", problems=(problem,))
    part_from_voided(session, consultation, actor=actor, now=now)
    standing = session.get(Choice, consultation.id)
    if standing is not None and standing.pair_id == pair_id:
        return standing
    if standing is not None or entry_of_consultation(session, consultation.id):
        raise AlreadyChosenError("本次咨询已经处理，不能再改选")
    as_of = consultation.as_of
    check_tellable(session, shown[pair_id], day=beijing_day(now), as_of=as_of)
    choice = new_choice(consultation, ChoiceOutcome.TOLD, actor=actor, now=now)
    choice.pair_id, choice.version = pair_id, shown[pair_id].version
    choice.branches = _branches(shown[pair_id], answered)
    session.add(choice)
    session.flush()
    if as_of is None:
        suggest_variant(session, pair_id, consultation.question, now=now)
    return choice


def _branches(candidate: Candidate, answered: Answered) -> tuple[Branch, ...]:
    return tuple(
        Branch(asked.question, answered[place])
        for place, asked in enumerate(candidate.content.clarifying)
        if place in answered
    )


def new_choice(
    consultation: Consultation, outcome: ChoiceOutcome, *, actor: Actor, now: datetime
) -> Choice:
    """Return an unstored choice of no candidate."""
    return Choice(
        consultation_id=consultation.id,
        outcome=outcome,
        operator=actor.name,
        operator_person_id=actor.person_id,
        operator_key_id=actor.api_key_id,
        created_at=now,
    )


def is_recorded_by(actor: Actor, choice: Choice) -> bool:
    """Return whether the outcome is the actor's own record."""
    recorded = RecordedActor(choice.operator, choice.operator_person_id, choice.operator_key_id)
    return is_own(actor, recorded)


def can_take_back(
    session: Session, consultation: Consultation, *, actor: Actor, now: datetime
) -> bool:
    """Return whether ``actor`` may undo now what was recorded of the consultation."""
    entry = _registered(session, consultation)
    if entry is not None:
        act = undoable_act(session, entry, actor=actor, now=now)
        return act is not None and act.is_registration
    choice = session.get(Choice, consultation.id)
    return choice is not None and _is_own_and_recent(choice, actor, now)


def take_back(
    session: Session,
    consultation: Consultation,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    version: int | None = None,
) -> None:
    """Undo what was recorded: the answer told, the registration, or the repeat.

    Its actor may within ten minutes; a supervisor may remove an answer told or a repeat at any
    time, with a reason. ``version`` is that of the registered entry which the actor saw. The
    audit trail keeps what was deleted. Does nothing when nothing is recorded. Raises
    ChoiceStandsError, and for a registration what ``withdraw_registration`` raises.
    """
    lock_for_transaction(session, f"choice:{consultation.id}")
    choice, entry = session.get(Choice, consultation.id), _registered(session, consultation)
    if entry is not None:
        _withdraw_registration(session, entry, Command(actor, now, version, reason.strip()))
    elif choice is None:
        return
    elif not _may_remove(choice, actor, now, reason):
        raise ChoiceStandsError(
            f"只能由记录人在 {UNDO_MINUTES} 分钟内撤销，此后由督查说明理由撤销；"
            "答复有误的，请登记纠错或回访咨询人"
        )
    if choice is not None and consultation.repeat_of is not None:
        _withdraw_repeat(session, consultation.repeat_of, choice, actor=actor, now=now)
    if choice is not None and choice.pair_id is not None and consultation.as_of is None:
        unsuggest_variant(session, choice.pair_id, consultation.question, now=now)
    _note_removal(session, consultation, choice, entry, actor=actor, now=now, reason=reason)
    if choice is not None:
        session.delete(choice)
    consultation.repeat_of = None
    session.add(consultation)
    session.flush()


def _registered(session: Session, consultation: Consultation) -> LedgerEntry | None:
    statement = select(LedgerEntry).where(LedgerEntry.consultation_id == consultation.id)
    return session.exec(statement).one_or_none()


def _withdraw_registration(session: Session, entry: LedgerEntry, step: Command) -> None:
    act = undoable_act(session, entry, actor=step.actor, now=step.now)
    if act is None or not act.is_registration:
        raise ChoiceStandsError(
            f"登记只能由登记人在 {UNDO_MINUTES} 分钟内、单位签收前撤销；"
            "请在台账中办理，登记有误的由督查作废"
        )
    withdraw_registration(session, entry, step)


def _withdraw_repeat(
    session: Session, number: str, choice: Choice, *, actor: Actor, now: datetime
) -> None:
    entry = find_by_number(session, number)
    undo_repeat(session, entry, Command(actor, now), recorded_at=choice.created_at)


def _may_remove(choice: Choice, actor: Actor, now: datetime, reason: str) -> bool:
    is_supervisor = actor.authority.units({Role.SUPERVISOR}) is None
    return _is_own_and_recent(choice, actor, now) or (is_supervisor and bool(reason.strip()))


def _is_own_and_recent(choice: Choice, actor: Actor, now: datetime) -> bool:
    return is_recorded_by(actor, choice) and now - choice.created_at <= UNDO_TIME


def _note_removal(
    session: Session,
    consultation: Consultation,
    choice: Choice | None,
    entry: LedgerEntry | None,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> None:
    """Write to the audit trail what was recorded until now."""
    recorded = {
        "pair": choice.pair_id if choice else None,
        "version": choice.version if choice else None,
        "told_by": choice.operator if choice else None,
        "entry": entry.number if entry else consultation.repeat_of,
        "reason": mask_personal_data(reason.strip()).text or None,
    }
    record_action(
        session,
        AuditAction.TAKE_BACK,
        actor=actor,
        now=now,
        subject=f"咨询 {consultation.id}",
        **{name: value for name, value in recorded.items() if value is not None},
    )
