"""The directory of units (单位名录) and the policy areas they lead."""

from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit, UnitArea
from qa_service.errors import NotFoundError
from qa_service.vocabulary import PolicyArea


class UnitNotFoundError(NotFoundError):
    """No unit has this key."""

    code = "unit_not_found"
    title = "没有这个单位"


@dataclass(frozen=True, slots=True)
class UnitContent:
    """The content of a unit's entry in the directory."""

    key: str
    name: str
    fields: tuple[PolicyArea, ...] = ()
    is_default: bool = False
    email: str | None = None


def store_unit(session: Session, content: UnitContent) -> bool:
    """Store a unit that leads exactly ``content.fields``; return whether anything changed.

    An area has one lead unit and the directory one default unit: the last one stored replaces
    the one before.
    """
    unit = session.exec(select(Unit).where(Unit.key == content.key)).one_or_none()
    if unit is None:
        unit = Unit(key=content.key, name=content.name)
    before = (unit.id, unit.name, unit.is_default, unit.email, _led_areas(session, unit))
    unit.name, unit.is_default, unit.email = content.name, content.is_default, content.email
    session.add(unit)
    session.flush()
    if unit.is_default:
        others = update(Unit).where(col(Unit.id) != unit.id, col(Unit.is_default))
        session.execute(others.values(is_default=False))
    after = (unit.id, unit.name, unit.is_default, unit.email, frozenset(content.fields))
    if before != after:
        _lead(session, unit, content.fields)
    return before != after


def find_unit(session: Session, key: str) -> Unit:
    """Return the unit of this key; raises UnitNotFoundError."""
    unit = session.exec(select(Unit).where(Unit.key == key)).one_or_none()
    if unit is None:
        raise UnitNotFoundError(f"没有承办单位“{key}”，请从单位名录中选择")
    return unit


def list_units(session: Session) -> list[Unit]:
    """Return every unit, ordered by name."""
    return list(session.exec(select(Unit).order_by(Unit.name)).all())


def _led_areas(session: Session, unit: Unit) -> frozenset[PolicyArea]:
    statement = select(UnitArea.area).where(UnitArea.unit_id == unit.id)
    return frozenset(PolicyArea(area) for area in session.exec(statement).all())


def _lead(session: Session, unit: Unit, fields: tuple[PolicyArea, ...]) -> None:
    if unit.id is None:
        raise ValueError("unit was not flushed")
    session.execute(delete(UnitArea).where(col(UnitArea.unit_id) == unit.id))
    session.execute(delete(UnitArea).where(col(UnitArea.area).in_(fields)))
    session.add_all(UnitArea(area=area, unit_id=unit.id) for area in fields)
    session.flush()
