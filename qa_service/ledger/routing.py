"""Routing of an unanswered question to the responsible unit."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit, UnitArea
from qa_service.accounts.units import successor
from qa_service.errors import ConfigurationError
from qa_service.vocabulary import AreaKey, RoutedBy


@dataclass(frozen=True, slots=True)
class Route:
    """The unit a question is assigned to, and the rule that decided it."""

    unit_id: int
    routed_by: RoutedBy


def route(session: Session, *, area: AreaKey | None, nearest_unit: str | None) -> Route:
    """Return the lead unit of ``area``, else the owner of the nearest pair, else the default.

    ``nearest_unit`` is a unit's key; a merged unit stands for the one it went into. Raises
    ConfigurationError when the directory of units names no default (政务服务办).
    """
    if area is not None:
        lead = select(Unit.id).join(UnitArea, col(UnitArea.unit_id) == Unit.id)
        unit_id = session.exec(lead.where(UnitArea.area == area, Unit.is_active)).first()
        if unit_id is not None:
            return Route(unit_id, RoutedBy.FIELD)
    if nearest_unit is not None:
        unit = session.exec(select(Unit).where(Unit.key == nearest_unit)).first()
        unit = successor(session, unit) if unit is not None else None
        if unit is not None and unit.id is not None and unit.is_active:
            return Route(unit.id, RoutedBy.NEAREST_PAIR)
    unit_id = session.exec(select(Unit.id).where(Unit.is_default)).first()
    if unit_id is None:
        raise ConfigurationError("单位名录中没有指定默认承办单位，请先导入 units.jsonl")
    return Route(unit_id, RoutedBy.DEFAULT)
