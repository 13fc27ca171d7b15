"""Pages of the directory of units (单位名录) and of the policy areas (领域)."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import (
    AreaContent,
    add_area,
    change_area,
    find_area,
    list_areas,
    set_area_active,
)
from qa_service.accounts.permissions import Permission
from qa_service.accounts.unit_keeping import add_unit, change_unit
from qa_service.accounts.units import find_unit, list_units
from qa_service.errors import ConflictError, InvalidInputError, NotFoundError, QAServiceError
from qa_service.knowledge.exchange.directory.workbook import areas_workbook, directory_workbook
from qa_service.knowledge.exchange.import_report import ImportRefusedError, ImportReport
from qa_service.knowledge.exchange.rows.readers import read_file
from qa_service.ledger.units.changes import (
    merge_areas,
    merge_units,
    restore_unit,
    retire_area,
    retire_unit,
)
from qa_service.ledger.units.directory_import import import_areas, import_units
from qa_service.ledger.units.holdings import unit_holdings
from qa_service.request_scope import ReadSession
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import UnitLevel
from qa_service.web.bank.import_export import download, received_file
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import problems_by_field
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.supervision.unit_form import UnitForm, directory_rows, find_by_id

router = APIRouter(
    prefix="/units",
    dependencies=[Depends(guard_page), permits(Permission.KEEP_UNITS)],
    include_in_schema=False,
)

REFUSALS = (InvalidInputError, ConflictError, NotFoundError)


@router.get("")
def units_page(visit: Page, session: ReadSession) -> Response:
    """List the units and areas, with the forms to add and to import them."""
    return _page(visit, session)


@router.get("/export.xlsx")
def export(visit: Page, session: ReadSession) -> Response:
    """Return the directory as a spreadsheet that can be changed and imported again."""
    return download(directory_workbook(session), f"单位名录-{visit.today:%Y%m%d}.xlsx")


@router.get("/areas.xlsx")
def export_areas(visit: Page, session: ReadSession) -> Response:
    """Return the policy areas as a spreadsheet that can be changed and imported again."""
    return download(areas_workbook(session), f"领域-{visit.today:%Y%m%d}.xlsx")


@router.get("/new")
def new_unit_page(visit: Page, session: ReadSession) -> Response:
    """Show an empty form."""
    return _unit_page(visit, session, None, UnitForm.empty())


@router.post("/new")
def add(visit: Page) -> Response:
    """Add a unit."""
    form = UnitForm.submitted(visit.form)
    try:
        with visit.write() as session:
            add_unit(session, form.content(), actor=visit.actor, now=visit.now)
    except REFUSALS as error:
        with visit.read() as session:
            return _unit_page(visit, session, None, form, refusal=error)
    return visit.lead("/units", Done.SAVED)


@router.post("/import")
def take_in(visit: Page) -> Response:
    """Import a file of units or of areas, or only check it."""
    is_trial = visit.form.text("then") != "import"
    try:
        report = _import(visit, is_trial=is_trial)
    except ImportRefusedError as error:
        report = error.report
    except QAServiceError as error:
        return _refused(visit, error)
    with visit.read() as session:
        return _page(visit, session, report=report, is_trial=is_trial)


@router.post("/areas")
def change_areas(visit: Page) -> Response:
    """Add, rename, move, retire, restore or merge an area."""
    try:
        with visit.write() as session:
            _change_area(visit, session)
    except REFUSALS as error:
        return _refused(visit, error)
    return visit.lead("/units#areas", Done.SAVED)


@router.get("/{unit_id}")
def unit_page(visit: Page, session: ReadSession, unit_id: RowId) -> Response:
    """Show the form of one unit, and what it still has to do."""
    unit = find_by_id(session, unit_id)
    return _unit_page(visit, session, unit_id, UnitForm.stored(session, unit))


@router.post("/{unit_id}")
def change(visit: Page, unit_id: RowId) -> Response:
    """Change, retire, restore or merge a unit."""
    form = UnitForm.submitted(visit.form)
    try:
        with visit.write() as session:
            _change_unit(visit, session, unit_id, form)
    except REFUSALS as error:
        with visit.read() as session:
            if visit.form.text("then") != "save":
                form = UnitForm.stored(session, find_by_id(session, unit_id))
            return _unit_page(visit, session, unit_id, form, refusal=error)
    return visit.lead("/units", Done.SAVED)


def _change_unit(visit: PageContext, session: Session, unit_id: int, form: UnitForm) -> None:
    unit = find_by_id(session, unit_id)
    match visit.form.text("then"):
        case "retire":
            retire_unit(session, unit, actor=visit.actor, now=visit.now)
        case "restore":
            restore_unit(session, unit, actor=visit.actor, now=visit.now)
        case "merge":
            into = find_unit(session, visit.form.text("into"))
            merge_units(session, unit, into, actor=visit.actor, now=visit.now)
        case _:
            content = form.content(key=unit.key)
            change_unit(session, content, actor=visit.actor, now=visit.now)


def _change_area(visit: PageContext, session: Session) -> None:
    form, actor, now = visit.form, visit.actor, visit.now
    position = form.number("position") if form.text("position") else None
    content = AreaContent(form.text("key"), form.text("name"), position)
    match form.text("then"):
        case "add":
            add_area(session, content, actor=actor, now=now)
        case "retire":
            retire_area(session, find_area(session, content.key), actor=actor, now=now)
        case "restore":
            area = find_area(session, content.key)
            set_area_active(session, area, is_active=True, actor=actor, now=now)
        case "merge":
            into = find_area(session, form.text("into"))
            merge_areas(session, find_area(session, content.key), into, actor=actor, now=now)
        case _:
            change_area(session, content, actor=actor, now=now)


def _import(visit: PageContext, *, is_trial: bool) -> ImportReport:
    """Import the file in a transaction of its own, which a trial run rolls back."""
    read: Callable[..., ImportReport] = (
        import_areas if visit.form.text("kind") == "areas" else import_units
    )
    with tempfile.TemporaryDirectory() as folder:
        rows = list(read_file(received_file(visit, Path(folder))))
    with session_scope(visit.services.database, dry_run=is_trial) as session:
        return read(session, rows, actor=visit.actor, now=visit.now)


def _refused(visit: PageContext, refusal: QAServiceError) -> Response:
    with visit.read() as session:
        return _page(visit, session, refusal=refusal)


def _page(
    visit: PageContext,
    session: Session,
    *,
    report: ImportReport | None = None,
    is_trial: bool = False,
    refusal: QAServiceError | None = None,
) -> Response:
    is_bad = refusal is not None or (report is not None and report.refused > 0)
    context = {
        "rows": directory_rows(session),
        "areas": list_areas(session),
        "report": report,
        "is_trial": is_trial,
        "typed": visit.form,
        "tried": visit.form.text("key") or visit.form.text("then") if refusal else "",
        "refusal": refusal.message if refusal else None,
        "problems": problems_by_field(refusal),
    }
    return visit.show("supervision/units.html", context, status=422 if is_bad else 200)


def _unit_page(
    visit: PageContext,
    session: Session,
    unit_id: int | None,
    form: UnitForm,
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    unit = find_by_id(session, unit_id) if unit_id is not None else None
    units = list_units(session, active_only=True)
    context = {
        "unit": unit,
        "form": form,
        "levels": list(UnitLevel),
        "areas": list_areas(session, active_only=True),
        "parents": [one for one in units if one.level is not UnitLevel.VILLAGE],
        "heirs": [one for one in units if one.id != unit_id],
        "held": unit_holdings(session, unit) if unit is not None and unit.is_active else [],
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
    }
    return visit.show("supervision/unit.html", context, status=422 if refusal else 200)
