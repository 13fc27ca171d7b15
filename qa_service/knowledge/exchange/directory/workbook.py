"""The directory of units as an XLSX file, which is also the template of its import."""

from collections.abc import Iterator
from io import BytesIO

from sqlmodel import Session

from qa_service.accounts.areas import area_names
from qa_service.accounts.units import list_units, unit_content
from qa_service.knowledge.exchange.rows.unit_columns import COLUMNS
from qa_service.knowledge.exchange.xlsx_writer import Cell, write_sheet


def directory_workbook(session: Session) -> bytes:
    """Return an XLSX file of the units in use, which can be changed and imported again."""
    held = BytesIO()
    columns = [(column.label, column.width) for column in COLUMNS]
    write_sheet(held, "单位名录", columns, _rows(session))
    return held.getvalue()


def _rows(session: Session) -> Iterator[tuple[Cell, ...]]:
    names = area_names(session)
    units = list_units(session, active_only=True)
    name_of = {unit.key: unit.name for unit in units}
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
        )
