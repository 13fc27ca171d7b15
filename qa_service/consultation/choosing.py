"""Records which candidate the asker was told, and undoes a wrong key press (误选)."""

from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record as record_action
from qa_service.clock import beijing_day
from qa_service.consultation.models import Choice, Consultation
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.pairs.suggested_variants import suggest_variant, unsuggest_variant
from qa_service.ledger.queries import entry_of_consultation
from qa_service.storage.advisory_locks import lock_for_transaction
from qa_service.vocabulary import AuditAction


class NotACandidateError(InvalidInputError):
    """The chosen pair was not among the candidates shown."""

    code = "not_a_candidate"
    title = "选项无效"


class AlreadyChosenError(ConflictError):
    """A different choice is recorded, or the question is already in the ledger."""

    code = "already_chosen"
    title = "已有选择"


class ChoiceStandsError(ConflictError):
    """The choice cannot be undone: the question is in the ledger, or the choice is not of today."""

    code = "choice_stands"
    title = "不能撤销"


def choose(
    session: Session, consultation: Consultation, pair_id: int, *, actor: Actor, now: datetime
) -> Choice:
    """Record which candidate the asker was told.

    Also suggests the question as a variant of that pair. Repeating the same choice changes
    nothing. Raises NotACandidateError for a pair that was not shown and AlreadyChosenError
    when a different choice is recorded.
    """
    lock_for_transaction(session, f"choice:{consultation.id}")
    shown = {candidate.qa_id: candidate.version for candidate in consultation.candidates}
    if pair_id not in shown:
        problem = FieldProblem("qa_id", "请从本次显示的候选答案中选择")
        raise NotACandidateError("这条问答不在本次候选中", problems=(problem,))
    standing = session.get(Choice, consultation.id)
    if standing is not None and standing.pair_id == pair_id:
        return standing
    if standing is not None or entry_of_consultation(session, consultation.id):
        raise AlreadyChosenError("本次咨询已经处理，不能再改选")
    choice = new_choice(consultation, actor=actor, now=now)
    choice.pair_id, choice.version = pair_id, shown[pair_id]
    session.add(choice)
    session.flush()
    suggest_variant(session, pair_id, consultation.question, now=now)
    return choice


def new_choice(consultation: Consultation, *, actor: Actor, now: datetime) -> Choice:
    """Return an unstored choice of no candidate."""
    return Choice(
        consultation_id=consultation.id,
        operator=actor.name,
        operator_person_id=actor.person_id,
        operator_key_id=actor.api_key_id,
        created_at=now,
    )


def may_be_taken_back(choice: Choice, now: datetime) -> bool:
    """Return whether the choice was made today and names a candidate.

    Earlier choices may already have been inspected; a registered question is corrected by an
    action on its ledger entry.
    """
    return choice.pair_id is not None and beijing_day(choice.created_at) == beijing_day(now)


def take_back(session: Session, consultation: Consultation, *, actor: Actor, now: datetime) -> None:
    """Undo ``choose``: delete the choice and withdraw the suggested variant.

    The audit trail keeps the deleted choice. Does nothing when no choice is recorded. Raises
    ChoiceStandsError unless ``may_be_taken_back``.
    """
    lock_for_transaction(session, f"choice:{consultation.id}")
    choice = session.get(Choice, consultation.id)
    if choice is None:
        return
    if choice.pair_id is None:
        raise ChoiceStandsError("问题已登记到台账，请在台账中办理")
    if not may_be_taken_back(choice, now):
        raise ChoiceStandsError("只能撤销当日的记录；答复有误的，请登记纠错或回访咨询人")
    unsuggest_variant(session, choice.pair_id, consultation.question, now=now)
    record_action(
        session,
        AuditAction.TAKE_BACK,
        actor=actor,
        now=now,
        subject=f"咨询 {consultation.id}",
        pair=choice.pair_id,
        version=choice.version,
        told_by=choice.operator,
    )
    session.delete(choice)
    session.flush()
