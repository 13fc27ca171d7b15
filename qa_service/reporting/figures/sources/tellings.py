"""Source of the figure of tellings: each time an answer of the bank was told.

Tellings are counted by pair, of which few are told, before the pair's unit and area are looked
up: looking them up for each telling is many times slower. Each pair's are counted in an index
that begins with the pair, so that nothing is sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, ScalarSelect, Select, and_, literal, or_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func

from qa_service.accounts.models import Unit
from qa_service.consultation.models import Choice, Consultation
from qa_service.knowledge.models import QAPair
from qa_service.reporting.figures.contract import Figure, Part, SourceRow, Tallies, Tally
from qa_service.reporting.figures.period import Period
from qa_service.reporting.figures.scope import Dimension, Key, Scope
from qa_service.reporting.figures.sources.sql_source import Expression, ShownAs, SQLSource
from qa_service.storage.dates import beijing_date, beijing_hour
from qa_service.vocabulary import AreaKey


def _joined(statement: Select[Any]) -> Select[Any]:
    return _asked(statement).join(QAPair, col(QAPair.id) == Choice.pair_id)


def _asked(statement: Select[Any]) -> Select[Any]:
    asked = col(Consultation.id) == Choice.consultation_id
    return statement.select_from(Choice).join(Consultation, asked)


def _told_then(scope: Scope) -> list[ColumnElement[bool]]:
    return [_is_in(scope.period), col(Choice.pair_id).is_not(None)]


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
        self,
        session: Session,
        scopes: Sequence[Scope],
        figures: Sequence[Figure],
        by: Dimension | None = None,
    ) -> list[Tallies]:
        """Return the number of tellings, the same for each of ``figures``."""
        if scopes[0].only:
            return _BY_ROW.count(session, scopes, figures, by)
        found: list[dict[Key, dict[str, Tally]]] = [{} for _ in scopes]
        for key, *counts in session.execute(_counted(_Wanted.of(scopes), by)).all():
            for held, times in zip(found, counts, strict=True):
                if times:
                    tally = Tally(times)
                    held["" if key is None else key] = {one.name: tally for one in figures}
        return list(found)

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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The periods whose tellings are counted, and the unit and area that all have in common."""

    periods: tuple[Period, ...]
    unit_id: int | None
    area: AreaKey | None

    @classmethod
    def of(cls, scopes: Sequence[Scope]) -> "_Wanted":
        """Return what selects the tellings of ``scopes``."""
        return cls(tuple(one.period for one in scopes), scopes[0].unit_id, scopes[0].area)


@lru_cache(maxsize=100)
def _counted(wanted: _Wanted, by: Dimension | None) -> Select[Any]:
    """Return the statement of the tellings by key, with a count for each period.

    It is kept, since it takes longer to build than to answer.
    """
    return _by_time(wanted, by) if by in _TIMES else _by_pair(wanted, by)


def _by_pair(wanted: _Wanted, by: Dimension | None) -> Select[Any]:
    """Return the statement of the tellings by what their pairs have."""
    told = _ever_told()
    sums = [func.sum(_times_told(period)) for period in wanted.periods]
    columns: list[Expression] = [_KEYS[by].label("told_key"), *sums]
    statement = (
        sa_select(*columns)
        .select_from(told)
        .join(QAPair, col(QAPair.id) == told.c.pair_id)
        .join(Unit, col(Unit.id) == QAPair.unit_id)
        .where(*_of_pairs(wanted))
    )
    return statement.group_by("told_key")


def _times_told(period: Period) -> ScalarSelect[int]:
    """Return how often the pair of a query was told in the period."""
    told = sa_select(func.count()).where(col(Choice.pair_id) == QAPair.id, _is_in(period))
    return told.correlate(QAPair).scalar_subquery()


def _by_time(wanted: _Wanted, by: Dimension | None) -> Select[Any]:
    """Return the statement of the tellings by their day or hour, or by the channel of the call."""
    are_in = [_is_in(period) for period in wanted.periods]
    columns: list[Expression] = [
        _TIMES[by].label("told_key"),
        *(func.count().filter(is_in) for is_in in are_in),
    ]
    statement = sa_select(*columns).where(or_(*are_in), col(Choice.pair_id).is_not(None))
    if by is Dimension.CHANNEL:
        statement = _asked(statement)
    if wanted.unit_id is not None or wanted.area:
        pairs = sa_select(col(QAPair.id)).where(*_of_pairs(wanted))
        statement = statement.where(col(Choice.pair_id).in_(pairs))
    return statement.group_by("told_key")


def _is_in(period: Period) -> ColumnElement[bool]:
    at = col(Choice.created_at)
    return and_(at >= period.begins_at, at < period.ends_at)


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


def _of_pairs(wanted: _Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions on the pairs whose tellings are counted."""
    conditions = []
    if wanted.unit_id is not None:
        conditions.append(col(QAPair.unit_id) == wanted.unit_id)
    if wanted.area:
        conditions.append(col(QAPair.area) == wanted.area)
    return conditions


TELLINGS = TellingSource()
