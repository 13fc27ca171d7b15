"""Pages of inspection packages (监督检查报表): issue, list, show, print, sheet, circular."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.errors import QAServiceError
from qa_service.reporting.figures.period import (
    InvalidPeriodError,
    Period,
    presets,
    quarter_of,
    read_period,
)
from qa_service.reporting.figures.scope import open_scope
from qa_service.reporting.inspection.compiling import compile_package
from qa_service.reporting.inspection.naming import file_stem, issued_line
from qa_service.reporting.inspection.service import (
    InvalidNoticeError,
    NoticeChangedError,
    edit_notice,
    find_package,
    is_unchanged,
    issue_package,
    list_packages,
    notice_version,
)
from qa_service.reporting.inspection.texts import NoticeRule
from qa_service.reporting.inspection.workbook import write_package
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import plain_text, problems_by_field
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.supervision.printing import MOST_ROWS, print_context
from qa_service.web.supervision.report_query import ReportQuery

router = APIRouter(
    prefix="/reports/packages",
    dependencies=[Depends(guard_page), permits(Permission.READ_REPORTS)],
    include_in_schema=False,
)


@router.get("")
def packages_page(visit: Page, session: ReadSession, since: str = "", until: str = "") -> Response:
    """List the packages issued, and offer to issue one."""
    this = quarter_of(visit.today)
    typed = ReportQuery(plain_text(since)[:20], plain_text(until)[:20])
    if not typed.since and not typed.until:
        typed = typed.of(this)
    return _list(visit, session, typed)


@router.post("")
def issue(visit: Page) -> Response:
    """Compile a package at one moment, and keep it as issued."""
    typed = ReportQuery(visit.form.text("since")[:20], visit.form.text("until")[:20])
    try:
        package_id = _issue(visit, read_period(typed.since, typed.until, today=visit.today))
    except InvalidPeriodError as error:
        with visit.read() as session:
            return _list(visit, session, typed, error)
    return visit.lead(f"/reports/packages/{package_id}", Done.ISSUED)


@router.get("/{package_id}")
def package_page(visit: Page, session: ReadSession, package_id: RowId, saved: str = "") -> Response:
    """Show a package as issued, with the circular to be edited."""
    return _show(visit, session, package_id, saved=saved == "yes")


@router.get("/{package_id}/print")
def print_page(visit: Page, session: ReadSession, package_id: RowId) -> Response:
    """Show the package as it is printed."""
    context = print_context(session, find_package(session, package_id)) | {"css": ""}
    return visit.show("supervision/package_print.html", context)


@router.get("/{package_id}/export.xlsx")
def spreadsheet(visit: Page, session: ReadSession, package_id: RowId) -> Response:
    """Return the package as a workbook that prints."""
    package = find_package(session, package_id)
    file = write_package(package.content, package.notice, issued_line(session, package))
    name = f"{file_stem(package)}.xlsx"
    return visit.hand_out(file, name, f"监督检查报表 {package_id}")


@router.post("/{package_id}/notice")
def save_notice(visit: Page, package_id: RowId) -> Response:
    """Save the office's wording of the circular."""
    typed = visit.form.text("notice")
    try:
        with visit.write() as session:
            edit_notice(
                session,
                find_package(session, package_id),
                typed,
                seen=visit.form.text("seen"),
                actor=visit.actor,
                now=visit.now,
            )
    except (InvalidNoticeError, NoticeChangedError) as error:
        with visit.read() as session:
            return _show(visit, session, package_id, typed=typed, refusal=error)
    return RedirectResponse(f"/reports/packages/{package_id}?saved=yes", status_code=303)


def _issue(visit: PageContext, period: Period) -> int:
    services = visit.services
    with visit.read() as session:
        scope = open_scope(session, period, now=visit.now, calendar=services.calendar)
        content = compile_package(session, scope, NoticeRule.of(services.settings))
    with visit.write() as session:
        package = issue_package(session, content, period, actor=visit.actor, now=visit.now)
        return package.id or 0


def _list(
    visit: PageContext,
    session: Session,
    typed: ReportQuery,
    refusal: QAServiceError | None = None,
) -> Response:
    offered = presets(visit.today)
    context = {
        "typed": typed,
        "problems": problems_by_field(refusal),
        "presets": [
            (name, ReportQuery().of(period).address("/reports/packages"))
            for name, period in offered
        ],
        "packages": [(one, Period(one.since, one.until).label) for one in list_packages(session)],
    }
    status = 422 if refusal else 200
    return visit.show("supervision/packages.html", context, status=status)


def _show(
    visit: PageContext,
    session: Session,
    package_id: int,
    *,
    saved: bool = False,
    typed: str | None = None,
    refusal: QAServiceError | None = None,
) -> Response:
    package = find_package(session, package_id)
    problems = problems_by_field(refusal)
    if refusal and not problems:
        problems = {"notice": [refusal.message]}
    context = {
        "package": package,
        "issued": issued_line(session, package),
        "is_unchanged": is_unchanged(package),
        "seen": notice_version(package),
        "typed": package.notice if typed is None else typed,
        "problems": problems,
        "saved": saved,
        "most": MOST_ROWS,
    }
    status = 409 if isinstance(refusal, NoticeChangedError) else 422 if refusal else 200
    return visit.show("supervision/package.html", context, status=status)
