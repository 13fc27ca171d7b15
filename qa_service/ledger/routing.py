"""Routing of an unanswered question to the responsible unit."""

from dataclasses import dataclass

from sqlmodel import Session, select

from qa_service.accounts.models import Unit, UnitArea
from qa_service.errors import ConfigurationError
from qa_service.vocabulary import PolicyArea, RoutedBy


@dataclass(frozen=True, slots=True)
class Route:
    """The unit a question is assigned to, and the rule that decided it."""

    unit_id: int
    routed_by: RoutedBy


def route(session: Session, *, area: PolicyArea | None, nearest_unit: str | None) -> Route:
    """Return the lead unit of ``area``, else the owner of the nearest pair, else the default.

    ``nearest_unit`` is a unit's key. Raises ConfigurationError when the directory of
    units names no default (政务服务办).
    """
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
