"""Routing of an unanswered question to the responsible unit."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit, UnitArea
from qa_service.accounts.units import find_active_unit, successor, unit_id
from qa_service.errors import ConfigurationError
from qa_service.vocabulary import AreaKey, RoutedBy


@dataclass(frozen=True, slots=True)
class Route:
    """The unit a question is assigned to, and the rule that decided it."""

    unit_id: int
    routed_by: RoutedBy


def route(
    session: Session,
    *,
    area: AreaKey | None,
    nearest_unit: str | None,
    chosen_unit: str | None = None,
) -> Route:
    """Return the unit chosen, else the lead unit of ``area``, else that of a likely near pair.

    The last resort is the default unit (政务服务办). Units are given by their keys; a merged
    unit stands for the one it went into. Raises UnitNotFoundError for a chosen one that is not
    in use, and ConfigurationError when the directory of units names no default.
    """
    if chosen_unit:
        return Route(unit_id(find_active_unit(session, chosen_unit)), RoutedBy.OPERATOR)
    if area is not None:
        lead = select(Unit.id).join(UnitArea, col(UnitArea.unit_id) == Unit.id)
        lead_id = session.exec(lead.where(UnitArea.area == area, Unit.is_active)).first()
        if lead_id is not None:
            return Route(lead_id, RoutedBy.FIELD)
    if nearest_unit is not None:
        unit = session.exec(select(Unit).where(Unit.key == nearest_unit)).first()
        unit = successor(session, unit) if unit is not None else None
        if unit is not None and unit.id is not None and unit.is_active:
            return Route(unit.id, RoutedBy.NEAREST_PAIR)
    default_id = session.exec(select(Unit.id).where(Unit.is_default)).first()
    if default_id is None:
        raise ConfigurationError("单位名录中没有指定默认承办单位，请先导入 units.jsonl")
    return Route(default_id, RoutedBy.DEFAULT)
