"""Names of issued packages: the line that says who issued one and when, and its files."""

from sqlmodel import Session

from qa_service.accounts.names.display_names import display_name_of
from qa_service.clock import BEIJING
from qa_service.reporting.models import InspectionPackage


def issued_line(session: Session, package: InspectionPackage) -> str:
    """Return in Chinese who issued the package, by the present name, and when."""
    by = display_name_of(session, package.issued_by, package.issued_by_person_id)
    at = package.issued_at.astimezone(BEIJING)
    return f"第 {package.id} 号，{by} 于 {at:%Y-%m-%d %H:%M} 编制"


def file_stem(package: InspectionPackage) -> str:
    """Return the name of the package's files without its ending."""
    return f"inspection-{package.since:%Y%m%d}-{package.until:%Y%m%d}-{package.id}"
