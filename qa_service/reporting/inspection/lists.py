"""The lists of an inspection package: overdue and returned entries, and what is crossed off."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_, select

from qa_service.accounts.areas import area_names
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sources import ledger_conditions as on
from qa_service.reporting.figures.working_time import WorkingTime
from qa_service.reporting.inspection.content import OverdueLine, ReturnedLine
from qa_service.vocabulary import Action, AreaKey


@dataclass(frozen=True, slots=True)
class Names:
    """Units by id and names of areas, as lists show them."""

    units: dict[int | None, Unit]
    areas: dict[AreaKey, str]

    @classmethod
    def of(cls, session: Session) -> "Names":
        """Return the names of now."""
        units = {unit.id: unit for unit in session.exec(select(Unit)).all()}
        return cls(units, area_names(session))

    def unit(self, unit_id: int | None) -> str:
        """Return the name of a unit; "" where there is none."""
        found = self.units.get(unit_id)
        return found.name if found else ""

    def in_charge(self, unit_id: int | None) -> str:
        """Return the person in charge (责任人) of a unit; "" where none is named."""
        found = self.units.get(unit_id)
        return (found.person_in_charge if found else None) or ""

    def area(self, key: AreaKey | None) -> str:
        """Return the name of an area; "" without one."""
        return self.areas.get(key, key) if key else ""


def overdue_lines(session: Session, scope: Scope, names: Names) -> tuple[OverdueLine, ...]:
    """Return the entries that missed their limit in the period, and those overdue at its end."""
    missed = on.expired(scope) & ~on.in_time(scope)
    waits = on.waiting(scope) & on.is_overdue(scope)
    columns = (
        col(LedgerEntry.number),
        col(LedgerEntry.kind),
        col(LedgerEntry.area),
        col(LedgerEntry.unit_id),
        col(LedgerEntry.received_at),
        on.first_due,
        on.ended_at,
        col(LedgerEntry.state),
    )
    statement = sa_select(*columns).where(on.is_counted, or_(missed, waits))
    days = WorkingTime(scope.calendar)
    return tuple(
        OverdueLine(
            number=number,
            kind=kind.label,
            area=names.area(area),
            unit=names.unit(unit_id),
            received_on=beijing_day(received),
            due_on=due,
            ended_on=by_then(ended, scope),
            late_workdays=max(1, days.between(due, by_then(ended, scope) or last_day(scope))),
            state=state.label,
        )
        for number, kind, area, unit_id, received, due, ended, state in session.execute(
            statement.order_by(on.first_due, col(LedgerEntry.number))
        ).all()
    )


def returned_lines(session: Session, scope: Scope, names: Names) -> tuple[ReturnedLine, ...]:
    """Return the returns of the period, with the unit that returned the entry."""
    columns = (
        col(LedgerEntry.number),
        col(LedgerEntry.area),
        on.unit_then(),
        col(LedgerEvent.occurred_at),
        col(LedgerEvent.reason),
        col(LedgerEntry.unit_id),
        col(LedgerEntry.state),
    )
    statement = (
        sa_select(*columns)
        .join_from(LedgerEvent, LedgerEntry, col(LedgerEntry.id) == LedgerEvent.entry_id)
        .where(on.is_counted, on.moved(scope), col(LedgerEvent.verb) == Action.RETURN)
        .order_by(col(LedgerEvent.occurred_at), col(LedgerEvent.id))
    )
    return tuple(
        ReturnedLine(
            number=number,
            area=names.area(area),
            unit=names.unit(unit_id),
            returned_on=beijing_day(at),
            reason=reason,
            present_unit=names.unit(present),
            state=state.label,
        )
        for number, area, unit_id, at, reason, present, state in session.execute(statement).all()
    )


def by_then(at: datetime | None, scope: Scope) -> date | None:
    """Return the day of an instant, if it lies before the end of the period."""
    return beijing_day(at) if at is not None and at < scope.period.ends_at else None


def last_day(scope: Scope) -> date:
    """Return the last day of the period, or today in one that is not over."""
    return min(scope.period.last, scope.today)
