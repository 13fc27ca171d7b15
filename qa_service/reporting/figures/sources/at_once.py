"""Counts of several sources in one statement: to ask for each takes longer than most count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Select, literal_column
from sqlmodel import Session

from qa_service.reporting.figures.contract import Figure, Measure, Tally
from qa_service.reporting.figures.scope import Records, Scope
from qa_service.reporting.figures.sources.sql_source import SQLSource, all_of
from qa_service.reporting.figures.sources.sums import Summed, SumPlaces
from qa_service.storage.built_once import BuiltOnce

Found = dict[str, Tally]
"""Tallies by name of the figure."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Figures of one source, and the scopes in which they are counted."""

    source: SQLSource
    scopes: tuple[Scope, ...]
    figures: tuple[Figure, ...]

    @property
    def summed(self) -> tuple[Figure, ...]:
        """Return the figures that are sums of rows."""
        return tuple(one for one in self.figures if one.measure is not Measure.WORKDAYS)

    @property
    def timed(self) -> tuple[Figure, ...]:
        """Return the figures that are working days."""
        return tuple(one for one in self.figures if one.measure is Measure.WORKDAYS)

    @property
    def counts(self) -> "_Counts":
        """Return all that the statement of these figures is made of."""
        names = tuple(one.name for one in self.summed)
        return self.source.key, names, tuple(scope.records for scope in self.scopes)


_Counts = tuple[str, tuple[str, ...], tuple[Records, ...]]


@dataclass(frozen=True, slots=True)
class _Counting:
    """The statement, and for each of its rows whose it is and where the sums stand."""

    statement: Executable
    rows: tuple[tuple[int, int, tuple[SumPlaces, ...]], ...]


_BUILT: BuiltOnce[tuple[_Counts, ...], _Counting] = BuiltOnce()


def count_at_once(session: Session, wanted: Sequence[Wanted]) -> list[list[Found]]:
    """Return the tallies of all that is wanted, by scope; none for an area that rows lack."""
    found: list[list[Found]] = [[{} for _ in one.scopes] for one in wanted]
    asked = [place for place, one in enumerate(wanted) if one.source.has_rows_of(one.scopes[0])]
    summed = [place for place in asked if wanted[place].summed]
    if summed:
        known = tuple(wanted[place].counts for place in summed)
        counting = _BUILT.of(known, lambda: _counting([wanted[place] for place in summed]))
        for row, _, *values in session.execute(counting.statement).all():
            place, scope, sums = counting.rows[row]
            found[summed[place]][scope] = {one.name: one.tally(values) for one in sums}
    for place in asked:
        one = wanted[place]
        for figure in one.timed:
            timed = one.source.working_time(session, one.scopes, figure)
            for held, tallies in zip(found[place], timed, strict=True):
                if tallies:
                    [held[figure.name]] = tallies.values()
    return found


def _counting(wanted: Sequence[Wanted]) -> _Counting:
    rows: list[tuple[int, int, tuple[SumPlaces, ...]]] = []
    parts: list[Summed] = []
    for place, one in enumerate(wanted):
        for at, scope in enumerate(one.scopes):
            parts.append(one.source.summed(scope, len(rows), one.summed))
            rows.append((place, at, parts[-1].places))
    statements = [statement for part in parts for statement in part.statements]
    width = max(len(statement.selected_columns) for statement in statements)
    return _Counting(all_of([_filled(one, width) for one in statements]), tuple(rows))


def _filled(statement: Select[Any], width: int) -> Select[Any]:
    """Return the statement with as many columns as ``width``."""
    missing = width - len(statement.selected_columns)
    return statement.add_columns(*(literal_column("0") for _ in range(missing)))
