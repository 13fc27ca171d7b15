"""The report of an import: the outcome of each row, with reasons in Chinese."""

from collections.abc import Iterable
from dataclasses import dataclass

from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.vocabulary import ImportOutcome


@dataclass(frozen=True, slots=True)
class RowReport:
    """The outcome of one input row, with its number in the file and the reason.

    ``key`` is that of the pair or policy ("" when it was not determined); ``cell`` names
    the faulty cells and ``reason`` the remedy, both "" unless refused; ``note`` is further
    information for the user. ``unsigned`` tells that the row was published without review,
    ``to_confirm`` that the note is to be read before it is published.
    """

    row: int
    outcome: ImportOutcome
    key: str = ""
    cell: str = ""
    reason: str = ""
    note: str = ""
    unsigned: bool = False
    to_confirm: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The reports of all input rows, in the order of the file.

    ``notes`` tell what the reader left out: hidden rows, other sheets.
    """

    rows: tuple[RowReport, ...]
    notes: tuple[str, ...] = ()

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

    @property
    def to_confirm(self) -> int:
        """Return how many rows have advice that is to be read before they are published."""
        return sum(row.to_confirm for row in self.rows)

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


class ImportUnconfirmedError(InvalidInputError):
    """Rows to be published have advice that nobody confirmed; nothing was written."""

    code = "import_unconfirmed"
    title = "请先核对提示"

    def __init__(self, report: ImportReport) -> None:
        super().__init__(
            f"有 {report.to_confirm} 行在发布前须核对（口径不一致、疑似个人信息、提示词等），"
            "整个文件都未导入；请按报告核对，确认无误后加 --despite-advice 再次导入"
        )
        self.report = report


class ImportBrokenOffError(ConflictError):
    """An import stopped after some of its batches were written; ``report`` names the rows.

    Importing the same file again goes on: rows that were written change nothing.
    """

    code = "import_broken_off"
    title = "导入中断"

    def __init__(self, report: ImportReport) -> None:
        written = report.added + report.changed
        super().__init__(
            f"导入中途停下：已写入 {written} 行，其余没有写入。"
            "请再次导入同一个文件，已写入的行不会重复"
        )
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


def close_report(
    rows: Iterable[RowReport], *, keep_good_rows: bool, notes: Iterable[str] = ()
) -> ImportReport:
    """Return the report; raises ImportRefusedError for refused rows unless ``keep_good_rows``."""
    report = ImportReport(tuple(rows), tuple(notes))
    if report.refused and not keep_good_rows:
        raise ImportRefusedError(report)
    return report
