"""The content of an inspection package, frozen when it is issued.

It holds no words and no contact of callers: entries stand in it by number, area, unit and date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from json import dumps
from typing import Any, Self

from pydantic import TypeAdapter

from qa_service.reporting.figures.contract import Measure
from qa_service.reporting.figures.counting import NO_DATA, shown_value


@dataclass(frozen=True, slots=True)
class FrozenFigure:
    """A figure with its definition and value as issued; ``before`` is to compare with."""

    name: str
    label: str
    measure: str
    source: str
    numerator_text: str
    denominator_text: str
    excluded: str
    numerator: float | None
    denominator: int | None
    value: float | None
    before: float | None
    change: str

    @property
    def shown(self) -> str:
        """Return the value as people read it."""
        return shown_value(Measure.from_storage(self.measure), self.value)

    @property
    def shown_before(self) -> str:
        """Return the value of the period before; a dash where there is none to compare with."""
        shown = shown_value(Measure.from_storage(self.measure), self.before)
        return "—" if shown == NO_DATA else shown


@dataclass(frozen=True, slots=True)
class UnitLine:
    """The figures of one unit in the order of the package's ``unit_figures``; None: no data."""

    key: str
    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class OverdueLine:
    """An entry that missed its limit; ``ended_on`` is None while the asker waits."""

    number: str
    kind: str
    area: str
    unit: str
    received_on: date
    due_on: date
    ended_on: date | None
    late_workdays: int
    state: str


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A return (退回): the unit that returned the entry, its reason, and the unit of now."""

    number: str
    area: str
    unit: str
    returned_on: date
    reason: str
    present_unit: str
    state: str


@dataclass(frozen=True, slots=True)
class CrossOffLine:
    """A thing to be crossed off (销号): unit, limit and evidence; ``done_on`` is None if open."""

    kind: str
    matter: str
    unit: str
    in_charge: str
    opened_on: date | None
    limit_on: date | None
    done_on: date | None
    evidence: str


@dataclass(frozen=True, slots=True)
class CrossOffSum:
    """The things of a kind to be crossed off: how many, how many done, and those to be shown."""

    kind: str
    total: int
    done: int
    lines: tuple[CrossOffLine, ...]

    @property
    def open(self) -> int:
        """Return the number of those not crossed off."""
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class PackageContent:
    """A package: figures of the whole and of each unit, lists, and drafts of two texts."""

    title: str = ""
    label: str = ""
    compiled_on: date | None = None
    figures: tuple[FrozenFigure, ...] = ()
    unit_figures: tuple[tuple[str, str, str], ...] = ()
    """Name, label and measure of the figures of each unit."""
    units: tuple[UnitLine, ...] = ()
    overdue: tuple[OverdueLine, ...] = ()
    returned: tuple[ReturnedLine, ...] = ()
    crossing_off: tuple[CrossOffLine, ...] = ()
    notice: str = ""
    yearly_report: str = ""

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return a stored content; fields that this release does not know are ignored."""
        return _ADAPTER.validate_python(dict(stored))  # type: ignore[return-value]

    def dump(self) -> dict[str, Any]:
        """Return the content as a JSON object."""
        dumped: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return dumped

    @property
    def checksum(self) -> str:
        """Return the SHA-256, in hex, of the content."""
        text = dumps(self.dump(), ensure_ascii=False, sort_keys=True)
        return sha256(text.encode()).hexdigest()

    def figure(self, name: str) -> FrozenFigure | None:
        """Return the figure of this name, or None if the package has none."""
        return next((one for one in self.figures if one.name == name), None)

    def crossing_off_sums(self, most: int) -> list[CrossOffSum]:
        """Return what is to be crossed off by kind, with about ``most`` lines in all.

        Each kind shows as many at most, so that none is lost among thousands of another: those
        open first, by their limits.
        """
        of_kind: dict[str, list[CrossOffLine]] = {}
        for line in self.crossing_off:
            of_kind.setdefault(line.kind, []).append(line)
        each = max(1, most // max(1, len(of_kind)))
        return [
            CrossOffSum(
                kind,
                len(lines),
                sum(line.done_on is not None for line in lines),
                tuple(sorted(lines, key=_urgency)[:each]),
            )
            for kind, lines in of_kind.items()
        ]

    def unit_value(self, line: UnitLine, place: int) -> str:
        """Return a unit's value as people read it."""
        measure = Measure.from_storage(self.unit_figures[place][2])
        return shown_value(measure, line.values[place])


def _urgency(line: CrossOffLine) -> tuple[bool, date]:
    return line.done_on is not None, line.limit_on or date.max


_ADAPTER = TypeAdapter(PackageContent)
