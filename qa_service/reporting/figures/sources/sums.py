"""Sums over the rows of one statement, as figures ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.sql.elements import True_
from sqlalchemy.sql.functions import FunctionElement

from qa_service.reporting.figures.contract import Condition, Tally
from qa_service.reporting.figures.scope import Scope


@dataclass(frozen=True, slots=True)
class SumPlaces:
    """Places of the sums of a figure among the values of a row; a count has none ``among``."""

    name: str
    counted: int
    among: int | None
    has_amount: bool

    def tally(self, values: Sequence[Any]) -> Tally:
        """Return the figure as the row has it."""
        counted = values[self.counted]
        # A column that holds amounts in other rows makes PostgreSQL give a count as a fraction.
        numerator = counted if self.has_amount else int(counted)
        return Tally(numerator, 0 if self.among is None else int(values[self.among]))


@dataclass(frozen=True, slots=True)
class Summed:
    """Statements of sums, whose rows are those of one scope, and the places of the sums."""

    statements: tuple[Select[Any], ...]
    places: tuple[SumPlaces, ...]


class Sums:
    """The sums of one query, each once: many figures are shares of the same rows."""

    def __init__(self, scope: Scope) -> None:
        self.columns: list[ColumnElement[Any]] = []
        self._scope = scope
        self._built: dict[Condition, ColumnElement[bool]] = {}
        self._places: dict[tuple[Condition | int, ...], int] = {}

    def of(self, *conditions: Condition | None, amount: ColumnElement[Any] | None = None) -> int:
        """Return the place of the sum of ``amount`` (None: 1) over the rows of all conditions."""
        wanted = [one for one in dict.fromkeys(conditions) if one and not self._holds_always(one)]
        # Told apart by the functions: what they build takes long to compare.
        known: tuple[Condition | int, ...] = (id(amount), *wanted)
        if known not in self._places:
            self._places[known] = self.add(_sum([self._built[one] for one in wanted], amount))
        return self._places[known]

    def add(self, column: ColumnElement[Any]) -> int:
        """Return the place of another column, computed as it is."""
        self.columns.append(column)
        return len(self.columns) - 1

    def _holds_always(self, condition: Condition) -> bool:
        if condition not in self._built:
            self._built[condition] = condition(self._scope)
        return isinstance(self._built[condition], True_)


def _sum(
    conditions: Sequence[ColumnElement[bool]], amount: ColumnElement[Any] | None
) -> ColumnElement[Any]:
    added: FunctionElement[Any] = func.count() if amount is None else func.sum(amount)
    wanted = added.filter(*conditions) if conditions else added
    return wanted if amount is None else func.coalesce(wanted, 0)
