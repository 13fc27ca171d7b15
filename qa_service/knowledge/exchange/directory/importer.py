"""Import of units and policy areas, all rows or none, with a report of every row."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.areas import add_area, change_area, list_areas
from qa_service.accounts.models import Unit
from qa_service.accounts.unit_keeping import add_unit, change_unit
from qa_service.accounts.units import UnitContent, list_units, unit_content
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.knowledge.exchange.import_report import (
    ImportReport,
    RowReport,
    close_report,
    refused_row,
)
from qa_service.knowledge.exchange.rows.area_columns import COLUMNS as AREA_COLUMNS
from qa_service.knowledge.exchange.rows.area_columns import read_area
from qa_service.knowledge.exchange.rows.columns import Column, column_name
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.exchange.rows.unit_columns import COLUMNS as UNIT_COLUMNS
from qa_service.knowledge.exchange.rows.unit_columns import InvalidUnitsError, read_named_unit
from qa_service.vocabulary import ImportOutcome, UnitLevel

_COLUMN_OF = {"is_default": "default", "person_in_charge": "person"}
_FIELD_OF = {column.name: column.name for column in UNIT_COLUMNS} | {
    column: field for field, column in _COLUMN_OF.items()
}
_RANKS = {level: rank for rank, level in enumerate(UnitLevel)}


def import_units(
    session: Session,
    rows: Iterable[SourceRow],
    *,
    actor: Actor,
    now: datetime,
    keep_good_rows: bool = False,
) -> ImportReport:
    """Add and change units by the rows of a file and return their report.

    A row belongs to the unit of its key, or without a key to the one of its name; columns
    the file lacks stay as they are. Units of a higher level are stored first, because others
    may name them as parent. Raises UnreadableFileError, NotPermittedError, and
    ImportRefusedError if a row was refused, unless ``keep_good_rows``; the caller rolls back.
    """
    reports: list[RowReport] = []
    parsed: list[tuple[SourceRow, UnitContent]] = []
    for row in rows:
        try:
            parsed.append((row, read_named_unit(row)))
        except InvalidUnitsError as error:
            reports.append(refused_row(row, error.problems))
    row_of: dict[str, int] = {}
    for row, content in sorted(parsed, key=lambda one: _RANKS[one[1].level]):
        try:
            reports.append(_store_unit(session, row, content, row_of, actor=actor, now=now))
        except QAServiceError as error:
            reports.append(_refusal(row, error, UNIT_COLUMNS, content.key))
    reports.sort(key=lambda report: report.row)
    return close_report(reports, keep_good_rows=keep_good_rows)


def import_areas(
    session: Session,
    rows: Iterable[SourceRow],
    *,
    actor: Actor,
    now: datetime,
    keep_good_rows: bool = False,
) -> ImportReport:
    """Add and change policy areas by the rows of a file; see ``import_units``."""
    reports = []
    for row in rows:
        try:
            reports.append(_store_area(session, row, actor=actor, now=now))
        except QAServiceError as error:
            reports.append(_refusal(row, error, AREA_COLUMNS))
    return close_report(reports, keep_good_rows=keep_good_rows)


def _store_unit(
    session: Session,
    row: SourceRow,
    content: UnitContent,
    row_of: dict[str, int],
    *,
    actor: Actor,
    now: datetime,
) -> RowReport:
    units = list_units(session)
    known = _unit_of(content, units)
    if known is not None:
        content = _kept(row, content, unit_content(session, known))
    content = _with_keys(session, content, units)
    if known is None:
        stored = add_unit(session, content, actor=actor, now=now)
        outcome = ImportOutcome.ADDED
    else:
        before = unit_content(session, known)
        stored = change_unit(session, content, actor=actor, now=now)
        is_same = before == unit_content(session, stored)
        outcome = ImportOutcome.UNCHANGED if is_same else ImportOutcome.CHANGED
    if stored.key in row_of:
        message = f"与第{row_of[stored.key]}行是同一个单位，请删去一行"
        raise InvalidUnitsError(message, problems=(FieldProblem("name", message),))
    row_of[stored.key] = row.number
    return RowReport(row.number, outcome, stored.key)


def _store_area(session: Session, row: SourceRow, *, actor: Actor, now: datetime) -> RowReport:
    content = read_area(row)
    areas = {area.key: (area.name, area.position) for area in list_areas(session)}
    if content.key not in areas:
        add_area(session, content, actor=actor, now=now)
        return RowReport(row.number, ImportOutcome.ADDED, content.key)
    area = change_area(session, content, actor=actor, now=now)
    is_same = areas[content.key] == (area.name, area.position)
    outcome = ImportOutcome.UNCHANGED if is_same else ImportOutcome.CHANGED
    return RowReport(row.number, outcome, content.key)


def _unit_of(content: UnitContent, units: Iterable[Unit]) -> Unit | None:
    """Return the stored unit a row belongs to, or None for a new one."""
    if content.key:
        return next((unit for unit in units if unit.key == content.key), None)
    return next((unit for unit in units if unit.name == content.name), None)


def _kept(row: SourceRow, content: UnitContent, stored: UnitContent) -> UnitContent:
    """Return ``content`` with the stored values of the columns that the file lacks."""
    missing = {
        field: getattr(stored, field)
        for column, field in _FIELD_OF.items()
        if column_name(row, UNIT_COLUMNS, column) not in row.values
    }
    return replace(content, **{**missing, "key": stored.key})


def _with_keys(session: Session, content: UnitContent, units: Iterable[Unit]) -> UnitContent:
    """Return ``content`` with the names of areas and of the parent replaced by keys."""
    areas: Mapping[str, str] = {area.name: area.key for area in list_areas(session)}
    parents = {unit.name: unit.key for unit in units}
    return replace(
        content,
        fields=tuple(areas.get(name, name) for name in content.fields),
        parent=parents.get(content.parent, content.parent) if content.parent else None,
    )


def _refusal(
    row: SourceRow, error: QAServiceError, columns: tuple[Column, ...], key: str = ""
) -> RowReport:
    """Return the report of a row that was refused for ``error``."""
    problems = error.problems or (FieldProblem("name", error.message),)
    named = (
        FieldProblem(
            column_name(row, columns, _COLUMN_OF.get(problem.field, problem.field)),
            problem.message,
        )
        for problem in problems
    )
    return refused_row(row, named, key)
