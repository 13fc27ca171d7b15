"""Share of the topics (事项) that the bank covers on a target day, whole and by unit (入库率).

Numerator: topics with a published pair that may be told on that day. Denominator: all topics;
a topic counts for one unit, see ``Coverage.unit``. Pairs without a topic count for nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qa_service.knowledge.coverage.topics import Coverage


@dataclass(frozen=True, slots=True)
class CoverageShare:
    """The number of topics of a unit, or of all, and of those covered; ``name`` is the unit's."""

    name: str
    topics: int
    covered: int

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
    found = [_share(names.get(unit, unit) or "未定", held) for unit, held in of_unit.items()]
    return sorted(found, key=lambda share: (share.percent, -share.topics, share.name))


def _share(name: str, rows: list[Coverage]) -> CoverageShare:
    return CoverageShare(name, len(rows), sum(not row.is_missing for row in rows))
