"""The form of a unit's entry in the directory, and the rows of the directory page."""

from dataclasses import dataclass, field
from typing import Self

from sqlmodel import Session

from qa_service.accounts.areas import area_names
from qa_service.accounts.models import Unit
from qa_service.accounts.units import (
    UnitContent,
    UnitNotFoundError,
    led_areas,
    list_units,
    unit_content,
)
from qa_service.vocabulary import AreaKey, UnitLevel
from qa_service.web.kit.forms import SubmittedForm, member_or_none


@dataclass(frozen=True, slots=True)
class UnitForm:
    """The fields as typed."""

    key: str = ""
    name: str = ""
    level: str = UnitLevel.DISTRICT.value
    parent: str = ""
    fields: tuple[AreaKey, ...] = field(default=())
    person_in_charge: str = ""
    phone: str = ""
    email: str = ""
    is_default: bool = False

    @classmethod
    def empty(cls) -> Self:
        """Return the form of a new unit."""
        return cls()

    @classmethod
    def submitted(cls, form: SubmittedForm) -> Self:
        """Return the submitted form."""
        return cls(
            key=form.text("key"),
            name=form.text("name"),
            level=form.text("level"),
            parent=form.text("parent"),
            fields=form.texts("fields"),
            person_in_charge=form.text("person_in_charge"),
            phone=form.text("phone"),
            email=form.text("email"),
            is_default=form.text("is_default") == "yes",
        )

    @classmethod
    def stored(cls, session: Session, unit: Unit) -> Self:
        """Return the form filled with a stored unit."""
        content = unit_content(session, unit)
        return cls(
            key=content.key,
            name=content.name,
            level=content.level.value,
            parent=content.parent or "",
            fields=content.fields,
            person_in_charge=content.person_in_charge or "",
            phone=content.phone or "",
            email=content.email or "",
            is_default=content.is_default,
        )

    def content(self, *, key: str | None = None) -> UnitContent:
        """Return the entry typed, of the unit ``key`` or of a new one."""
        return UnitContent(
            key=self.key if key is None else key,
            name=self.name,
            fields=self.fields,
            is_default=self.is_default,
            email=self.email or None,
            level=member_or_none(UnitLevel, self.level) or UnitLevel.DISTRICT,
            parent=self.parent or None,
            person_in_charge=self.person_in_charge or None,
            phone=self.phone or None,
        )


@dataclass(frozen=True, slots=True)
class DirectoryRow:
    """One unit as the directory page lists it."""

    unit: Unit
    parent: str
    areas: str
    merged_into: str


def directory_rows(session: Session) -> list[DirectoryRow]:
    """Return the units by level, those in use first, then by name."""
    units, names = list_units(session), area_names(session)
    name_of = {unit.id: unit.name for unit in units}
    order = list(UnitLevel)
    rows = [
        DirectoryRow(
            unit,
            name_of.get(unit.parent_id, "") if unit.parent_id else "",
            "、".join(names.get(area, area) for area in led_areas(session, unit)),
            name_of.get(unit.merged_into_id, "") if unit.merged_into_id else "",
        )
        for unit in units
    ]
    return sorted(rows, key=lambda row: (not row.unit.is_active, order.index(row.unit.level)))


def find_by_id(session: Session, unit_id: int) -> Unit:
    """Return the unit of this id; raises UnitNotFoundError."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise UnitNotFoundError(f"没有编号为 {unit_id} 的单位")
    return unit
