"""Import of units and policy areas, all rows or none, with a report of every row.

Rows are stored first; then those that end a unit or area (状态, 并入) merge or retire it, as
the page does. If rows are refused on the way, all is undone and done again without them, so
that a refused row has changed nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.knowledge.exchange.import_report import (
    ImportReport,
    RowReport,
    close_report,
    refused_row,
)
from qa_service.knowledge.exchange.rows.columns import column_name
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.ledger.units.directory_rows import Content, DirectoryRow, RowStore
from qa_service.ledger.units.stored_rows import (
    COLUMN_OF,
    AreaStore,
    UnitStore,
)
from qa_service.vocabulary import ImportOutcome


def import_units(
    session: Session,
    rows: Iterable[SourceRow],
    *,
    actor: Actor,
    now: datetime,
    keep_good_rows: bool = False,
) -> ImportReport:
    """Add, change, retire and merge units by the rows of a file and return their report.

    A row belongs to the unit of its key, or without a key to the one of its name; columns
    the file lacks stay as they are. Units of a higher level are stored first, because others
    may name them as parent. Raises UnreadableFileError, and ImportRefusedError if a row was
    refused, unless ``keep_good_rows``; the caller rolls back.
    """
    store = UnitStore(session, actor, now)
    return close_report(_import(store, rows), keep_good_rows=keep_good_rows)


def import_areas(
    session: Session,
    rows: Iterable[SourceRow],
    *,
    actor: Actor,
    now: datetime,
    keep_good_rows: bool = False,
) -> ImportReport:
    """Add, change, retire and merge policy areas by the rows of a file; see ``import_units``."""
    store = AreaStore(session, actor, now)
    return close_report(_import(store, rows), keep_good_rows=keep_good_rows)


@dataclass(slots=True)
class _Attempt:
    """The state of each row so far, by its number: its report, and what is wrong with it."""

    reports: dict[int, RowReport] = field(default_factory=dict)
    problems: dict[int, list[FieldProblem]] = field(default_factory=dict)

    def take(
        self, session: Session, number: int, column: str, act: Callable[[], RowReport]
    ) -> None:
        """Do an act of a row and keep its report, or its faults beside those the row has.

        A fault that names no field is told of ``column``.
        """
        try:
            with session.begin_nested():
                self.reports[number] = act()
        except QAServiceError as error:
            found = error.problems or (FieldProblem(column, error.message),)
            self.problems.setdefault(number, []).extend(found)


def _import(store: RowStore[Content], rows: Iterable[SourceRow]) -> list[RowReport]:
    """Store the rows that can be stored; return the reports of all, in the order of the file."""
    refused: dict[int, RowReport] = {}
    left: list[DirectoryRow[Content]] = []
    for row in rows:
        try:
            left.append(store.read(row))
        except QAServiceError as error:
            refused[row.number] = refused_row(row, error.problems)
    while True:
        point = store.session.begin_nested()
        attempt = _attempt(store, left)
        if not attempt.problems:
            point.commit()
            found = {**attempt.reports, **refused}
            return [found[number] for number in sorted(found)]
        point.rollback()
        for one in left:
            if one.number in attempt.problems:
                refused[one.number] = _refusal(store, one, attempt.problems[one.number])
        left = [one for one in left if one.number not in attempt.problems]


def _attempt(store: RowStore[Content], rows: Sequence[DirectoryRow[Content]]) -> _Attempt:
    """Store every row, then end what rows end; the caller undoes it all if one has faults."""
    attempt = _Attempt()
    store.row_of.clear()
    for row in store.in_order(rows):
        attempt.take(store.session, row.number, "name", partial(store.store, row))
    for row in _endings(store, rows):
        column = "merged_into" if row.standing.heir else "state"
        attempt.take(store.session, row.number, column, partial(_ended, store, row, attempt))
    return attempt


def _ended(store: RowStore[Content], row: DirectoryRow[Content], attempt: _Attempt) -> RowReport:
    """Carry out the end a row tells of and return its report."""
    note = store.end(row)
    report = attempt.reports.get(row.number, RowReport(row.number, ImportOutcome.UNCHANGED))
    if not note:
        return report
    is_same = report.outcome is ImportOutcome.UNCHANGED
    outcome = ImportOutcome.CHANGED if is_same else report.outcome
    return replace(report, outcome=outcome, note=note)


def _refusal(
    store: RowStore[Content], row: DirectoryRow[Content], problems: Iterable[FieldProblem]
) -> RowReport:
    """Return the report of a row that was refused."""
    named = [
        FieldProblem(
            column_name(row.source, store.columns, COLUMN_OF.get(one.field, one.field)), one.message
        )
        for one in problems
    ]
    return refused_row(row.source, named, row.content.key)


def _endings(
    store: RowStore[Content], rows: Iterable[DirectoryRow[Content]]
) -> list[DirectoryRow[Content]]:
    """Return the rows that end something: merges first, none before those that go into it.

    Retirements follow, the lowest level first, for what is below a unit keeps it in use.
    """
    ended = [row for row in rows if row.standing.is_ended]
    merged = [(row, store.names(row)) for row in ended if row.standing.heir]
    ordered: list[DirectoryRow[Content]] = []
    while merged:
        heirs = {row.standing.heir for row, _ in merged}
        # Rows that go into each other in a circle are taken as they come, and refused.
        free = [one for one in merged if not one[1] & heirs] or merged[:1]
        ordered += [row for row, _ in free]
        merged = [one for one in merged if one not in free]
    retired: list[DirectoryRow[Content]] = [row for row in ended if not row.standing.heir]
    retired.sort(key=store.rank, reverse=True)
    return ordered + retired
