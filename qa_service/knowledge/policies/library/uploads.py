"""Proof that a document was uploaded to the library of the city (上传证明)."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.models import Unit
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.policies.permissions import require_keeper
from qa_service.knowledge.policy_models import PolicyDocument
from qa_service.vocabulary import AuditAction, PublicKind

ADDRESS = re.compile(r"https?://\S{1,480}$")
ADDRESS_TOLD = "网址应以 http:// 或 https:// 开头，最多 480 个字"


class InvalidUploadError(InvalidInputError):
    """The day or address of an upload is missing or impossible."""

    code = "invalid_upload"
    title = "上传证明填写有误"


def note_upload(
    session: Session,
    document: PolicyDocument,
    day: date | None,
    address: str,
    *,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Record the day and address of an upload; the audit trail keeps those before.

    Raises InvalidUploadError naming every fault, and PolicyOwnerOnlyError.
    """
    actor.require_person(Act.CHANGE_POLICY)
    require_keeper(actor, document)
    problems = []
    if day is None:
        problems.append(FieldProblem("uploaded_on", "请填写上传日期，如 2026-11-30"))
    elif day > today:
        problems.append(FieldProblem("uploaded_on", f"上传日期 {day} 还没有到"))
    elif document.issued_on is not None and day < document.issued_on:
        problems.append(FieldProblem("uploaded_on", f"上传日期早于发布日期 {document.issued_on}"))
    if not ADDRESS.match(address):
        problems.append(FieldProblem("uploaded_address", ADDRESS_TOLD))
    if problems:
        raise InvalidUploadError("没有保存，请按提示修改", problems=tuple(problems))
    document.uploaded_on, document.uploaded_address = day, address
    document.uploaded_by, document.uploaded_by_person_id, document.uploaded_by_key_id = (
        actor.recorded
    )
    session.add(document)
    session.flush()
    subject, said = f"政策 {document.key}", f"{day} {address}"
    record(session, AuditAction.EDIT, actor=actor, now=now, subject=subject, uploaded=said)


def library_documents(
    session: Session, *, only_missing: bool = False
) -> Sequence[tuple[PolicyDocument, Unit | None]]:
    """Return the documents that are 主动公开 with their units, the newest first.

    ``only_missing`` leaves out those with a proof of upload.
    """
    statement = (
        select(PolicyDocument, Unit)
        .join(Unit, col(Unit.id) == PolicyDocument.unit_id, isouter=True)
        .where(PolicyDocument.public_kind == PublicKind.ACTIVE)
    )
    if only_missing:
        statement = statement.where(col(PolicyDocument.uploaded_on).is_(None))
    newest = col(PolicyDocument.issued_on).desc().nulls_last()
    return session.exec(statement.order_by(newest, col(PolicyDocument.id))).all()
