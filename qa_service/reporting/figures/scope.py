"""The part of the records a report is about: period, unit and area, at a moment."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func

from qa_service.accounts.areas import find_area
from qa_service.accounts.units import find_unit
from qa_service.clock import beijing_day
from qa_service.consultation.models import Consultation
from qa_service.knowledge.coverage.counting import PublishedCounts
from qa_service.ledger.models import LedgerEntry
from qa_service.reporting.figures.period import Period
from qa_service.storage.engine import read_columns
from qa_service.vocabulary import AreaKey, LabelledEnum
from qa_service.workdays.calendar import WorkCalendar

Key = str | int | date
"""A value of a dimension: key of a unit or area, channel, day or hour; "" where there is none."""


_Only = tuple["Dimension", Key] | None
Records = tuple[Period, date, str | None, int | None, AreaKey | None, _Only]
"""What selects the records of a scope; see ``Scope.records``."""


class Dimension(LabelledEnum):
    """A way to break figures down."""

    UNIT = "unit", "承办单位"
    FIELD = "field", "领域"
    CHANNEL = "channel", "受理渠道"
    DAY = "day", "日期"
    HOUR = "hour", "时段"


@dataclass(frozen=True, slots=True)
class Scope:
    """The records a report is about, as of ``now``.

    ``unit`` and ``area`` are keys, None for all; ``unit_id`` is the id of ``unit``. ``only`` is one
    value of a dimension, for the rows behind a cell of a breakdown. ``published`` keeps the counts
    of published pairs from one report to the next. ``recorded_since`` is the day of the first
    question or entry, None where there is none.
    """

    period: Period
    now: datetime
    calendar: WorkCalendar
    unit: str | None = None
    unit_id: int | None = None
    area: AreaKey | None = None
    only: tuple[Dimension, Key] | None = None
    published: PublishedCounts | None = None
    recorded_since: date | None = None

    @property
    def today(self) -> date:
        """Return the day in Beijing at ``now``."""
        return beijing_day(self.now)

    @property
    def records(self) -> Records:
        """Return all that conditions on records are made of: equal ones select the same."""
        return self.period, self.today, self.unit, self.unit_id, self.area, self.only

    @property
    def last_expired(self) -> date:
        """Return the last day of the period that is over: a limit that ends on it has expired."""
        return min(self.period.last, self.today - timedelta(days=1))

    @property
    def is_recorded(self) -> bool:
        """Whether the period is one the records reach into: not before the first, not ahead."""
        first = self.recorded_since
        is_begun = first is not None and first <= self.period.last
        return is_begun and self.period.first <= self.today

    def before(self) -> "Scope":
        """Return the same records of the period before."""
        return replace(self, period=self.period.before())


def open_scope(
    session: Session,
    period: Period,
    *,
    now: datetime,
    calendar: WorkCalendar,
    unit: str | None = None,
    area: AreaKey | None = None,
    only: tuple[Dimension, Key] | None = None,
    published: PublishedCounts | None = None,
) -> Scope:
    """Return the scope; raises UnitNotFoundError and AreaNotFoundError for unknown keys."""
    if only and only[1] and only[0] is Dimension.UNIT:
        unit, only = str(only[1]), None
    elif only and only[1] and only[0] is Dimension.FIELD:
        area, only = str(only[1]), None
    unit_id = find_unit(session, unit).id if unit else None
    if area:
        find_area(session, area)
    return Scope(
        period,
        now,
        calendar,
        unit or None,
        unit_id,
        area or None,
        only,
        published,
        _first_recorded(session),
    )


_FIRSTS = sa_select(
    sa_select(func.min(col(Consultation.created_at))).scalar_subquery(),
    sa_select(func.min(col(LedgerEntry.received_at))).scalar_subquery(),
)


def _first_recorded(session: Session) -> date | None:
    """Return the day in Beijing of the first question or entry."""
    found = [first for first in read_columns(session, _FIRSTS).one() if first is not None]
    return beijing_day(min(found)) if found else None
