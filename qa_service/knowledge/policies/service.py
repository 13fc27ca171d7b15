"""Commands on the policy library (政策库), whose documents answers may cite."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.full_text import store_text
from qa_service.knowledge.policies.withdrawal import withdraw_resting_on
from qa_service.knowledge.rules import ENDED
from qa_service.vocabulary import AuditAction, ImportOutcome, Validity

LINK_CHARACTERS = 500

_LINK = re.compile(r"https?://\S+$")
_LIMITS = {
    "key": ("标识", 128),
    "title": ("标题", 300),
    "document_number": ("文号", 128),
    "issuer": ("制定机关", 200),
    "replaced_by": ("替代文件", 128),
}


class PolicyNotFoundError(NotFoundError):
    """No document has this key."""

    code = "policy_not_found"
    title = "政策库中没有这份文件"


class PolicyKnownError(ConflictError):
    """The library already has a document of this key."""

    code = "policy_known"
    title = "政策库中已有这份文件"


class InvalidPolicyError(InvalidInputError):
    """The document has invalid fields; ``problems`` names each of them."""

    code = "invalid_policy"
    title = "政策文件信息有误"


@dataclass(frozen=True, slots=True)
class PolicyContent:
    """The stored metadata of a document; ``key`` is its 文号 or an internal name."""

    key: str
    title: str
    document_number: str
    issuer: str
    validity: Validity
    issued_on: date | None = None
    effective_from: date | None = None
    invalid_since: date | None = None
    replaced_by: str | None = None
    is_public: bool = True
    link: str | None = None


def find_policy(session: Session, key: str) -> PolicyDocument:
    """Return the document of this key; raises PolicyNotFoundError."""
    found = _find(session, key)
    if found is None:
        raise PolicyNotFoundError(f"政策库中没有“{key}”")
    return found


def get_policy(session: Session, policy_id: int) -> PolicyDocument:
    """Return the document of this id; raises PolicyNotFoundError."""
    found = session.get(PolicyDocument, policy_id)
    if found is None:
        raise PolicyNotFoundError(f"政策库中没有编号为 {policy_id} 的文件")
    return found


def add_policy(
    session: Session,
    content: PolicyContent,
    *,
    now: datetime,
    by: Actor = CLOCKWORK,
    text: str | None = None,
) -> PolicyDocument:
    """Add a document to the library, with its full text if given, and return it.

    Raises InvalidPolicyError, PolicyKnownError or PolicyTextTooLongError, and
    PersonKeyRequiredError for a system.
    """
    by.require_person(Act.ADD_POLICY)
    _check(content)
    if _find(session, content.key) is not None:
        raise PolicyKnownError(f"政策库中已有“{content.key}”，请直接修改")
    document = PolicyDocument(**asdict(content))
    session.add(document)
    session.flush()
    if text is not None:
        store_text(session, document, text)
    record(
        session, AuditAction.EDIT, actor=by, now=now, subject=f"政策 {content.key}", change="新增"
    )
    return document


def change_policy(
    session: Session,
    document: PolicyDocument,
    content: PolicyContent,
    *,
    now: datetime,
    by: Actor = CLOCKWORK,
    text: str | None = None,
) -> list[int]:
    """Store changed metadata of a document, and its full text if given.

    If the changed document is no longer in force, the pairs based on it are withdrawn in this
    transaction, each with a rework task for its unit. Returns the ids of the withdrawn pairs.
    Raises InvalidPolicyError or PolicyTextTooLongError, and PersonKeyRequiredError for a system.
    """
    by.require_person(Act.CHANGE_POLICY)
    _check(content)
    _apply(session, document, replace(content, key=document.key))
    if text is not None:
        store_text(session, document, text)
    # The revision is raised before the audit trail is written, as in every transaction: two that
    # took these locks in different orders would wait for each other on PostgreSQL.
    withdrawn = withdraw_resting_on(session, document, now=now, by=by)
    record(
        session,
        AuditAction.EDIT,
        actor=by,
        now=now,
        subject=f"政策 {document.key}",
        change="修改",
        validity=content.validity.value,
    )
    return withdrawn


def policy_content(document: PolicyDocument) -> PolicyContent:
    """Return the stored metadata of a document as plain values."""
    return PolicyContent(
        **{name: getattr(document, name) for name in PolicyContent.__dataclass_fields__}
    )


def store_policy(session: Session, content: PolicyContent) -> ImportOutcome:
    """Add or change the document of this key; return whether it was added, changed or neither.

    Raises InvalidPolicyError.
    """
    _check(content)
    stored = _find(session, content.key)
    if stored is None:
        session.add(PolicyDocument(**asdict(content)))
        session.flush()
        return ImportOutcome.ADDED
    return ImportOutcome.CHANGED if _apply(session, stored, content) else ImportOutcome.UNCHANGED


def policy_problems(content: PolicyContent) -> tuple[FieldProblem, ...]:
    """Return the problems of ``content``, field by field."""
    found = []
    for name, (label, limit) in _LIMITS.items():
        text = getattr(content, name) or ""
        if not text.strip() and name != "replaced_by":
            found.append(FieldProblem(name, f"{label}不能为空"))
        elif len(text) > limit:
            found.append(FieldProblem(name, f"{label}超过 {limit} 个字，请精简"))
    if content.link and (len(content.link) > LINK_CHARACTERS or not _LINK.match(content.link)):
        found.append(FieldProblem("link", "链接应以 http:// 或 https:// 开头，最多 500 个字"))
    if content.validity not in ENDED and content.invalid_since:
        found.append(FieldProblem("invalid_since", "现行有效的文件不应有失效日期，请核对效力"))
    start, end = content.effective_from, content.invalid_since
    if start and end and end < start:
        found.append(FieldProblem("invalid_since", "失效日期早于施行日期"))
    return tuple(found)


def _find(session: Session, key: str) -> PolicyDocument | None:
    return session.exec(select(PolicyDocument).where(PolicyDocument.key == key)).one_or_none()


def _apply(session: Session, document: PolicyDocument, content: PolicyContent) -> bool:
    """Set the columns that differ; return whether any did."""
    changed = {
        name: value for name, value in asdict(content).items() if getattr(document, name) != value
    }
    for name, value in changed.items():
        setattr(document, name, value)
    session.add(document)
    session.flush()
    return bool(changed)


def _check(content: PolicyContent) -> None:
    problems = policy_problems(content)
    if problems:
        raise InvalidPolicyError("政策文件信息有误，请按提示修改", problems=problems)
