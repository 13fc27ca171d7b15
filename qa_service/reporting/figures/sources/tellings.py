"""Source of the figure of tellings: each time an answer of the bank was told.

Tellings are counted by pair, of which there are few, before the pair's unit and area are looked
up: looking them up for each telling is many times slower. Each pair's are counted in an index
that begins with the pair, so that nothing is sorted.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, literal
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from qa_service.accounts.models import Unit
from qa_service.consultation.models import Choice, Consultation
from qa_service.knowledge.models import QAPair
from qa_service.reporting.figures.contract import Figure, Part, SourceRow, Tallies, Tally
from qa_service.reporting.figures.scope import Dimension, Key, Scope
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
        found: dict[Key, int] = {}
        places = _places(session, scope)
        for pair_id, key, times in session.execute(_by_pair(scope, by)).all():
            if pair_id in places:
                unit, area = places[pair_id]
                name = {Dimension.UNIT: unit, Dimension.FIELD: area}.get(by, key) if by else ""
                found[name] = found.get(name, 0) + times
        return {
            key: {figure.name: Tally(times) for figure in figures} for key, times in found.items()
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


def _by_pair(scope: Scope, by: Dimension | None) -> Select[Any]:
    at = col(Choice.created_at)
    keys: dict[Dimension | None, Expression] = {
        Dimension.DAY: beijing_date(at),
        Dimension.HOUR: beijing_hour(at),
        Dimension.CHANNEL: col(Consultation.channel),
    }
    if by not in keys:
        times = times_told(scope).label("times")
        counted = sa_select(col(QAPair.id), literal(""), times).subquery()
        return sa_select(counted).where(counted.c.times > 0)
    columns: list[Expression] = [col(Choice.pair_id), keys[by].label("told_key"), func.count()]
    statement = sa_select(*columns)
    if by is Dimension.CHANNEL:
        statement = _asked(statement)
    grouped = statement.where(*_told_then(scope)).group_by(col(Choice.pair_id))
    return grouped.group_by("told_key")


def _places(session: Session, scope: Scope) -> dict[int | None, tuple[str, str]]:
    """Return the unit and area of each pair in the scope."""
    statement = select(QAPair.id, Unit.key, QAPair.area).join(Unit, col(Unit.id) == QAPair.unit_id)
    return {
        pair_id: (unit, area)
        for pair_id, unit, area in session.exec(statement).all()
        if scope.unit in (None, unit) and scope.area in (None, area)
    }


TELLINGS = TellingSource()
