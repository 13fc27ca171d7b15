"""Changes of a document that take two people: one proposes, another confirms (``corrections``).

These are what an answer cites of it: title, 文号, issuer and days. Answers show these fields as
their basis and are signed with them, so that a change is told at once and without new
signatures. And whether it is public, on which rests whether its answers are told. Of a document
that the public desk shows it is everything that stands there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NoReturn

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from qa_service.accounts.actor import Actor, ActorKind
from qa_service.accounts.audit import SUBJECT_CHARACTERS, record_each
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError
from qa_service.knowledge.models import PairBasis, PolicyDocument, QAPair, stored_id
from qa_service.knowledge.policies.publicity import losing_basis, suspend_losing
from qa_service.knowledge.policies.record.full_text import normal_text, text_of
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

PUBLIC_FIELDS: Mapping[str, str] = {
    "public_kind": "公开属性",
    "is_public": "是否公开",
    "public_reason": "公开属性的理由",
}
"""Fields that say whether a document is public; the reason belongs to the kind."""

SHOWN_FIELDS: Mapping[str, str] = {
    "replaced_by": "替代文件",
    "link": "原文链接",
    "interpretation_title": "解读标题",
    "interpretation_link": "解读链接",
}
"""Fields that the public desk shows besides those that answers cite and the full text."""

CORRECTED_FIELDS: Mapping[str, str] = {
    **CITED_FIELDS,
    **PUBLIC_FIELDS,
    **SHOWN_FIELDS,
    "text": "全文",
}
"""Every field that a correction may change, with its name on the form."""

_FIELD_NAMES = {**CORRECTED_FIELDS, "validity": "效力", "unit_id": "起草单位"}

NEWLY_FILED, RENEWED = "新录入的文件", "文件已修改，重新提出"
"""The reasons of proposals that the service makes for a person who files or changes one."""

YES, NO = "是", "否"
"""How a correction states whether a document is public."""

FILED, CHANGED, PROPOSED = "新增", "修改", "提出更正"
"""The words of the audit trail for a document filed, changed, or proposed to be corrected."""

CitedChanges = Mapping[str, CitedChange]
"""Changes by the name of their field."""

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


def cited_changes(document: PolicyDocument, values: Mapping[str, object]) -> dict[str, CitedChange]:
    """Return the change of each cited field in which ``values`` differ from the document.

    The day of an end is proposed and confirmed as one, and counts only once it is stored.
    """
    is_fixed = document.validity in ENDED
    names = [name for name in CITED_FIELDS if is_fixed or name != "invalid_since"]
    return _changes(document, values, names)


def public_changes(
    document: PolicyDocument, values: Mapping[str, object]
) -> dict[str, CitedChange]:
    """Return the changes in ``values`` of whether the document is public; {} for none.

    A reason alone is none.
    """
    changes = _changes(document, values, PUBLIC_FIELDS)
    return changes if changes.keys() - {"public_reason"} else {}


def changes_for_two(
    session: Session,
    document: PolicyDocument,
    values: Mapping[str, object],
    *,
    by: Actor,
    text: str | None = None,
) -> dict[str, CitedChange]:
    """Return what a second person has to confirm of a change to ``values`` and to ``text``.

    The service itself changes alone what only the desk shows; it opens and closes documents, but
    none on which answers told rest.
    """
    is_alone = by.kind is ActorKind.CLOCKWORK
    is_shown = document.is_public and not is_alone
    found = cited_changes(document, values)
    if found and not is_shown and not answers_citing(session, document):
        found = {}
    if is_shown:
        found |= _changes(document, values, SHOWN_FIELDS) | _text_change(session, document, text)
    public = public_changes(document, values)
    if is_alone and not (does_close(public) and losing_basis(session, document)):
        public = {}
    return found | public


def _text_change(
    session: Session, document: PolicyDocument, text: str | None
) -> dict[str, CitedChange]:
    """Return the change of the full text to ``text``; None leaves it as it is."""
    before = text_of(session, document)
    after = before if text is None else normal_text(text)
    return {} if after == before else {"text": CitedChange("text", before, after)}


def does_close(changes: CitedChanges) -> bool:
    """Return whether the document is no longer public after ``changes``."""
    return "is_public" in changes and changes["is_public"].after == NO


def as_stated(value: object) -> str:
    """Return the value of a field as a correction states it: "" for none, days as ISO dates."""
    if isinstance(value, bool):
        return YES if value else NO
    return str(value or "")


def _changes(
    document: PolicyDocument, values: Mapping[str, object], names: Iterable[str]
) -> dict[str, CitedChange]:
    changes = {}
    for name in names:
        before, after = getattr(document, name), values[name]
        if before != after:
            stated = as_stated(after)
            changes[name] = CitedChange(
                name, as_stated(before), masked(stated) if name == "public_reason" else stated
            )
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
    """Store ``changes`` of a document for the second person; the document stays as it is.

    If they close it, it is no longer shown and its answers are suspended at once.
    Raises CorrectionPendingError, and PolicyCitedError for the service itself.
    """
    if by.kind is ActorKind.CLOCKWORK:
        cited = {name: one for name, one in changes.items() if name in CITED_FIELDS}
        refuse_cited(session, document, cited)
    if open_correction(session, document) is not None:
        refuse_pending(document)
    correction = PolicyCorrection(
        document_id=stored_id(document),
        state=ProposalState.PROPOSED,
        changes=tuple(changes.values()),
        closes=does_close(changes),
        reason=masked(reason.strip())[:REASON_CHARACTERS],
        proposed_by=by.name,
        proposed_by_person_id=by.person_id,
        proposed_by_key_id=by.api_key_id,
        proposed_at=now,
    )
    session.add(correction)
    session.flush()
    if correction.closes:
        suspend_losing(session, document, correction, by=by, now=now)
    count = answers_citing(session, document)
    row = filing_row(document, PROPOSED, cited_by=count, changes=changes)
    record_each(session, AuditAction.EDIT, [row], actor=by, now=now)
    return correction


def open_opening(session: Session, document: PolicyDocument) -> PolicyCorrection | None:
    """Return the correction that waits and would make the document public, or None."""
    waiting = open_correction(session, document)
    changes = () if waiting is None else waiting.changes
    return waiting if any(one.name == "is_public" and one.after == YES for one in changes) else None


def propose_opening(
    session: Session, document: PolicyDocument, *, by: Actor, now: datetime
) -> PolicyCorrection:
    """Propose that a document just filed is public, which it is by a second person alone."""
    changes = {"is_public": CitedChange("is_public", NO, YES)}
    return propose_correction(session, document, changes, reason=NEWLY_FILED, by=by, now=now)


def renew_opening(
    session: Session, document: PolicyDocument, *, by: Actor, now: datetime
) -> PolicyCorrection | None:
    """Propose again what would make a changed document public: nobody confirms it unread."""
    waiting = open_opening(session, document)
    if waiting is None:
        return None
    waiting.state, waiting.decided_at = ProposalState.TAKEN_BACK, now
    waiting.decided_by, waiting.decided_by_person_id, waiting.decided_by_key_id = by.recorded
    waiting.decision_reason = RENEWED
    session.add(waiting)
    session.flush()
    changes = {one.name: one for one in waiting.changes}
    return propose_correction(session, document, changes, reason=waiting.reason, by=by, now=now)


def refuse_pending(document: PolicyDocument) -> NoReturn:
    """Raise CorrectionPendingError: another correction of the document waits."""
    raise CorrectionPendingError(
        f"《{document.title}》已有一份更正待确认，请先确认、不同意或撤回，再提出新的更正"
    )


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
    fields: Iterable[str] = (),
) -> AuditRow:
    """Return the row of the audit trail that says that a document was filed or changed.

    ``fields`` are the names of those that one person changed alone.
    ``changes`` that take two people are told in full, before and after, with the number of
    answers that cite the document.
    """
    details: dict[str, str | int] = {"change": change, "validity": document.validity.value}
    if cited_by or changes:
        told = {name: change.words for name, change in (changes or {}).items()}
        details |= {"answers": cited_by, **told}
    named = "、".join(_FIELD_NAMES[name] for name in fields if name in _FIELD_NAMES)
    return _subject(document), details | ({"fields": named} if named else {})


def _subject(document: PolicyDocument) -> str:
    """Return the subject of the document's rows in the audit trail."""
    return f"政策 {document.key}"[:SUBJECT_CHARACTERS]
