"""Routing of an unanswered question to the responsible unit."""

from dataclasses import dataclass

from sqlmodel import Session, select

from qa_service.accounts.models import Unit, UnitArea
from qa_service.accounts.units import find_unit
from qa_service.errors import ConfigurationError
from qa_service.vocabulary import PolicyArea, RoutedBy


@dataclass(frozen=True, slots=True)
class Route:
    """The unit a question is assigned to, and the rule that decided it."""

    unit_id: int
    routed_by: RoutedBy


def route(
    session: Session,
    *,
    area: PolicyArea | None,
    nearest_unit: str | None,
    chosen_unit: str | None = None,
) -> Route:
    """Return the unit chosen, else the lead unit of ``area``, else that of a likely near pair.

    The last resort is the default unit (政务服务办). Units are given by their keys. Raises
    UnitNotFoundError for a chosen one, and ConfigurationError when the directory of units
    names no default.
    """
    if chosen_unit:
        return Route(find_unit(session, chosen_unit).id or 0, RoutedBy.OPERATOR)
    if area is not None:
        unit_id = session.exec(select(UnitArea.unit_id).where(UnitArea.area == area)).first()
        if unit_id is not None:
            return Route(unit_id, RoutedBy.FIELD)
    if nearest_unit is not None:
        unit_id = session.exec(select(Unit.id).where(Unit.key == nearest_unit)).first()
        if unit_id is not None:
            return Route(unit_id, RoutedBy.NEAREST_PAIR)
    unit_id = session.exec(select(Unit.id).where(Unit.is_default)).first()
    if unit_id is None:
        raise ConfigurationError("单位名录中没有指定默认承办单位，请先导入 units.jsonl")
    return Route(unit_id, RoutedBy.DEFAULT)
