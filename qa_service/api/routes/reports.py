"""Routes of figures (监督统计) and of inspection packages (监督检查报表)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from qa_service.accounts.acts import Act
from qa_service.accounts.audit import record
from qa_service.accounts.permissions import NotPermittedError, Permission
from qa_service.api.dependencies import Caller, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.reports import (
    FiguresOut,
    FiguresQuery,
    PackageIn,
    PackageListOut,
    PackageOut,
    PackageSummaryOut,
)
from qa_service.api.text_types import RowId
from qa_service.api.writes import Answer, Write, write_for
from qa_service.clock import beijing_day
from qa_service.reporting.figures.breakdown import labelled_breakdown
from qa_service.reporting.figures.counting import compare_figures
from qa_service.reporting.figures.period import read_period
from qa_service.reporting.figures.scope import open_scope
from qa_service.reporting.figures.table import FIGURES
from qa_service.reporting.inspection.compiling import compile_package
from qa_service.reporting.inspection.naming import issued_line
from qa_service.reporting.inspection.service import find_package, issue_package, list_packages
from qa_service.reporting.inspection.texts import NoticeRule
from qa_service.reporting.inspection.workbook import write_package
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Scope

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_Admitted = Annotated[
    Caller, Depends(reader_with(Permission.READ_REPORTS, Scope.SUPERVISE, Scope.REPORTS))
]


async def _of_every_unit(caller: _Admitted) -> Caller:
    """Return the caller; raises NotPermittedError for the key of one unit."""
    if caller.units(Permission.READ_REPORTS) is not None:
        raise NotPermittedError("监督统计涉及全部单位，只属一个单位的密钥不能查阅")
    return caller


Reader = Annotated[Caller, Depends(_of_every_unit)]
Issue = Annotated[Write, Depends(write_for(Act.ISSUE_REPORT))]
PackageId = Annotated[RowId, Path()]

router = APIRouter(prefix="/reports", tags=["监督统计"])


@router.get(
    "/figures",
    summary="各项指标及口径，与上期比较",
    responses=problem_responses(404),
)
def figures(
    query: Annotated[FiguresQuery, Query()],
    services: ServicesDep,
    session: ReadSession,
    _caller: Reader,
) -> FiguresOut:
    """Return every figure of a period, and the breakdown asked for."""
    now = services.clock.now()
    scope = open_scope(
        session,
        read_period(*query.typed, today=beijing_day(now)),
        now=now,
        calendar=services.calendar,
        unit=query.unit,
        area=query.field,
    )
    rows = labelled_breakdown(session, scope, query.by, FIGURES) if query.by else []
    return FiguresOut.of(scope.period, compare_figures(session, scope), rows)


@router.get("/packages", summary="已编制的监督检查报表", responses=problem_responses())
def packages(session: ReadSession, _caller: Reader) -> PackageListOut:
    """Return the packages issued, newest first."""
    return PackageListOut.of(list_packages(session))


@router.post(
    "/packages",
    summary="编制监督检查报表，按此刻的数字留存",
    status_code=201,
    response_model=PackageSummaryOut,
    responses=problem_responses(404, 409, 413),
)
def issue(body: PackageIn, services: ServicesDep, write: Issue) -> Response:
    """Compile a package and keep it as issued."""
    period = read_period(*body.typed, today=beijing_day(write.now))
    # Read at one moment, before the transaction that stores it keeps others from writing.
    with session_scope(services.database, read_only=True) as session:
        scope = open_scope(session, period, now=write.now, calendar=services.calendar)
        content = compile_package(session, scope, NoticeRule.of(services.settings))

    def answer() -> Answer:
        actor = write.caller.actor
        found = issue_package(write.session, content, period, actor=actor, now=write.now)
        return 201, PackageSummaryOut.model_validate(found)

    return write.once(body, answer)


@router.get("/packages/{package_id}", summary="一份报表", responses=problem_responses(404))
def package(package_id: PackageId, session: ReadSession, _caller: Reader) -> PackageOut:
    """Return a package as issued."""
    return PackageOut.of(find_package(session, package_id))


@router.get(
    "/packages/{package_id}/export.xlsx",
    summary="一份报表的 Excel 文件",
    response_class=Response,
    responses=problem_responses(404) | {200: {"content": {XLSX: {}}}},
)
def export(
    package_id: PackageId, services: ServicesDep, session: ReadSession, caller: Reader
) -> Response:
    """Return a package as a workbook that prints."""
    found = find_package(session, package_id)
    file = write_package(found.content, found.notice, issued_line(session, found))
    with session_scope(services.database) as trail:
        record(
            trail,
            AuditAction.EXPORT,
            actor=caller.actor,
            now=services.clock.now(),
            subject=f"监督检查报表 {package_id}",
        )
    return Response(file, media_type=XLSX)
