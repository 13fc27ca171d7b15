"""The report of an import: the outcome of each row, with reasons in Chinese."""

from collections.abc import Iterable
from dataclasses import dataclass

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.vocabulary import ImportOutcome


@dataclass(frozen=True, slots=True)
class RowReport:
    """The outcome of one input row, with its number in the file and the reason.

    ``key`` is that of the pair or policy ("" when it was not determined); ``cell`` names
    the faulty cells and ``reason`` the remedy, both "" unless refused; ``note`` is further
    information for the user. ``unsigned`` tells that the row was published without review.
    """

    row: int
    outcome: ImportOutcome
    key: str = ""
    cell: str = ""
    reason: str = ""
    note: str = ""
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The reports of all input rows, in the order of the file."""

    rows: tuple[RowReport, ...]

    @property
    def added(self) -> int:
        """Return how many rows were new."""
        return self._count(ImportOutcome.ADDED)

    @property
    def changed(self) -> int:
        """Return how many rows changed what was stored."""
        return self._count(ImportOutcome.CHANGED)

    @property
    def unchanged(self) -> int:
        """Return how many rows were stored already."""
        return self._count(ImportOutcome.UNCHANGED)

    @property
    def refused(self) -> int:
        """Return how many rows were not stored."""
        return self._count(ImportOutcome.REFUSED)

    @property
    def unsigned(self) -> int:
        """Return how many rows were published without the district's signatures."""
        return sum(row.unsigned for row in self.rows)

    def _count(self, outcome: ImportOutcome) -> int:
        """Return how many rows had this outcome."""
        return sum(row.outcome is outcome for row in self.rows)


class ImportRefusedError(InvalidInputError):
    """Some rows cannot be stored, so the caller rolls back; ``report`` names the rows."""

    code = "import_refused"
    title = "文件未导入"

    def __init__(self, report: ImportReport) -> None:
        super().__init__(f"有 {report.refused} 行不能导入，整个文件都未导入，请按报告修改后重试")
        self.report = report


def refused_row(row: SourceRow, problems: Iterable[FieldProblem], key: str = "") -> RowReport:
    """Return the report of a refused row; ``problems`` name columns of the row."""
    listed = list(problems)
    return RowReport(
        row=row.number,
        outcome=ImportOutcome.REFUSED,
        key=key,
        cell="、".join(dict.fromkeys(row.cell(problem.field) for problem in listed)),
        reason="；".join(dict.fromkeys(problem.message for problem in listed)),
    )


def close_report(rows: Iterable[RowReport], *, keep_good_rows: bool) -> ImportReport:
    """Return the report; raises ImportRefusedError for refused rows unless ``keep_good_rows``."""
    report = ImportReport(tuple(rows))
    if report.refused and not keep_good_rows:
        raise ImportRefusedError(report)
    return report
