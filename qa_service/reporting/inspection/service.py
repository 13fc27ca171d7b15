"""Issues inspection packages and keeps them as issued; the circular in them can be edited."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.names.display_names import display_name_of
from qa_service.accounts.permissions import Permission
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from qa_service.reporting.figures.period import Period
from qa_service.reporting.inspection.content import PackageContent
from qa_service.reporting.models import InspectionPackage
from qa_service.vocabulary import AuditAction

NOTICE_CHARACTERS = 20_000


class PackageNotFoundError(NotFoundError):
    """No package has this id."""

    code = "package_not_found"
    title = "没有这份报表"


class InvalidNoticeError(InvalidInputError):
    """The circular is empty or too long."""

    code = "invalid_notice"
    title = "通报文字有误"


class NoticeChangedError(ConflictError):
    """The circular was edited by another person since it was read."""

    code = "notice_changed"
    title = "通报已被他人修改"


def issue_package(
    session: Session,
    content: PackageContent,
    period: Period,
    *,
    actor: Actor,
    now: datetime,
    occasion: str | None = None,
) -> InspectionPackage:
    """Store a package as issued and return it.

    ``occasion`` names a scheduled issue. Raises NotPermittedError and PersonKeyRequiredError.
    """
    actor.require_person(Act.ISSUE_REPORT)
    check_permission(actor, Permission.READ_REPORTS)
    package = InspectionPackage(
        occasion=occasion,
        since=period.first,
        until=period.last,
        content=content,
        checksum=content.checksum,
        notice=content.notice,
        issued_by=actor.name,
        issued_by_person_id=actor.person_id,
        issued_by_key_id=actor.api_key_id,
        issued_at=now,
    )
    session.add(package)
    session.flush()
    subject = f"监督检查报表 {package.id}"
    record(session, AuditAction.EXPORT, actor=actor, now=now, subject=subject)
    return package


def list_packages(session: Session, *, limit: int = 200) -> Sequence[InspectionPackage]:
    """Return the packages without their content, the newest first."""
    statement = select(InspectionPackage).options(
        defer(InspectionPackage.content)  # type: ignore[arg-type]
    )
    return session.exec(statement.order_by(col(InspectionPackage.id).desc()).limit(limit)).all()


def find_package(session: Session, package_id: int) -> InspectionPackage:
    """Return the package of this id; raises PackageNotFoundError."""
    package = session.get(InspectionPackage, package_id)
    if package is None:
        raise PackageNotFoundError(f"没有编号为 {package_id} 的报表，请从报表清单中选择")
    return package


def issued_for(session: Session, occasion: str) -> InspectionPackage | None:
    """Return the package issued on a scheduled occasion, or None."""
    statement = select(InspectionPackage).where(InspectionPackage.occasion == occasion)
    return session.exec(statement).first()


def is_unchanged(package: InspectionPackage) -> bool:
    """Return whether the content is what was issued, by its checksum."""
    return package.content.checksum == package.checksum


def edit_notice(
    session: Session,
    package: InspectionPackage,
    text: str,
    *,
    seen: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Store the office's wording of the circular; figures and lists stay as issued.

    ``seen`` is the ``notice_version`` the editor began with. Raises InvalidNoticeError and
    NoticeChangedError.
    """
    actor.require_person(Act.ISSUE_REPORT)
    check_permission(actor, Permission.READ_REPORTS)
    text = text.strip()
    if not text or len(text) > NOTICE_CHARACTERS:
        message = f"通报应为 1 至 {NOTICE_CHARACTERS} 个字"
        raise InvalidNoticeError(message, problems=(FieldProblem("notice", message),))
    if seen != notice_version(package):
        by = display_name_of(session, package.edited_by or "", package.edited_by_person_id)
        raise NoticeChangedError(f"通报刚由 {by} 修改，请核对现在的文字后再保存")
    package.notice = text
    package.edited_by, package.edited_by_person_id, package.edited_by_key_id = actor.recorded
    package.edited_at = now
    session.add(package)
    session.flush()


def notice_version(package: InspectionPackage) -> str:
    """Return a mark that changes with every edit of the circular."""
    return package.edited_at.isoformat() if package.edited_at else ""
