"""The directory of units (单位名录): its reading, and what is written into it unchecked."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import delete, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit, UnitArea
from qa_service.errors import NotFoundError
from qa_service.storage.engine import read_columns
from qa_service.vocabulary import AreaKey, UnitLevel


class UnitNotFoundError(NotFoundError):
    """No unit has this key, or it is no longer in use."""

    code = "unit_not_found"
    title = "没有这个单位"


@dataclass(frozen=True, slots=True)
class UnitContent:
    """The content of a unit's entry in the directory; ``parent`` is the key of another unit."""

    key: str
    name: str
    fields: tuple[AreaKey, ...] = ()
    is_default: bool = False
    email: str | None = None
    level: UnitLevel = UnitLevel.DISTRICT
    parent: str | None = None
    person_in_charge: str | None = None
    phone: str | None = None


def store_unit(session: Session, content: UnitContent) -> bool:
    """Store a unit that leads exactly ``content.fields``; return whether anything changed.

    An area has one lead unit and the directory one default unit: the last one stored replaces
    the one before. Raises UnitNotFoundError for an unknown parent.
    """
    unit = session.exec(select(Unit).where(Unit.key == content.key)).one_or_none()
    before = unit_content(session, unit) if unit is not None else None
    if unit is None:
        unit = Unit(key=content.key, name=content.name)
    unit.name, unit.is_default, unit.email = content.name, content.is_default, content.email
    unit.level, unit.phone = content.level, content.phone
    unit.person_in_charge = content.person_in_charge
    unit.parent_id = find_unit(session, content.parent).id if content.parent else None
    session.add(unit)
    session.flush()
    if unit.is_default:
        others = update(Unit).where(col(Unit.id) != unit.id, col(Unit.is_default))
        session.execute(others.values(is_default=False))
    if before is None or set(before.fields) != set(content.fields):
        _lead(session, unit, content.fields)
    return before is None or before != unit_content(session, unit)


def unit_content(session: Session, unit: Unit) -> UnitContent:
    """Return the directory's entry of a stored unit, its areas in their order."""
    parent = session.get(Unit, unit.parent_id) if unit.parent_id is not None else None
    return UnitContent(
        key=unit.key,
        name=unit.name,
        fields=led_areas(session, unit),
        is_default=unit.is_default,
        email=unit.email,
        level=unit.level,
        parent=parent.key if parent else None,
        person_in_charge=unit.person_in_charge,
        phone=unit.phone,
    )


def led_areas(session: Session, unit: Unit) -> tuple[AreaKey, ...]:
    """Return the keys of the areas the unit leads, sorted."""
    statement = select(UnitArea.area).where(UnitArea.unit_id == unit.id)
    return tuple(sorted(session.exec(statement).all()))


_LEADS = sa_select(col(UnitArea.area), col(Unit.key)).join_from(
    UnitArea, Unit, col(Unit.id) == UnitArea.unit_id
)
_NAMES = sa_select(col(Unit.id), col(Unit.key), col(Unit.name)).order_by(col(Unit.name))


class UnitName(NamedTuple):
    """A unit as lists of figures need it."""

    unit_id: int
    key: str
    name: str


def unit_names(session: Session) -> list[UnitName]:
    """Return ids, keys and names of the units, ordered by name."""
    return [UnitName(*row) for row in read_columns(session, _NAMES)]


def area_leads(session: Session) -> dict[AreaKey, str]:
    """Return the key of the unit that leads each area."""
    return dict(read_columns(session, _LEADS).all())


def find_unit(session: Session, key: str) -> Unit:
    """Return the unit of this key, in use or not; raises UnitNotFoundError."""
    unit = session.exec(select(Unit).where(Unit.key == key)).one_or_none()
    if unit is None:
        raise UnitNotFoundError(f"没有承办单位“{key}”，请从单位名录中选择")
    return unit


def find_active_unit(session: Session, key: str) -> Unit:
    """Return the unit of this key that is in use; raises UnitNotFoundError."""
    unit = find_unit(session, key)
    if not unit.is_active:
        raise UnitNotFoundError(f"单位“{unit.name}”已停用，请从单位名录中另选")
    return unit


def list_units(session: Session, *, active_only: bool = False) -> list[Unit]:
    """Return the units, ordered by name."""
    statement = select(Unit).order_by(Unit.name)
    if active_only:
        statement = statement.where(col(Unit.is_active))
    return list(session.exec(statement).all())


def successor(session: Session, unit: Unit) -> Unit:
    """Return the unit that took over the tasks of a merged one; else ``unit`` itself."""
    # A merge leads to a unit in use, so the chain has an end.
    while unit.merged_into_id is not None:
        unit = session.get_one(Unit, unit.merged_into_id)
    return unit


def ranks_above(unit: Unit, other: Unit) -> bool:
    """Return whether the level of ``unit`` is above that of ``other``."""
    order = list(UnitLevel)
    return order.index(unit.level) < order.index(other.level)


def unit_id(unit: Unit) -> int:
    """Return the id of a stored unit."""
    if unit.id is None:
        raise ValueError("unit was not flushed")
    return unit.id


def _lead(session: Session, unit: Unit, fields: tuple[AreaKey, ...]) -> None:
    session.execute(delete(UnitArea).where(col(UnitArea.unit_id) == unit.id))
    session.execute(delete(UnitArea).where(col(UnitArea.area).in_(fields)))
    session.add_all(UnitArea(area=area, unit_id=unit_id(unit)) for area in fields)
    session.flush()
