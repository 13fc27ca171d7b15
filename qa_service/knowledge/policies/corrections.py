"""Corrections of a document that take two people: confirmed or refused by the second."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record_each
from qa_service.errors import ConflictError
from qa_service.knowledge.policies.citation_changes import (
    CITED_FIELDS,
    YES,
    CitedChanges,
    answers_citing,
    as_stated,
    filing_row,
    open_correction,
)
from qa_service.knowledge.policies.endings.ending_record import begin, checked_reason
from qa_service.knowledge.policies.permissions import (
    NotYourDecisionError,
    proposer_of,
    why_not_confirm,
)
from qa_service.knowledge.policies.publicity import put_back_suspended, withdraw_losing
from qa_service.knowledge.policies.record.content import check_policy
from qa_service.knowledge.policies.record.copies import refuse_copy
from qa_service.knowledge.policies.record.full_text import store_text, text_of
from qa_service.knowledge.policies.service import apply_content, policy_content
from qa_service.knowledge.policy_models import PolicyCorrection, PolicyDocument
from qa_service.vocabulary import AuditAction, ProposalState, PublicKind

_DAYS = frozenset({"issued_on", "effective_from", "invalid_since"})


class NoCorrectionError(ConflictError):
    """No correction of the document waits for a decision."""

    code = "no_policy_correction"
    title = "没有待确认的更正"


class CorrectionOutdatedError(ConflictError):
    """The document was changed since the correction was proposed."""

    code = "correction_outdated"
    title = "文件已另有修改"


def corrections_to_decide(session: Session) -> list[tuple[PolicyCorrection, PolicyDocument]]:
    """Return the corrections that wait for a second person, the oldest first."""
    statement = (
        select(PolicyCorrection, PolicyDocument)
        .join(PolicyDocument, col(PolicyDocument.id) == PolicyCorrection.document_id)
        .where(PolicyCorrection.state == ProposalState.PROPOSED)
        .order_by(col(PolicyCorrection.id))
    )
    return list(session.exec(statement).all())


def confirm_correction(
    session: Session,
    document: PolicyDocument,
    *,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> PolicyCorrection:
    """Store the proposed correction as the second person; answers show it at once.

    If it closes the document, the answers that lose their public basis are withdrawn.
    ``seen`` is the id of the correction that the person was shown, if the caller knows it.
    Raises NoCorrectionError, NotYourDecisionError, CorrectionOutdatedError, InvalidPolicyError
    or PolicyKnownError.
    """
    by.require_person(Act.CONFIRM_CORRECTION)
    correction = _to_decide(session, document, seen)
    refusal = why_not_confirm(by, document, correction)
    if refusal:
        raise NotYourDecisionError(refusal)
    changes = {one.name: one for one in correction.changes}
    text = changes.pop("text", None)
    is_outdated = text is not None and text_of(session, document) != text.before
    if is_outdated or any(
        as_stated(getattr(document, one.name)) != one.before for one in changes.values()
    ):
        raise CorrectionOutdatedError(
            f"《{document.title}》在提出更正后另有修改，请不同意这份更正，按现在的内容重新提出"
        )
    values: dict[str, Any] = {name: _value(name, one.after) for name, one in changes.items()}
    content = replace(policy_content(document), **values).normal()
    check_policy(content)
    refuse_copy(session, content.key, content.document_number, content.title, besides=document)
    apply_content(session, document, content, by=by, now=now)
    if text is not None:
        store_text(session, document, text.after)
    _decide(session, document, correction, ProposalState.CONFIRMED, "", by=by, now=now)
    if correction.closes:
        withdraw_losing(session, document, correction, by=by, now=now)
    return correction


def refuse_correction(
    session: Session,
    document: PolicyDocument,
    reason: str,
    *,
    by: Actor,
    now: datetime,
    seen: int | None = None,
) -> PolicyCorrection:
    """Refuse the proposed correction as the second person; the document stays as it is.

    ``seen`` is the id of the correction that the person was shown, if the caller knows it.
    Raises NoCorrectionError, NotYourDecisionError or InvalidEndingError for a missing reason.
    """
    by.require_person(Act.REFUSE_CORRECTION)
    correction = _to_decide(session, document, seen)
    refusal = why_not_confirm(by, document, correction)
    if refusal:
        raise NotYourDecisionError(refusal)
    reason = checked_reason(reason)
    _decide(session, document, correction, ProposalState.REFUSED, reason, by=by, now=now)
    _keep_public(session, document, correction, by=by, now=now)
    return correction


def take_back_correction(
    session: Session, document: PolicyDocument, reason: str, *, by: Actor, now: datetime
) -> PolicyCorrection:
    """Take one's own proposed correction back.

    Raises NoCorrectionError, NotYourDecisionError or InvalidEndingError for a missing reason.
    """
    by.require_person(Act.TAKE_BACK_CORRECTION)
    correction = _to_decide(session, document)
    if not by.is_same_person_as(proposer_of(correction)):
        raise NotYourDecisionError("更正由提出的人撤回；其他人请在确认时选“不同意”")
    reason = checked_reason(reason)
    _decide(session, document, correction, ProposalState.TAKEN_BACK, reason, by=by, now=now)
    _keep_public(session, document, correction, by=by, now=now)
    return correction


def _to_decide(
    session: Session, document: PolicyDocument, seen: int | None = None
) -> PolicyCorrection:
    """Return the proposed correction under the library's lock; raises NoCorrectionError."""
    begin(session, document)
    correction = open_correction(session, document)
    if correction is None:
        raise NoCorrectionError(f"《{document.title}》没有待确认的更正，可能已由他人办理，不必再办")
    if seen not in (None, correction.id):
        raise NoCorrectionError(f"《{document.title}》已另行提出更正，请按新的更正核对后再办")
    session.refresh(correction)
    return correction


def _keep_public(
    session: Session,
    document: PolicyDocument,
    correction: PolicyCorrection,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Put back what a correction suspended that would have closed the document."""
    if correction.closes:
        reason = correction.decision_reason
        put_back_suspended(session, document, correction, reason, by=by, now=now)


def _value(name: str, text: str) -> str | date | bool | PublicKind | None:
    """Return the value of a field that a correction states as ``text``."""
    if name in _DAYS:
        return date.fromisoformat(text) if text else None
    if name == "is_public":
        return text == YES
    if name == "public_kind":
        return PublicKind(text)
    return text if name in CITED_FIELDS else text or None


def _decide(
    session: Session,
    document: PolicyDocument,
    correction: PolicyCorrection,
    state: ProposalState,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Write the decision into the correction and the audit trail."""
    correction.state, correction.decided_at, correction.decision_reason = state, now, reason
    names = by.recorded
    correction.decided_by, correction.decided_by_person_id, correction.decided_by_key_id = names
    session.add(correction)
    session.flush()
    changes: CitedChanges = {one.name: one for one in correction.changes}
    count = answers_citing(session, document)
    subject, details = filing_row(document, f"更正{state.label}", cited_by=count, changes=changes)
    told = {"proposed_by": correction.proposed_by} | ({"reason": reason} if reason else {})
    record_each(session, AuditAction.EDIT, [(subject, {**details, **told})], actor=by, now=now)
