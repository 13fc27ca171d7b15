"""Changes of what an answer cites of a document: title, 文号, issuer and days.

Answers show these fields as their basis and are signed with them, so that a change is told at
once and without new signatures. It takes a reviewer who neither filed nor last changed the
document.
"""

from collections.abc import Mapping

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import Actor, ActorKind, RecordedActor
from qa_service.accounts.audit import SUBJECT_CHARACTERS
from qa_service.accounts.models import AuditEvent
from qa_service.errors import FieldProblem, ForbiddenError
from qa_service.knowledge.models import PairBasis, PolicyDocument, QAPair
from qa_service.knowledge.policies.permissions import may_correct
from qa_service.knowledge.policy_models import FallenAnswer, PolicyEnding
from qa_service.knowledge.rules import ENDED
from qa_service.vocabulary import EndingState, PairStatus

CITED_FIELDS: Mapping[str, str] = {
    "title": "标题",
    "document_number": "文号",
    "issuer": "制定机关",
    "issued_on": "发布日期",
    "effective_from": "施行日期",
    "invalid_since": "失效日期",
}
"""Fields of a document that answers cite, with their names on the form."""

FILED, CHANGED = "新增", "修改"
"""The words of the audit trail for a document filed or changed, by hand or by a file."""

AuditRow = tuple[str, Mapping[str, str | int]]
"""A row of the audit trail: its subject and its details."""


class PolicyCitedError(ForbiddenError):
    """Answers cite the document, and the actor may not change what they cite of it."""

    code = "policy_cited"
    title = "文件已被引用"


def cited_changes(document: PolicyDocument, values: Mapping[str, object]) -> dict[str, str]:
    """Return each cited field in which ``values`` differ from the document: old and new, in words.

    The day of an end is proposed and confirmed as one, and counts only once it is stored.
    """
    changes = {}
    for name in CITED_FIELDS:
        if name == "invalid_since" and document.validity not in ENDED:
            continue
        before, after = getattr(document, name), values[name]
        if before != after:
            changes[name] = f"{before or '（空）'} → {after or '（空）'}"
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


def require_second_person(
    session: Session, document: PolicyDocument, changes: Mapping[str, str], *, by: Actor
) -> int:
    """Return how many answers cite what ``changes`` name; raises PolicyCitedError.

    If there are any, ``by`` must be a reviewer of the document's unit who neither filed nor last
    changed it; the service itself is no person.
    """
    count = answers_citing(session, document) if changes else 0
    if count:
        refusal = _why_not(session, document, by)
        if refusal:
            raise _refusal(document, changes, count, refusal)
    return count


def filing_row(
    document: PolicyDocument,
    change: str,
    *,
    cited_by: int = 0,
    changes: Mapping[str, str] | None = None,
) -> AuditRow:
    """Return the row of the audit trail that says that a document was filed or changed.

    ``changes`` of what ``cited_by`` answers cite are told in full, before and after.
    """
    details: dict[str, str | int] = {"change": change, "validity": document.validity.value}
    if cited_by:
        details |= {"answers": cited_by, **(changes or {})}
    return _subject(document), details


def _why_not(session: Session, document: PolicyDocument, by: Actor) -> str | None:
    if by.kind is ActorKind.CLOCKWORK or not may_correct(by, document):
        return "您没有这份文件的审核权限"
    if not all(by.is_distinct_from(one) for one in _hands(session, document)):
        return "您是它的录入人或最近一次修改人"
    return None


def _refusal(
    document: PolicyDocument, changes: Mapping[str, str], count: int, refusal: str
) -> PolicyCitedError:
    fields = "、".join(CITED_FIELDS[name] for name in changes)
    message = (
        f"已发布或正在审核的 {count} 条问答以《{document.title}》为依据，"
        f"{fields}不能由一人改动：{refusal}。"
        "请由本单位或办公室的审核人（不是录入人和最近一次修改人）在这份文件的“修改”页核对原文后更正"
    )
    problems = tuple(FieldProblem(name, message) for name in changes)
    return PolicyCitedError(message, problems=problems)


def _hands(session: Session, document: PolicyDocument) -> list[RecordedActor]:
    """Return who filed the document and who last changed it, as far as the audit trail tells."""
    subject = _subject(document)
    statement = select(AuditEvent).where(AuditEvent.subject == subject).order_by(col(AuditEvent.id))
    events = session.exec(statement).all()
    filed = [one for one in events if one.details.get("change") == FILED]
    changed = [one for one in events if one.details.get("change") == CHANGED]
    return [
        RecordedActor(one.actor, one.actor_person_id, one.actor_key_id)
        for one in (*filed, *changed[-1:])
    ]


def _subject(document: PolicyDocument) -> str:
    """Return the subject of the document's rows in the audit trail."""
    return f"政策 {document.key}"[:SUBJECT_CHARACTERS]
