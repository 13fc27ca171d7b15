"""Share of the topics (事项) that the bank covers on a target day, whole and by unit (入库率).

Numerator: topics with a published pair that may be told on that day. Denominator: all topics;
a topic counts for one unit, see ``Coverage.unit``. Pairs without a topic count for nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO

from qa_service.knowledge.coverage.topics import Coverage, PairProgress
from qa_service.knowledge.exchange.xlsx_writer import Cell, write_sheet

_COLUMNS = (
    ("领域", 12),
    ("事项", 24),
    ("承办单位", 24),
    ("已发布", 10),
    ("其中将到期", 12),
    ("审核中", 10),
    ("草稿", 10),
    ("目标日在库", 12),
    ("情况", 10),
)


@dataclass(frozen=True, slots=True)
class CoverageShare:
    """How many topics of a unit, or of all, are covered; ``name`` is the unit's name."""

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


def coverage_workbook(rows: Iterable[Coverage], names: Mapping[str, str]) -> bytes:
    """Return an XLSX file with a row for every topic and its pairs."""
    held = BytesIO()
    listed = (_cells(row, names) for row in rows if row.topic_id is not None)
    write_sheet(held, "入库情况", _COLUMNS, listed)
    return held.getvalue()


def _share(name: str, rows: list[Coverage]) -> CoverageShare:
    return CoverageShare(name, len(rows), sum(not row.is_missing for row in rows))


def _cells(row: Coverage, names: Mapping[str, str]) -> tuple[Cell, ...]:
    expiring = row.counts[PairProgress.EXPIRING]
    return (
        row.area,
        row.name,
        names.get(row.unit, row.unit),
        row.counts[PairProgress.PUBLISHED] + expiring,
        expiring,
        row.counts[PairProgress.IN_REVIEW],
        row.counts[PairProgress.DRAFT],
        row.covering,
        "缺" if row.is_missing else "已入库",
    )
