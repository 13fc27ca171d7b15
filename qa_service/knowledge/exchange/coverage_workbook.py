"""The coverage board (入库情况) as an XLSX file."""

from collections.abc import Iterable, Mapping
from io import BytesIO

from qa_service.knowledge.coverage.counting import PairProgress
from qa_service.knowledge.coverage.topics import Coverage, CoverageState
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
    ("待补本地内容", 14),
    ("情况", 14),
)


def coverage_workbook(rows: Iterable[Coverage], names: Mapping[str, str]) -> bytes:
    """Return an XLSX file with a row for every topic and its pairs."""
    held = BytesIO()
    listed = (_cells(row, names) for row in rows if row.topic_id is not None)
    write_sheet(held, "入库情况", _COLUMNS, listed)
    return held.getvalue()


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
        row.to_complete,
        _state(row).label,
    )


def _state(row: Coverage) -> CoverageState:
    """Return the state of the target day, for which what expires later is there."""
    return CoverageState.COVERED if row.covering else row.state
