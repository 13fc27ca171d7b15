"""View models of the supervision board."""

from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.reporting.board import Board, Bucket
from qa_service.vocabulary import EntryState
from qa_service.web.kit.names import labels
from qa_service.web.kit.names.labels import Badge


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One count with its badge; ``share`` is its length in percent of the longest bar."""

    badge: Badge
    filter: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One unit's row of the board and bar of its chart."""

    unit_key: str
    unit_name: str
    total: int
    cells: tuple[BoardCell, ...]


@dataclass(frozen=True, slots=True)
class BoardView:
    """View model of the board."""

    lines: tuple[BoardLine, ...]
    totals: tuple[BoardCell, ...]
    total: int
    states: tuple[tuple[EntryState, int], ...]
    once_overdue: int


def board_view(board: Board) -> BoardView:
    """Return the view of ``board``, with bars scaled to the longest one."""
    longest = max((row.total for row in board.rows), default=0)
    lines = tuple(
        BoardLine(row.unit_key, row.unit_name, row.total, _cells(row.counts, longest))
        for row in board.rows
    )
    states = tuple((state, board.states[state]) for state in EntryState if state in board.states)
    totals = _cells(board.totals, board.total)
    return BoardView(lines, totals, board.total, states, board.once_overdue)


def _cells(counts: Mapping[Bucket, int], longest: int) -> tuple[BoardCell, ...]:
    return tuple(
        BoardCell(
            badge=labels.badge(bucket),
            filter=bucket.value if bucket is not Bucket.LATER else "",
            count=counts[bucket],
            share=round(100 * counts[bucket] / longest, 2) if longest else 0.0,
        )
        for bucket in Bucket
    )
