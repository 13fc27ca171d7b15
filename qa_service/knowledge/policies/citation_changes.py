"""Changes of what an answer cites of a document: title, 文号, issuer and days.

Answers show these fields as their basis and are signed with them, so that a change is told at
once and without new signatures. It takes two people: one proposes, another confirms
(``corrections``).
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import Actor, ActorKind
from qa_service.accounts.audit import SUBJECT_CHARACTERS, record_each
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError
from qa_service.knowledge.models import PairBasis, PolicyDocument, QAPair, stored_id
from qa_service.knowledge.policy_models import (
    CitedChange,
    FallenAnswer,
    PolicyCorrection,
    PolicyEnding,
)
from qa_service.knowledge.rules import ENDED
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import (
    REASON_CHARACTERS,
    AuditAction,
    EndingState,
    PairStatus,
    ProposalState,
)

CITED_FIELDS: Mapping[str, str] = {
    "title": "标题",
    "document_number": "文号",
    "issuer": "制定机关",
    "issued_on": "发布日期",
    "effective_from": "施行日期",
    "invalid_since": "失效日期",
}
"""Fields of a document that answers cite, with their names on the form."""

FILED, CHANGED, PROPOSED = "新增", "修改", "提出更正"
"""The words of the audit trail for a document filed, changed, or proposed to be corrected."""

AuditRow = tuple[str, Mapping[str, str | int]]
"""A row of the audit trail: its subject and its details."""


class PolicyCitedError(ForbiddenError):
    """Answers cite the document, and what they cite of it is changed by two people on a page."""

    code = "policy_cited"
    title = "文件已被引用"


class CorrectionPendingError(ConflictError):
    """Another correction of the document waits for the second person."""

    code = "correction_pending"
    title = "已有待确认的更正"


CitedChanges = Mapping[str, CitedChange]
"""Changes by the name of their field."""


def cited_changes(document: PolicyDocument, values: Mapping[str, object]) -> dict[str, CitedChange]:
    """Return the change of each cited field in which ``values`` differ from the document.

    The day of an end is proposed and confirmed as one, and counts only once it is stored.
    """
    changes = {}
    for name in CITED_FIELDS:
        if name == "invalid_since" and document.validity not in ENDED:
            continue
        before, after = getattr(document, name), values[name]
        if before != after:
            changes[name] = CitedChange(name, str(before or ""), str(after or ""))
    return changes


def answers_citing(session: Session, document: PolicyDocument) -> int:
    """Return how many answers cite the document that were reviewed or are being reviewed.

    These are published ones, those that come back with it if its end is taken back, and drafts
    that somebody may have signed already.
    """
    citing = select(PairBasis.version_id).where(PairBasis.document_id == document.id)
    fallen = (
        select(FallenAnswer.pair_id)
        .join(PolicyEnding, col(PolicyEnding.id) == FallenAnswer.ending_id)
        .where(
            PolicyEnding.document_id == document.id,
            col(PolicyEnding.state).in_([EndingState.PROPOSED, EndingState.CONFIRMED]),
        )
    )
    told = col(QAPair.status).in_([PairStatus.PUBLISHED, PairStatus.SUSPENDED])
    in_review = col(QAPair.submitted_at).is_not(None)
    statement = (
        select(func.count())
        .select_from(QAPair)
        .where(
            or_(
                col(QAPair.current_version_id).in_(citing)
                & or_(told, in_review, col(QAPair.id).in_(fallen)),
                col(QAPair.draft_version_id).in_(citing) & in_review,
            )
        )
    )
    return session.exec(statement).one()


def open_correction(session: Session, document: PolicyDocument) -> PolicyCorrection | None:
    """Return the correction of the document that waits for the second person, or None."""
    statement = select(PolicyCorrection).where(
        PolicyCorrection.document_id == document.id,
        PolicyCorrection.state == ProposalState.PROPOSED,
    )
    return session.exec(statement).first()


def propose_correction(
    session: Session,
    document: PolicyDocument,
    changes: CitedChanges,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> PolicyCorrection:
    """Store ``changes`` of a cited document for the second person; the document stays as it is.

    Raises CorrectionPendingError, and PolicyCitedError for the service itself.
    """
    if by.kind is ActorKind.CLOCKWORK:
        refuse_cited(session, document, changes)
    if open_correction(session, document) is not None:
        raise CorrectionPendingError(
            f"《{document.title}》已有一份更正待确认，请先确认、不同意或撤回，再提出新的更正"
        )
    correction = PolicyCorrection(
        document_id=stored_id(document),
        state=ProposalState.PROPOSED,
        changes=tuple(changes.values()),
        reason=masked(reason.strip())[:REASON_CHARACTERS],
        proposed_by=by.name,
        proposed_by_person_id=by.person_id,
        proposed_by_key_id=by.api_key_id,
        proposed_at=now,
    )
    session.add(correction)
    session.flush()
    count = answers_citing(session, document)
    row = filing_row(document, PROPOSED, cited_by=count, changes=changes)
    record_each(session, AuditAction.EDIT, [row], actor=by, now=now)
    return correction


def refuse_cited(session: Session, document: PolicyDocument, changes: CitedChanges) -> None:
    """Raise PolicyCitedError if answers cite what ``changes`` name: a file changes none of it."""
    count = answers_citing(session, document) if changes else 0
    if count:
        fields = "、".join(CITED_FIELDS[name] for name in changes)
        message = (
            f"已发布或正在审核的 {count} 条问答以《{document.title}》为依据，"
            f"{fields}不能由一人改动：请在这份文件的“修改”页提出更正，由另一人核对原文后确认"
        )
        problems = tuple(FieldProblem(name, message) for name in changes)
        raise PolicyCitedError(message, problems=problems)


def filing_row(
    document: PolicyDocument,
    change: str,
    *,
    cited_by: int = 0,
    changes: CitedChanges | None = None,
) -> AuditRow:
    """Return the row of the audit trail that says that a document was filed or changed.

    ``changes`` of what ``cited_by`` answers cite are told in full, before and after.
    """
    details: dict[str, str | int] = {"change": change, "validity": document.validity.value}
    if cited_by:
        told = {name: change.words for name, change in (changes or {}).items()}
        details |= {"answers": cited_by, **told}
    return _subject(document), details


def _subject(document: PolicyDocument) -> str:
    """Return the subject of the document's rows in the audit trail."""
    return f"政策 {document.key}"[:SUBJECT_CHARACTERS]
