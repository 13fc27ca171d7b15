"""Pages to import pairs as drafts, and policies, with a report; export and templates."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission, require
from qa_service.accounts.units import list_units
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError, QAServiceError
from qa_service.knowledge.exchange.batched_import import FileKind, ImportOrder, import_file
from qa_service.knowledge.exchange.exporter import export_pairs
from qa_service.knowledge.exchange.import_report import (
    ImportBrokenOffError,
    ImportRefusedError,
    ImportReport,
)
from qa_service.knowledge.exchange.policy_workbook import policy_template
from qa_service.knowledge.exchange.rows.readers import format_of
from qa_service.knowledge.exchange.rows.source_row import SourceFile
from qa_service.knowledge.exchange.workbooks import report_file, template
from qa_service.request_scope import ReadSession
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import AuditAction, ImportOutcome
from qa_service.web.bank.checked_files import FOLDER, CheckedFiles
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none
from qa_service.web.kit.visit import XLSX, Page, PageContext

router = APIRouter(prefix="/bank", dependencies=[Depends(guard_page)], include_in_schema=False)

KINDS = {".xlsx": XLSX, ".csv": "text/csv; charset=utf-8", ".jsonl": "application/jsonl"}
SHOWN_ROWS = 500
"""Maximum rows of a report shown on the page; the report file has all."""


NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a file; ``broken_off`` says why only a part of it was written."""

    report: ImportReport
    is_written: bool
    is_trial: bool = False
    broken_off: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A checked file that one button imports."""

    checksum: str
    name: str


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


@router.get("/policy-template.xlsx", dependencies=[permits(Permission.MOVE_BANK)])
def policy_template_file() -> Response:
    """Return the template of a file of policy documents."""
    return download(policy_template(), "政策文件导入模板.xlsx")


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
    """Import a file, or only check it; a checked file can be imported without choosing it again.

    One invalid row refuses the whole file unless ``keep_good_rows`` is set.
    """
    then = visit.form.text("then")
    if _kind(visit) is FileKind.POLICIES:
        require(visit.user.authority, Permission.KEEP_POLICIES)
    with tempfile.TemporaryDirectory() as folder:
        try:
            file = received_file(visit, Path(folder))
            outcome = _imported(visit, file, is_trial=then != "import")
        except QAServiceError as error:
            return _page(visit, refusal=error.message)
        if then == "report":
            name = f"导入报告-{visit.today:%Y%m%d}.xlsx"
            return download(report_file(outcome.report), name)
        return _page(visit, outcome=outcome, checked=_kept(visit, file, outcome))


def _imported(visit: PageContext, file: SourceFile, *, is_trial: bool) -> Outcome:
    """Import or check a file; return what became of it."""
    visit.services.index_sync.follow()
    order = ImportOrder(
        kind=_kind(visit),
        by=visit.actor,
        now=visit.now,
        keep_good_rows=visit.form.text("keep_good_rows") == "yes",
        is_trial=is_trial,
        engine=visit.services.index_sync.engine,
    )
    try:
        report = import_file(visit.services.database, file, order)
    except ImportRefusedError as error:
        return Outcome(error.report, is_written=False, is_trial=is_trial)
    except ImportBrokenOffError as error:
        return Outcome(error.report, is_written=True, broken_off=error.message)
    return Outcome(report, is_written=not is_trial, is_trial=is_trial)


def received_file(visit: PageContext, folder: Path) -> SourceFile:
    """Return the submitted file, stored in ``folder``, or the checked one that the form names.

    Raises NoFileError, CheckedFileGoneError, and UnreadableFileError for an unknown format.
    """
    upload = visit.form.file("file")
    if upload is None:
        checksum = visit.form.text("checked")
        if checksum:
            name = _file_name(visit.form.text("file_name"))
            return _checked_files(visit).find(checksum, name, now=visit.now)
        problem = FieldProblem("file", "请选择要导入的文件")
        raise NoFileError(problem.message, problems=(problem,))
    # The client's file name is shown to its sender; no file is stored under it.
    file = SourceFile(folder / "upload", _file_name(upload.filename or ""))
    format_of(Path(file.name))
    with file.path.open("wb") as kept:
        shutil.copyfileobj(upload.file, kept)
    return file


def _kept(visit: PageContext, file: SourceFile, outcome: Outcome) -> CheckedFile | None:
    """Keep a checked file that may now be imported; forget one that was written."""
    files = _checked_files(visit)
    report = outcome.report
    if outcome.is_written and outcome.broken_off is None:
        files.clear()
        return None
    if not report.added and not report.changed and outcome.broken_off is None:
        return None
    if visit.form.file("file") is None:
        return CheckedFile(visit.form.text("checked"), file.name)
    return CheckedFile(files.keep(file, now=visit.now), file.name)


def _checked_files(visit: PageContext) -> CheckedFiles:
    return CheckedFiles(visit.services.settings.data_dir / FOLDER, visit.user.csrf_token)


def _kind(visit: PageContext) -> FileKind:
    return member_or_none(FileKind, visit.form.text("kind")) or FileKind.PAIRS


def _file_name(given: str) -> str:
    """Return the last part of a client's file name, fit to be shown."""
    return display_clean(PureWindowsPath(given).name)[-NAME_CHARACTERS:]


def _page(
    visit: PageContext,
    *,
    outcome: Outcome | None = None,
    checked: CheckedFile | None = None,
    refusal: str | None = None,
) -> Response:
    rows = outcome.report.rows if outcome else ()
    told = [row for row in rows if row.outcome is ImportOutcome.REFUSED or row.note][:SHOWN_ROWS]
    context = {
        "outcome": outcome,
        "report": outcome.report if outcome else None,
        "is_trial": outcome is not None and outcome.is_trial,
        "told": told,
        "checked": checked,
        "refusal": refusal,
        "kind": _kind(visit),
        "keep_good_rows": visit.form.text("keep_good_rows") == "yes",
        "may_keep_policies": visit.user.may(Permission.KEEP_POLICIES),
    }
    is_bad = refusal is not None or (outcome is not None and outcome.report.refused > 0)
    return visit.show("bank/pairs/import_export.html", context, status=422 if is_bad else 200)


def download(content: bytes, name: str) -> Response:
    """Return a file of one of ``KINDS`` for download under ``name``."""
    kind = KINDS[Path(name).suffix]
    # RFC 6266: a name without quotes in ASCII for old clients, the real one in UTF-8.
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})
