"""The directory of units and the areas as XLSX files, which are also templates of their import."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

from sqlmodel import Session

from qa_service.accounts.areas import area_names, list_areas
from qa_service.accounts.units import list_units, unit_content
from qa_service.knowledge.exchange.directory.standing import IN_USE, RETIRED
from qa_service.knowledge.exchange.rows.area_columns import COLUMNS as AREA_COLUMNS
from qa_service.knowledge.exchange.rows.columns import Column
from qa_service.knowledge.exchange.rows.unit_columns import COLUMNS as UNIT_COLUMNS
from qa_service.knowledge.exchange.xlsx_writer import Cell, write_sheet


def directory_workbook(session: Session) -> bytes:
    """Return an XLSX file of all units, which can be changed and imported again."""
    return _sheet("单位名录", UNIT_COLUMNS, _unit_rows(session))


def areas_workbook(session: Session) -> bytes:
    """Return an XLSX file of all policy areas, which can be changed and imported again."""
    return _sheet("领域", AREA_COLUMNS, _area_rows(session))


def _sheet(title: str, columns: Sequence[Column], rows: Iterable[tuple[Cell, ...]]) -> bytes:
    held = BytesIO()
    write_sheet(held, title, [(column.label, column.width) for column in columns], rows)
    return held.getvalue()


def _unit_rows(session: Session) -> Iterator[tuple[Cell, ...]]:
    names = area_names(session)
    units = list_units(session)
    name_of = {unit.key: unit.name for unit in units}
    name_by_id = {unit.id: unit.name for unit in units}
    for unit in units:
        content = unit_content(session, unit)
        yield (
            content.key,
            content.name,
            content.level.label,
            name_of.get(content.parent, "") if content.parent else "",
            "、".join(names.get(area, area) for area in content.fields),
            "是" if content.is_default else "否",
            content.person_in_charge or "",
            content.phone or "",
            content.email or "",
            IN_USE if unit.is_active else RETIRED,
            name_by_id.get(unit.merged_into_id, "") if unit.merged_into_id else "",
        )


def _area_rows(session: Session) -> Iterator[tuple[Cell, ...]]:
    names = area_names(session)
    for area in list_areas(session):
        heir = names.get(area.merged_into, "") if area.merged_into else ""
        state = IN_USE if area.is_active else RETIRED
        yield area.key, area.name, area.position, state, heir
