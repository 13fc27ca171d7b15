"""Reader of XLSX files, which yields the rows of the first visible sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse
from zipfile import BadZipFile, ZipFile, ZipInfo

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.rows.cells import unescape_xstring
from qa_service.knowledge.exchange.rows.source_row import (
    FileFormat,
    SourceRow,
    UnreadableFileError,
    check_header,
    is_blank,
)

PROLOGUE_BYTES = 4_096
"""Bytes of an XML part in which a document type declaration must appear."""
UNPACKED_BYTES = 256 << 20
"""Greatest unpacked size of a workbook in bytes; 100,000 rows are far below."""

SHEET_ROWS = 1_048_576
"""Greatest number of rows of a sheet (Excel specifications and limits)."""

_OLD_OR_ENCRYPTED = bytes.fromhex("D0CF11E0A1B11AE1")


@dataclass(frozen=True, slots=True)
class _Layout:
    """The hidden rows and merged cells of a sheet, which openpyxl's read-only mode omits."""

    hidden: frozenset[int]
    merged: tuple[tuple[int, int, str], ...]

    def merged_at(self, number: int) -> str | None:
        """Return a merged range that includes row ``number``, or None."""
        return next((ref for top, bottom, ref in self.merged if top <= number <= bottom), None)


def read_xlsx(path: Path) -> Iterator[SourceRow]:
    """Yield the rows under the heading, without hidden and empty ones.

    Formulas, error values and merged cells are ``faults`` of their row, because their values
    differ from the cells as displayed. Raises UnreadableFileError.
    """
    _check_archive(path)
    try:
        yield from _read_sheet(path)
    except UnreadableFileError:
        raise
    except Exception as error:  # openpyxl raises various exceptions for damaged parts
        message = f"{path.name} 已损坏，请用 Excel 或 WPS 打开后另存为 .xlsx 再试"
        raise UnreadableFileError(message) from error


def _check_archive(path: Path) -> None:
    """Raise UnreadableFileError for a file that is no XLSX or not safe to read."""
    with path.open("rb") as file:
        if file.read(len(_OLD_OR_ENCRYPTED)) == _OLD_OR_ENCRYPTED:
            message = f"{path.name} 是旧版或加密的 Excel 文件，请去掉密码并另存为 .xlsx"
            raise UnreadableFileError(message)
    try:
        with ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            declares = any(_declares_entities(archive, part) for part in archive.infolist())
    except BadZipFile:
        raise UnreadableFileError(f"{path.name} 不是 Excel 文件，请另存为 .xlsx 再试") from None
    if unpacked > UNPACKED_BYTES:
        message = f"{path.name} 解压后超过 {UNPACKED_BYTES >> 20} MB，请删去图片和空白区域再试"
        raise UnreadableFileError(message)
    if declares:
        # Excel writes no entities; they could refer to files of this machine (XXE).
        raise UnreadableFileError(f"{path.name} 含有不允许的 XML 声明，请用 Excel 另存后再试")


def _declares_entities(archive: ZipFile, part: ZipInfo) -> bool:
    """Return whether a part of the archive declares a document type."""
    with archive.open(part) as opened:
        return b"<!DOCTYPE" in opened.read(PROLOGUE_BYTES)


def _read_sheet(path: Path) -> Iterator[SourceRow]:
    """Yield the rows of the first visible sheet."""
    book = load_workbook(path, read_only=True)
    try:
        sheet: Any = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
        with ZipFile(path) as archive, archive.open(sheet._worksheet_path) as part:
            layout = _layout(part)
        sheet.reset_dimensions()  # the dimensions stated in the file may be wrong
        header: list[str] | None = None
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if number in layout.hidden or all(is_blank(cell.value) for cell in cells):
                continue
            if header is None:
                header = _header(cells, layout.merged_at(number))
            else:
                yield _row(number, header, cells, layout.merged_at(number))
    finally:
        book.close()


def _header(cells: Sequence[Any], merged: str | None) -> list[str]:
    """Return the names of the columns; raises UnreadableFileError for merged or repeated ones."""
    if merged:
        message = f"表头有合并单元格 {merged}，请取消合并，第一行只放列名"
        raise UnreadableFileError(message)
    header = ["" if cell.value is None else str(cell.value).strip() for cell in cells]
    check_header(header)
    return header


def _row(number: int, header: Sequence[str], cells: Sequence[Any], merged: str | None) -> SourceRow:
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
    return SourceRow(FileFormat.XLSX, number, values, letters, tuple(faults))


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
    for _, element in iterparse(part, events=("end",)):  # noqa: S314 - expat limits expansion
        name = element.tag.rpartition("}")[2]
        if name == "row":
            number = _row_number(element, number)
            if element.get("hidden") in ("1", "true"):
                hidden.add(number)
            element.clear()
        elif name == "mergeCell":
            ref = element.get("ref", "")
            _, top, _, bottom = range_boundaries(ref)
            merged.append((int(top or 1), int(bottom or SHEET_ROWS), ref))
    return _Layout(frozenset(hidden), tuple(merged))


def _row_number(element: Element, before: int) -> int:
    """Return the number of a row element, counted on from ``before`` where it has none."""
    number = int(element.get("r", before + 1))
    if number > SHEET_ROWS:
        raise UnreadableFileError("工作表的行号超出 Excel 的范围，请另存为 .xlsx 再试")
    return number
