"""The policy library: documents answers may cite."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlmodel import Session, select

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.import_report import Outcome
from qa_service.knowledge.models import PolicyDocument, Validity

_LIMITS = {
    "key": ("标识", 128),
    "title": ("标题", 300),
    "document_number": ("文号", 128),
    "issuer": ("制定机关", 200),
    "replaced_by": ("替代文件", 128),
}


class InvalidPolicyError(InvalidInputError):
    """A policy document's entry breaks the rules."""

    code = "invalid_policy"
    title = "政策文件信息有误"


@dataclass(frozen=True, slots=True)
class PolicyContent:
    """What the library holds about a document; ``key`` is its 文号 or a name of ours."""

    key: str
    title: str
    document_number: str
    issuer: str
    validity: Validity
    issued_on: date | None = None
    effective_from: date | None = None
    invalid_since: date | None = None
    replaced_by: str | None = None


def store_policy(session: Session, content: PolicyContent) -> Outcome:
    """Whether the document was added, changed or already so; raises InvalidPolicyError."""
    _check(content)
    stored = session.exec(
        select(PolicyDocument).where(PolicyDocument.key == content.key)
    ).one_or_none()
    if stored is None:
        session.add(PolicyDocument(**asdict(content)))
        session.flush()
        return Outcome.ADDED
    changed = {
        name: value for name, value in asdict(content).items() if getattr(stored, name) != value
    }
    for name, value in changed.items():
        setattr(stored, name, value)
    session.add(stored)
    session.flush()
    return Outcome.CHANGED if changed else Outcome.UNCHANGED


def find_policies(session: Session) -> list[PolicyDocument]:
    """The whole library, by title."""
    return list(session.exec(select(PolicyDocument).order_by(PolicyDocument.title)).all())


def policy_problems(content: PolicyContent) -> tuple[FieldProblem, ...]:
    """What stands against storing ``content``, field by field."""
    found = []
    for name, (label, limit) in _LIMITS.items():
        text = getattr(content, name) or ""
        if not text.strip() and name != "replaced_by":
            found.append(FieldProblem(name, f"{label}不能为空"))
        elif len(text) > limit:
            found.append(FieldProblem(name, f"{label}超过 {limit} 个字，请精简"))
    start, end = content.effective_from, content.invalid_since
    if start and end and end < start:
        found.append(FieldProblem("invalid_since", "失效日期早于施行日期"))
    return tuple(found)


def _check(content: PolicyContent) -> None:
    problems = policy_problems(content)
    if problems:
        raise InvalidPolicyError("政策文件信息有误，请按提示修改", problems=problems)
