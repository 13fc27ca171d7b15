"""Parts that every step of a document's end shares: lock, reason, audit, notices to units."""

from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.policies.fallen import fallen_pairs, last_ending
from qa_service.knowledge.policies.notices import Notice, tell_units, units_concerned
from qa_service.knowledge.policy_models import PolicyDocument, PolicyEnding
from qa_service.knowledge.premises import ending_stands, stays_the_end
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.normalise import is_meaningful
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import REASON_CHARACTERS, AuditAction, EndingState, PolicyNoticeKind

LIBRARY = "bank"
"""Name of the lock of the bank's writers: the end of a document changes answers."""


class InvalidEndingError(InvalidInputError):
    """The proposal or the decision is incomplete; ``problems`` names each fault."""

    code = "invalid_policy_ending"
    title = "失效或废止的信息有误"


class NoEndingError(ConflictError):
    """No end of the document waits for a decision, or it has none to be taken back."""

    code = "no_policy_ending"
    title = "没有待办的失效或废止"


def open_ending(session: Session, document: PolicyDocument) -> PolicyEnding | None:
    """Return the end of the document that waits for a second person, or None."""
    found = last_ending(session, stored_id(document))
    return found if found is not None and found.state is EndingState.PROPOSED else None


def begin(session: Session, document: PolicyDocument) -> None:
    """Wait for other writers of the bank, and read the document as they left it."""
    lock_for_transaction(session, LIBRARY)
    session.refresh(document)


def checked_reason(reason: str) -> str:
    """Return the reason as it is stored; raises InvalidEndingError for none."""
    problems = reason_problems(reason)
    if problems:
        raise InvalidEndingError(problems[0].message, problems=tuple(problems))
    return masked_reason(reason)


def reason_problems(reason: str) -> list[FieldProblem]:
    """Return the problem of a reason that is missing or too long."""
    if is_meaningful(reason) and len(reason.strip()) <= REASON_CHARACTERS:
        return []
    return [FieldProblem("reason", f"请用 1 至 {REASON_CHARACTERS} 个字写明理由")]


def masked_reason(reason: str) -> str:
    """Return the reason as it is stored and told to units, without personal data."""
    return masked(reason.strip())[:REASON_CHARACTERS]


def tell(
    session: Session,
    document: PolicyDocument,
    ending: PolicyEnding,
    kind: PolicyNoticeKind,
    text: str,
    *,
    now: datetime,
) -> None:
    """Tell the owner and the units of the answers that fell or rest on the document."""
    units = units_concerned(session, document)
    units |= {pair.unit_id for pair in fallen_pairs(session, ending)}
    premises = [ending_stands(ending)]
    if kind is not PolicyNoticeKind.RESTORED:
        premises.append(stays_the_end(document, ending.invalid_since))
    occasion = f"{kind.value}:{ending.id}"
    notice = Notice(kind, occasion, text, ending.invalid_since, premises)
    tell_units(session, document, units, notice, now=now)


def audit(
    session: Session,
    document: PolicyDocument,
    ending: PolicyEnding | None,
    change: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Record a step in the audit trail."""
    subject = f"政策 {document.key}"
    reason = ending.restore_reason or ending.decision_reason or ending.reason if ending else None
    details = {"change": change, "reason": reason}
    record(session, AuditAction.EDIT, actor=by, now=now, subject=subject, **details)
