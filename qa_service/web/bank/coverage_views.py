"""View models of the coverage board: the part asked for, area by area, those with gaps first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends

from qa_service.accounts.models import Area
from qa_service.knowledge.coverage.topics import Coverage, CoverageState
from qa_service.vocabulary import AreaKey
from qa_service.web.kit.forms import member_or_none, plain_text

TO_DO = (CoverageState.MISSING, CoverageState.TO_COMPLETE)
"""The states that make a gap."""


@dataclass(frozen=True, slots=True)
class CoverageQuery:
    """The part of the board asked for, as typed; empty for all."""

    target: str = ""
    field: str = ""
    unit: str = ""
    state: str = ""

    @property
    def narrows(self) -> bool:
        """Whether only a part of the topics is asked for."""
        return bool(self.field or self.unit or self.state)

    def address(self, path: str) -> str:
        """Return the address of the same part elsewhere."""
        given = {
            "target": self.target,
            "field": self.field,
            "unit": self.unit,
            "state": self.state,
        }
        typed = urlencode({name: value for name, value in given.items() if value})
        return f"{path}?{typed}" if typed else path

    def wanted(self, rows: Iterable[Coverage]) -> list[Coverage]:
        """Return the rows asked for; an unknown state is any."""
        state = member_or_none(CoverageState, self.state)
        return [
            row
            for row in rows
            if self.field in ("", row.area)
            and self.unit in ("", row.unit)
            and state in (None, row.state)
        ]


def read_coverage_query(
    target: str = "", field: str = "", unit: str = "", state: str = ""
) -> CoverageQuery:
    """Return the parameters without control characters."""
    return CoverageQuery(*(plain_text(text)[:64] for text in (target, field, unit, state)))


AskedCoverage = Annotated[CoverageQuery, Depends(read_coverage_query)]


@dataclass(frozen=True, slots=True)
class AreaPart:
    """The topics of an area under one line that counts them."""

    area: Area
    rows: tuple[Coverage, ...]
    states: Counter[CoverageState]
    is_open: bool = False

    @property
    def topics(self) -> int:
        """Return the number of topics."""
        return self.states.total()

    @property
    def gaps(self) -> int:
        """Return the number of topics without an answer, or without its local content."""
        return sum(self.states[state] for state in TO_DO)


def area_parts(
    areas: Sequence[Area],
    rows: Iterable[Coverage],
    *,
    opened: AreaKey | None,
    opens_all: bool,
) -> list[AreaPart]:
    """Return the areas that have rows, the one with most gaps first.

    That one stands open, or ``opened`` if it is given; each does where it ``opens_all``.
    """
    of_area: dict[AreaKey, list[Coverage]] = {}
    for row in rows:
        of_area.setdefault(row.area, []).append(row)
    states = {
        key: Counter(row.state for row in held if row.topic_id is not None)
        for key, held in of_area.items()
    }

    parts = [
        AreaPart(area, tuple(of_area[area.key]), states[area.key])
        for area in areas
        if area.key in of_area
    ]
    parts.sort(key=lambda part: -part.gaps)
    first = opened or next((part.area.key for part in parts if part.gaps), None)
    return [replace(part, is_open=opens_all or part.area.key == first) for part in parts]
