"""Pages to import pairs as drafts with a report, to export them, and the template."""

import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError, QAServiceError
from qa_service.knowledge.exchange.exporter import export_pairs
from qa_service.knowledge.exchange.import_report import ImportRefusedError, ImportReport
from qa_service.knowledge.exchange.importer import import_pairs
from qa_service.knowledge.exchange.overlap_advice import with_overlaps
from qa_service.knowledge.exchange.rows.readers import format_of, read_rows
from qa_service.knowledge.exchange.workbooks import report_file, template
from qa_service.request_scope import ReadSession
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, ImportOutcome
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/bank", dependencies=[Depends(guard_page)], include_in_schema=False)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {".xlsx": XLSX, ".csv": "text/csv; charset=utf-8", ".jsonl": "application/jsonl"}
SHOWN_ROWS = 500
"""Maximum rows of a report shown on the page; the report file has all."""


class UnknownFormatError(NotFoundError):
    """The address names no format of export."""

    code = "unknown_format"
    title = "没有这种格式"


class NoFileError(InvalidInputError):
    """The form was submitted without a file."""

    code = "no_file"
    title = "没有选择文件"


@router.get("", dependencies=[permits(Permission.MOVE_BANK)])
def bank_page(visit: Page) -> Response:
    """Show the import and export page."""
    return _page(visit)


@router.get("/template.xlsx", dependencies=[permits(Permission.MOVE_BANK)])
def template_file(visit: Page, session: ReadSession) -> Response:
    """Return the import template as a spreadsheet."""
    units = [unit.name for unit in list_units(session, active_only=True)]
    areas = [area.key for area in list_areas(session, active_only=True)]
    return download(template(units, areas), "问答导入模板.xlsx")


@router.get("/export{suffix}", dependencies=[permits(Permission.MOVE_BANK)])
def export(visit: Page, session: ReadSession, suffix: str) -> Response:
    """Return all pairs as a file that can be imported again; the export is audited."""
    if suffix not in KINDS:
        raise UnknownFormatError(f"问答库可导出为 {'、'.join(sorted(KINDS))} 文件")
    name = f"qa-pairs-{visit.today:%Y%m%d}{suffix}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        export_pairs(session, path)
        with visit.write() as trail:
            record(trail, AuditAction.EXPORT, actor=visit.actor, now=visit.now, subject="问答库")
        return download(path.read_bytes(), name)


@router.post("/import", dependencies=[permits(Permission.MOVE_BANK)])
def take_in(visit: Page) -> Response:
    """Import a file as drafts, or only check it.

    One invalid row refuses the whole file unless ``keep_good_rows`` is set.
    """
    then = visit.form.text("then")
    try:
        report = _import(visit, is_trial=then != "import")
    except ImportRefusedError as error:
        report = error.report
    except QAServiceError as error:
        return _page(visit, refusal=error.message)
    if then == "report":
        return download(report_file(report), f"导入报告-{visit.today:%Y%m%d}.xlsx")
    return _page(visit, report=report, is_trial=then != "import")


def _import(visit: PageContext, *, is_trial: bool) -> ImportReport:
    """Import the file in a transaction of its own, which a trial run rolls back."""
    visit.services.index_sync.follow()
    with tempfile.TemporaryDirectory() as folder:
        path = received_file(visit, Path(folder))
        with session_scope(visit.services.database, dry_run=is_trial) as session:
            return _import_rows(visit, session, path)


def _import_rows(visit: PageContext, session: Session, path: Path) -> ImportReport:
    report = import_pairs(
        session,
        read_rows(path),
        by=visit.actor,
        now=visit.now,
        publish=False,
        keep_good_rows=visit.form.text("keep_good_rows") == "yes",
    )
    engine = visit.services.index_sync.engine
    return with_overlaps(session, engine, report, now=visit.now)


def received_file(visit: PageContext, folder: Path) -> Path:
    """Store the submitted file in ``folder`` and return its path; raises NoFileError."""
    upload = visit.form.file("file")
    if upload is None:
        problem = FieldProblem("file", "请选择要导入的文件")
        raise NoFileError(problem.message, problems=(problem,))
    # Only the suffix is used: the client's file name is not trusted.
    path = folder / f"upload{format_of(Path(upload.filename or '')).value}"
    with path.open("wb") as kept:
        shutil.copyfileobj(upload.file, kept)
    return path


def _page(
    visit: PageContext,
    *,
    report: ImportReport | None = None,
    is_trial: bool = False,
    refusal: str | None = None,
) -> Response:
    rows = report.rows if report else ()
    told = [row for row in rows if row.outcome is ImportOutcome.REFUSED or row.note][:SHOWN_ROWS]
    context = {
        "report": report,
        "told": told,
        "is_trial": is_trial,
        "refusal": refusal,
    }
    is_bad = refusal is not None or (report is not None and report.refused > 0)
    return visit.show("bank/pairs/import_export.html", context, status=422 if is_bad else 200)


def download(content: bytes, name: str) -> Response:
    """Return a file of one of ``KINDS`` for download under ``name``."""
    kind = KINDS[Path(name).suffix]
    # RFC 6266: an ASCII name for old clients, the real one in UTF-8.
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})
