"""Questions asked in vain that no task answers (未列任务的知识缺口), by unit and area.

They have no limit until they are made a task; the list says so instead of leaving them out. Their
words stand on the page of gaps alone.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, column, false, func
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col

from qa_service.accounts.models import Unit, UnitArea
from qa_service.clock import beijing_day
from qa_service.consultation.gap_tasks import is_untasked
from qa_service.consultation.models import Consultation
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.inspection.content import CrossOffLine
from qa_service.reporting.inspection.crossing_off import CrossOffKind, Listed, Source
from qa_service.reporting.inspection.lists import Names

_UNIT = "gap_unit_id"


def _rows(scope: Scope) -> Select[*tuple[Any, ...]]:
    asked_at = col(Consultation.created_at)
    counted = (
        sa_select(
            col(Consultation.area).label("area"),
            col(Consultation.nearest_unit).label("near"),
            func.count().label("times"),
            func.min(asked_at).label("first"),
        )
        .where(asked_at >= scope.period.begins_at, asked_at < scope.period.ends_at, is_untasked())
        .group_by(col(Consultation.area), col(Consultation.nearest_unit))
        .subquery()
    )
    lead, near = aliased(Unit), aliased(Unit)
    # As an entry would be routed: to the lead of the area, the unit of the nearest pair, the last
    # resort. A merged unit stands for the one it went into.
    found = case((col(near.is_active), near.id), else_=near.merged_into_id)
    default = sa_select(col(Unit.id)).where(col(Unit.is_default)).limit(1).scalar_subquery()
    leads = and_(lead.id == UnitArea.unit_id, lead.is_active)
    placed = (
        sa_select(
            func.coalesce(lead.id, found, default).label(_UNIT),
            counted.c.area,
            counted.c.times,
            counted.c.first,
        )
        .select_from(counted)
        .outerjoin(UnitArea, col(UnitArea.area) == counted.c.area)
        .outerjoin(lead, leads)
        .outerjoin(near, col(near.key) == counted.c.near)
        .subquery()
    )
    unit = placed.c[_UNIT]
    summed = (
        sa_select(
            unit,
            placed.c.area,
            func.sum(placed.c.times).label("times"),
            func.min(placed.c.first).label("first"),
        )
        .group_by(unit, placed.c.area)
        .subquery()
    )
    return sa_select(summed).order_by(summed.c.times.desc(), summed.c[_UNIT], summed.c.area)


def _is_done(_scope: Scope) -> ColumnElement[bool]:
    return false()


def _lines(_session: Session, rows: Sequence[Any], _scope: Scope, names: Names) -> Iterator[Listed]:
    for unit_id, area, times, first in rows:
        field = names.area(area) or "未选领域"
        line = CrossOffLine(
            kind=CrossOffKind.UNTASKED_GAP.label,
            matter=f"{field}：{times} 件咨询库中没有答复、也未登记，尚未列为任务，没有时限",
            unit=names.unit(unit_id),
            in_charge=names.in_charge(unit_id),
            opened_on=beijing_day(first),
            limit_on=None,
            done_on=None,
            evidence="",
        )
        yield Listed(line, "/coverage/gaps")


UNTASKED_GAPS = Source(
    frozenset({CrossOffKind.UNTASKED_GAP}), _rows, column(_UNIT), _is_done, _lines
)
