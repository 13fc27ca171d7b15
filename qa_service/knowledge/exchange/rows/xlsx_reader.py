"""Reader of XLSX files, which yields the rows of the first visible sheet."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.rows.cells import unescape_xstring
from qa_service.knowledge.exchange.rows.source_row import (
    FileFormat,
    SourceFile,
    SourceRow,
    UnreadableFileError,
    check_header,
    heading_text,
    is_blank,
)
from qa_service.knowledge.exchange.rows.xlsx_package import damaged, open_package

SHEET_ROWS = 1_048_576
"""Greatest number of rows of a sheet (Excel specifications and limits)."""
MERGED_RANGES = 5_000
"""Greatest number of merged ranges that are told one by one."""

GUIDE_SHEET = "填写说明"
CHOICES_SHEET = "选项"
"""Sheets of the template, which hold no rows."""
RUNS = 20
"""Greatest number of runs of hidden rows that are told."""
_OF_TEMPLATE = frozenset({GUIDE_SHEET, CHOICES_SHEET})


@dataclass(frozen=True, slots=True)
class _Layout:
    """The hidden rows and merged cells of a sheet, which openpyxl's read-only mode omits."""

    hidden: frozenset[int]
    merged: tuple[tuple[int, int, str], ...]

    def merged_at(self, number: int) -> str | None:
        """Return a merged range that includes row ``number``, or None."""
        return next((ref for top, bottom, ref in self.merged if top <= number <= bottom), None)


def read_xlsx(file: SourceFile) -> Iterator[SourceRow]:
    """Yield the rows under the heading, without hidden and empty ones.

    Formulas, error values and merged cells are ``faults`` of their row, because their values
    differ from the cells as displayed. Hidden rows and other sheets with content become notes
    of the file. Raises UnreadableFileError.
    """
    with open_package(file) as package:
        try:
            yield from _read_book(package, file)
        except UnreadableFileError:
            raise
        except Exception as error:  # openpyxl raises various exceptions for damaged parts
            raise damaged(file) from error


def _read_book(package: IO[bytes], file: SourceFile) -> Iterator[SourceRow]:
    """Yield the rows of the first visible sheet that is no guide; the others become notes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about formats, which do not matter here
        book = load_workbook(package, read_only=True, keep_links=False)
    try:
        sheet: Any = next(
            sheet
            for sheet in book.worksheets
            if sheet.sheet_state == "visible" and sheet.title not in _OF_TEMPLATE
        )
        _note_other_sheets((other for other in book.worksheets if other is not sheet), sheet, file)
        with ZipFile(package) as archive, archive.open(sheet._worksheet_path) as part:
            layout = _layout(part)
        sheet.reset_dimensions()  # the dimensions stated in the file may be wrong
        yield from _read_sheet(sheet, layout, file, from_1904=book.epoch == CALENDAR_MAC_1904)
    finally:
        book.close()


def _read_sheet(
    sheet: Any,  # noqa: ANN401 - openpyxl has no public type of read-only sheets
    layout: _Layout,
    file: SourceFile,
    *,
    from_1904: bool,
) -> Iterator[SourceRow]:
    """Yield the rows of a sheet; hidden ones become a note."""
    header: list[str] | None = None
    hidden: list[int] = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if all(is_blank(cell.value) for cell in cells):
            continue
        if number in layout.hidden:
            hidden.append(number)
        elif header is None:
            header = _header(cells, layout.merged_at(number))
        else:
            yield _row(number, header, cells, layout.merged_at(number), from_1904)
    if hidden:
        file.notes.append(f"第 {_ranges(hidden)} 行已隐藏或被筛选掉，没有读取；要导入请先显示出来")


def _note_other_sheets(others: Iterable[Any], chosen: Any, file: SourceFile) -> None:  # noqa: ANN401
    """Add a note for each other sheet that has content."""
    for sheet in others:
        if sheet.title in _OF_TEMPLATE:
            continue
        sheet.reset_dimensions()
        rows = sum(any(not is_blank(v) for v in row) for row in sheet.iter_rows(values_only=True))
        if rows:
            state = "" if sheet.sheet_state == "visible" else "（已隐藏）"
            file.notes.append(
                f"只读了工作表“{chosen.title}”；“{sheet.title}”{state}有 {rows} 行内容，没有读取，"
                "要导入请另存为单独的文件"
            )


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers in short: 3、5—8."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [str(first) if first == last else f"{first}—{last}" for first, last in runs[:RUNS]]
    return "、".join(shown) + (" 等" if len(runs) > RUNS else "")


def _header(cells: Sequence[Any], merged: str | None) -> list[str]:
    """Return the names of the columns; raises UnreadableFileError for merged or repeated ones."""
    if merged:
        message = f"表头有合并单元格 {merged}，请取消合并，第一行只放列名"
        raise UnreadableFileError(message)
    header = [heading_text(cell.value) for cell in cells]
    check_header(header)
    return header


def _row(
    number: int, header: Sequence[str], cells: Sequence[Any], merged: str | None, from_1904: bool
) -> SourceRow:
    """Return a row of the sheet; merged cells and values without a heading are faults."""
    values = dict.fromkeys(filter(None, header), None) | {
        name: _value(cell) for name, cell in zip(header, cells, strict=False) if name
    }
    letters = {name: get_column_letter(at) for at, name in enumerate(header, start=1) if name}
    faults = [FieldProblem("", f"有合并单元格 {merged}，请取消合并并逐行填写")] if merged else []
    for at, cell in enumerate(cells, start=1):
        name = header[at - 1] if at <= len(header) else ""
        if not name and not is_blank(cell.value):
            letter = get_column_letter(at)
            faults.append(FieldProblem("", f"{letter} 列没有列名却有内容，请补上列名或清空"))
        elif cell.data_type == "f":
            faults.append(FieldProblem(name, "是公式，请改为公式算出的值（选择性粘贴为数值）"))
        elif cell.data_type == "e":
            faults.append(FieldProblem(name, f"是错误值 {cell.value}，请改正"))
    return SourceRow(FileFormat.XLSX, number, values, letters, tuple(faults), from_1904)


def _value(cell: Any) -> object:  # noqa: ANN401 - openpyxl's cells have no common type
    """Return the value of a cell, texts with plain line breaks."""
    if not isinstance(cell.value, str):
        return cell.value
    # Excel stores a carriage return in a cell as an escape sequence.
    return unescape_xstring(cell.value).replace("\r\n", "\n")


def _layout(part: IO[bytes]) -> _Layout:
    """Return the layout of a sheet, from its XML."""
    hidden: set[int] = set()
    merged: list[tuple[int, int, str]] = []
    number = 0
    for _, element in iterparse(part, events=("end",)):  # noqa: S314 - checked by xlsx_package
        name = element.tag.rpartition("}")[2]
        if name == "row":
            number = _row_number(element, number)
            if element.get("hidden") in ("1", "true"):
                hidden.add(number)
            element.clear()
        elif name == "mergeCell":
            ref = element.get("ref", "")
            _, top, _, bottom = range_boundaries(ref)
            if len(merged) >= MERGED_RANGES:
                message = f"工作表的合并单元格超过 {MERGED_RANGES} 处，请取消合并并逐行填写"
                raise UnreadableFileError(message)
            merged.append((int(top or 1), int(bottom or SHEET_ROWS), ref))
    return _Layout(frozenset(hidden), tuple(merged))


def _row_number(element: Element, before: int) -> int:
    """Return the number of a row element, counted on from ``before`` where it has none."""
    number = int(element.get("r", before + 1))
    if number > SHEET_ROWS:
        raise UnreadableFileError("工作表的行号超出 Excel 的范围，请另存为 .xlsx 再试")
    return number
