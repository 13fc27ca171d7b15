"""Share of the topics (事项) that the bank covers on a target day, whole and by unit (入库率).

Numerator: topics with a published pair that may be told on that day; one whose blanks
(【本地：…】) are not filled in may not. Denominator: all topics; a topic counts for one unit, see
``Coverage.unit``. Pairs without a topic count for nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qa_service.knowledge.coverage.topics import Coverage


@dataclass(frozen=True, slots=True)
class CoverageShare:
    """The topics of a unit, or of all: covered, to be completed, or missing.

    ``name`` and ``key`` are the unit's; ``to_complete`` counts the topics that have only pairs
    with blanks.
    """

    name: str
    topics: int
    covered: int
    to_complete: int
    key: str = ""

    @property
    def missing(self) -> int:
        """Return the number of topics without a published pair."""
        return self.topics - self.covered - self.to_complete

    @property
    def percent(self) -> float:
        """Return the share in per cent with one decimal; 100 where there is no topic."""
        return round(100 * self.covered / self.topics, 1) if self.topics else 100.0


def whole_share(rows: Iterable[Coverage]) -> CoverageShare:
    """Return the share over all topics."""
    return _share("合计", [row for row in rows if row.topic_id is not None])


def shares_by_unit(rows: Iterable[Coverage], names: Mapping[str, str]) -> list[CoverageShare]:
    """Return the share of each unit that answers for a topic, the least covered first."""
    of_unit: dict[str, list[Coverage]] = {}
    for row in rows:
        if row.topic_id is not None:
            of_unit.setdefault(row.unit, []).append(row)
    found = [_share(names.get(unit, unit) or "未定", held, unit) for unit, held in of_unit.items()]
    return sorted(found, key=lambda share: (share.percent, -share.topics, share.name))


def _share(name: str, rows: list[Coverage], key: str = "") -> CoverageShare:
    return CoverageShare(
        name,
        len(rows),
        covered=sum(row.covering > 0 for row in rows),
        to_complete=sum(row.awaits_completion for row in rows),
        key=key,
    )
