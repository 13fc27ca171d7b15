"""A source of figures whose rows the database counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    false,
    func,
    literal,
    not_,
    true,
    union_all,
)
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from qa_service.accounts.areas import area_names
from qa_service.accounts.models import Unit
from qa_service.accounts.units import unit_names
from qa_service.ledger.models import LedgerEntry
from qa_service.reporting.figures.contract import (
    Figure,
    Measure,
    Part,
    SourceRow,
    Tallies,
    Tally,
)
from qa_service.reporting.figures.scope import Dimension, Key, Records, Scope
from qa_service.reporting.figures.sources.ledger_conditions import ended_at
from qa_service.reporting.figures.sources.sums import Summed, SumPlaces, Sums
from qa_service.reporting.figures.working_time import WorkingTime
from qa_service.storage.built_once import BuiltOnce
from qa_service.storage.dates import beijing_date, beijing_hour

_KEY = "figure_key"
"""Label by which rows are grouped; no column has this name, which PostgreSQL would prefer."""

Joined = Callable[[Select[Any]], Select[Any]]
Expression = ColumnElement[Any] | Mapped[Any]
"""A column of a table, or what is computed of columns."""


@dataclass(frozen=True, slots=True)
class ShownAs:
    """The columns by which a list shows a row; ``address`` is a page with ``{}`` for the id."""

    ident: Expression
    text: Expression
    at: Expression
    address: str
    joined: Joined = lambda statement: statement


@dataclass(frozen=True, slots=True)
class SQLSource:
    """Rows of tables joined by ``joined`` that ``held`` selects.

    ``unit`` is a unit's id, or its key if ``unit_is_key``. ``at`` is the instant by which rows
    are broken down by day and hour; without ``area`` or ``channel`` they have none. An index holds
    the rows by ``ordered_by`` and then by their unit, so that they are added up unsorted.
    """

    key: str
    label: str
    joined: Joined
    held: Callable[[Scope], Sequence[ColumnElement[bool]]]
    shown: ShownAs
    unit: Expression
    unit_is_key: bool = False
    area: Expression | None = None
    channel: Expression | None = None
    at: Expression | None = None
    is_present: bool = False
    ordered_by: tuple[Expression, ...] = ()

    @property
    def dimensions(self) -> frozenset[Dimension]:
        """The ways in which the rows can be broken down."""
        return frozenset(self._columns())

    def _columns(self) -> Mapping[Dimension, Expression]:
        columns: dict[Dimension, Expression] = {Dimension.UNIT: self.unit}
        if self.area is not None:
            columns[Dimension.FIELD] = self.area
        if self.channel is not None:
            columns[Dimension.CHANNEL] = self.channel
        if self.at is not None:
            columns |= {
                Dimension.DAY: beijing_date(self.at),
                Dimension.HOUR: beijing_hour(self.at),
            }
        return columns

    def has_rows_of(self, scope: Scope) -> bool:
        """Return whether rows can be told apart as the scope asks: not all have areas."""
        return not scope.area or self.area is not None

    def count(
        self,
        session: Session,
        scopes: Sequence[Scope],
        figures: Sequence[Figure],
        by: Dimension | None = None,
    ) -> list[Tallies]:
        """Return the tallies of ``figures``; without any for an area that rows do not have."""
        if not self.has_rows_of(scopes[0]):
            return [{} for _ in scopes]
        summed = [one for one in figures if one.measure is not Measure.WORKDAYS]
        found = self._summed(session, scopes, summed, by) if summed else [{} for _ in scopes]
        for figure in figures:
            if figure.measure is Measure.WORKDAYS:
                timed = self.working_time(session, scopes, figure, by)
                for held, tallies in zip(found, timed, strict=True):
                    for key, tally in tallies.items():
                        held.setdefault(key, {})[figure.name] = tally
        if by is Dimension.UNIT and not self.unit_is_key:
            keys: dict[object, str] = {unit.unit_id: unit.key for unit in unit_names(session)}
            return [{keys.get(key, ""): named for key, named in held.items()} for held in found]
        return [
            {"" if key is None else key: named for key, named in held.items()} for held in found
        ]

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
        """Return rows behind ``figure``, by time and id."""
        if not self.has_rows_of(scope):
            return []
        shown = self.shown
        area: Expression = literal("") if self.area is None else self.area
        columns = (shown.ident, shown.text, shown.at, self.unit, area)
        statement = shown.joined(self.joined(sa_select(*columns)))
        statement = statement.where(*self.conditions(scope), _among(figure, scope))
        if part is Part.NUMERATOR:
            statement = statement.where(figure.counted(scope))
        elif part is Part.REST:
            statement = statement.where(not_(func.coalesce(figure.counted(scope), literal(False))))
        ordered = statement.order_by(shown.at, shown.ident).offset(skip).limit(limit)
        names = self._unit_names(session)
        areas = area_names(session)
        return [
            SourceRow(
                address=shown.address.format(ident),
                name=str(ident),
                text=str(text or ""),
                unit=names.get(unit, ""),
                area=areas.get(area_key, area_key or ""),
                at=at,
            )
            for ident, text, at, unit, area_key in session.execute(ordered).all()
        ]

    def summed(
        self, scope: Scope, place: int, figures: Sequence[Figure], by: Dimension | None = None
    ) -> Summed:
        """Return the statements of the sums of ``figures`` in a scope.

        Their rows begin with ``place`` and the value of the dimension.
        """
        sums = Sums(scope)
        places = tuple(
            SumPlaces(
                figure.name,
                sums.of(figure.among, figure.counted, amount=figure.amount),
                # A count has no denominator.
                None if figure.measure is Measure.COUNT else sums.of(figure.among),
                has_amount=figure.amount is not None,
            )
            for figure in figures
        )
        grouped = self._grouped(scope, place, by, sums.columns)
        return Summed(tuple(grouped.where(part) for part in self._parts(by)), places)

    def working_time(
        self,
        session: Session,
        scopes: Sequence[Scope],
        figure: Figure,
        by: Dimension | None = None,
    ) -> list[dict[Key | None, Tally]]:
        """Return the working days of ``figure`` in each scope, by the value of the dimension."""
        days = WorkingTime(scopes[0].calendar)
        asked = self.key, (figure.name,), by, tuple(scope.records for scope in scopes)
        statement = _TIMES.of(asked, lambda: self._times(scopes, figure, by))
        sums: list[dict[Key | None, list[int]]] = [{} for _ in scopes]
        for place, key, began, ended, times in session.execute(statement).all():
            held = sums[place].setdefault(key, [0, 0])
            held[0] += times * days.between(began, ended)
            held[1] += times
        return [{key: Tally(total, count) for key, (total, count) in held.items()} for held in sums]

    def _summed(
        self,
        session: Session,
        scopes: Sequence[Scope],
        figures: Sequence[Figure],
        by: Dimension | None,
    ) -> list[dict[Key | None, dict[str, Tally]]]:
        names = tuple(figure.name for figure in figures)
        asked = self.key, names, by, tuple(scope.records for scope in scopes)
        summing = _BUILT.of(asked, lambda: self._summing(scopes, figures, by))
        found: list[dict[Key | None, dict[str, Tally]]] = [{} for _ in scopes]
        for place, key, *values in session.execute(summing.statement).all():
            held = found[place].setdefault(key, {})
            for one in summing.places:
                held[one.name] = held.get(one.name, Tally()) + one.tally(values)
        return found

    def _summing(
        self, scopes: Sequence[Scope], figures: Sequence[Figure], by: Dimension | None
    ) -> "_Summing":
        parts = [self.summed(scope, place, figures, by) for place, scope in enumerate(scopes)]
        return _Summing(all_of([one for part in parts for one in part.statements]), parts[0].places)

    def _parts(self, by: Dimension | None) -> tuple[ColumnElement[bool], ...]:
        """Return conditions of which every row meets one, for a query of each.

        Where units are keys, rows of units are counted apart from those of none: SQLite then
        reads an index unit by unit instead of sorting all rows by unit.
        """
        if by is Dimension.UNIT and self.unit_is_key:
            return self.unit.in_(sa_select(col(Unit.key))), self.unit.is_(None)
        return (true(),)

    def _times(self, scopes: Sequence[Scope], figure: Figure, by: Dimension | None) -> Executable:
        """Return the statement of how many rows began and ended on which days."""
        first, last = beijing_date(col(LedgerEntry.received_at)), beijing_date(ended_at)
        return all_of(
            [
                self._grouped(scope, place, by, [first, last, func.count()])
                .where(_among(figure, scope), figure.counted(scope))
                .group_by(first, last)
                for place, scope in enumerate(scopes)
            ]
        )

    def _grouped(
        self,
        scope: Scope,
        place: int,
        by: Dimension | None,
        values: Sequence[ColumnElement[Any]],
    ) -> Select[Any]:
        """Return the statement of ``values`` after the place of the scope and the key."""
        key: Expression = literal("") if by is None else self._columns()[by]
        if by is Dimension.UNIT and not (self.unit_is_key or self.ordered_by):
            # As a sum, so that SQLite reads the index of the rows wanted, not one in the order
            # of units with every row.
            key = key + literal(0)
        statement = self.joined(sa_select(literal(place), key.label(_KEY), *values))
        statement = statement.where(*self.conditions(scope))
        if by is Dimension.UNIT and self.ordered_by:
            return statement.group_by(*self.ordered_by, self.unit)
        return statement if by is None else statement.group_by(_KEY)

    def conditions(self, scope: Scope) -> Sequence[ColumnElement[bool]]:
        """Return what selects the rows of a scope."""
        conditions = [*self.held(scope)]
        if scope.unit:
            conditions.append(self.unit == (scope.unit if self.unit_is_key else scope.unit_id))
        if scope.area and self.area is not None:
            conditions.append(self.area == scope.area)
        if scope.only:
            column = self._columns().get(scope.only[0])
            conditions.append(false() if column is None else _equals(column, scope.only[1]))
        return conditions

    def _unit_names(self, session: Session) -> dict[str | int | None, str]:
        units = unit_names(session)
        return {unit.key if self.unit_is_key else unit.unit_id: unit.name for unit in units}


@dataclass(frozen=True, slots=True)
class _Summing:
    """The statement, and where the sums of each figure stand in its rows."""

    statement: Executable
    places: tuple[SumPlaces, ...]


_Counted = tuple[str, tuple[str, ...], Dimension | None, tuple[Records, ...]]
_BUILT: BuiltOnce[_Counted, _Summing] = BuiltOnce()
_TIMES: BuiltOnce[_Counted, Executable] = BuiltOnce()


def all_of(statements: Sequence[Select[Any]]) -> Executable:
    """Return one statement of the rows of all: to ask for each takes longer than most count."""
    return statements[0] if len(statements) == 1 else union_all(*statements)


def _among(figure: Figure, scope: Scope) -> ColumnElement[bool]:
    return true() if figure.among is None else figure.among(scope)


def _equals(column: Expression, key: Key) -> ColumnElement[bool]:
    return column.is_(None) if key == "" else column == key
