"""Source of the figure of tellings: each time an answer of the bank was told.

Tellings are counted by pair, of which few are told, before the pair's unit and area are looked
up: looking them up for each telling is many times slower. Each pair's are counted in an index
that begins with the pair, so that nothing is sorted.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, ScalarSelect, Select, literal
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func

from qa_service.accounts.models import Unit
from qa_service.consultation.models import Choice, Consultation
from qa_service.knowledge.models import QAPair
from qa_service.reporting.figures.contract import Figure, Part, SourceRow, Tallies, Tally
from qa_service.reporting.figures.scope import Dimension, Scope
from qa_service.reporting.figures.sources.sql_source import Expression, ShownAs, SQLSource
from qa_service.storage.dates import beijing_date, beijing_hour


def _joined(statement: Select[Any]) -> Select[Any]:
    return _asked(statement).join(QAPair, col(QAPair.id) == Choice.pair_id)


def _asked(statement: Select[Any]) -> Select[Any]:
    asked = col(Consultation.id) == Choice.consultation_id
    return statement.select_from(Choice).join(Consultation, asked)


def _told_then(scope: Scope) -> list[ColumnElement[bool]]:
    at = col(Choice.created_at)
    is_then = (at >= scope.period.begins_at, at < scope.period.ends_at)
    return [*is_then, col(Choice.pair_id).is_not(None)]


_BY_ROW = SQLSource(
    key="tellings",
    label="本期告知库中答复的记录（按告知时间，已撤销的不算），按问答现承办单位归属",
    joined=_joined,
    held=_told_then,
    shown=ShownAs(
        col(Choice.consultation_id),
        col(Consultation.question),
        col(Choice.created_at),
        "/consultations/{}/record",
    ),
    unit=col(QAPair.unit_id),
    area=col(QAPair.area),
    channel=col(Consultation.channel),
    at=col(Choice.created_at),
)


class TellingSource:
    """The tellings of a period: counted by pair, listed one by one."""

    key = _BY_ROW.key
    label = _BY_ROW.label
    is_present = False
    dimensions = _BY_ROW.dimensions

    def count(
        self, session: Session, scope: Scope, figures: Sequence[Figure], by: Dimension | None
    ) -> Tallies:
        """Return the number of tellings, the same for each of ``figures``."""
        if scope.only:
            return _BY_ROW.count(session, scope, figures, by)
        counted = _by_time if by in _TIMES else _by_pair
        return {
            "" if key is None else key: {figure.name: Tally(times) for figure in figures}
            for key, times in session.execute(counted(scope, by)).all()
            if times
        }

    def rows(
        self,
        session: Session,
        scope: Scope,
        figure: Figure,
        part: Part,
        *,
        skip: int = 0,
        limit: int = 50,
    ) -> list[SourceRow]:
        """Return the tellings by time."""
        return _BY_ROW.rows(session, scope, figure, part, skip=skip, limit=limit)


def times_told(scope: Scope) -> ScalarSelect[int]:
    """Return how often the pair of a query was told in the period."""
    at = col(Choice.created_at)
    told = sa_select(func.count()).where(
        col(Choice.pair_id) == QAPair.id,
        at >= scope.period.begins_at,
        at < scope.period.ends_at,
    )
    return told.correlate(QAPair).scalar_subquery()


_KEYS: dict[Dimension | None, Expression] = {
    None: literal(""),
    Dimension.UNIT: col(Unit.key),
    Dimension.FIELD: col(QAPair.area),
}
"""What each pair's tellings are added up by."""
_TIMES: dict[Dimension | None, Expression] = {
    Dimension.DAY: beijing_date(col(Choice.created_at)),
    Dimension.HOUR: beijing_hour(col(Choice.created_at)),
    Dimension.CHANNEL: col(Consultation.channel),
}
"""What tellings have themselves, so that they are counted without their pairs."""


def _by_pair(scope: Scope, by: Dimension | None) -> Select[Any]:
    """Return the statement of the tellings by what their pairs have."""
    told = _ever_told()
    columns: list[Expression] = [_KEYS[by].label("told_key"), func.sum(times_told(scope))]
    statement = (
        sa_select(*columns)
        .select_from(told)
        .join(QAPair, col(QAPair.id) == told.c.pair_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(*_of_scope(scope))
    )
    return statement.group_by("told_key")


def _by_time(scope: Scope, by: Dimension | None) -> Select[Any]:
    """Return the statement of the tellings by their day or hour, or by the channel of the call."""
    columns: list[Expression] = [_TIMES[by].label("told_key"), func.count()]
    statement = sa_select(*columns).where(*_told_then(scope))
    if by is Dimension.CHANNEL:
        statement = _asked(statement)
    if scope.unit or scope.area:
        pairs = sa_select(col(QAPair.id)).where(*_of_scope(scope))
        statement = statement.where(col(Choice.pair_id).in_(pairs))
    return statement.group_by("told_key")


def _ever_told() -> CTE:
    """Return the ids of the pairs ever told, and NULL.

    Each is the next in the index after the one before, so that neither all pairs nor all
    tellings are read.
    """
    first = sa_select(func.min(col(Choice.pair_id)).label("pair_id"))
    told = first.cte("told", recursive=True)
    later = aliased(Choice)
    following = sa_select(func.min(col(later.pair_id))).where(col(later.pair_id) > told.c.pair_id)
    next_told = sa_select(following.correlate(told).scalar_subquery())
    return told.union_all(next_told.where(told.c.pair_id.is_not(None)))


def _of_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions on the pairs whose tellings are counted."""
    conditions = []
    if scope.unit:
        conditions.append(col(QAPair.unit_id) == scope.unit_id)
    if scope.area:
        conditions.append(col(QAPair.area) == scope.area)
    return conditions


TELLINGS = TellingSource()
