"""Writes XLSX sheets without formulas, row by row in constant memory."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from qa_service.knowledge.exchange.rows.cells import guard_formula

A3, A4 = 8, 9
"""Numbers of paper sizes (ECMA-376, ST_PaperSize)."""

CELL_CHARACTERS = 32_767
"""Greatest length of a text in an Excel cell (Excel specifications and limits)."""

CUT = "…（过长，已截断）"

PLAIN_STRINGS = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
"""Options of XlsxWriter that disable its conversions of texts."""

Cell = str | int


def write_sheet(
    target: Path | BytesIO,
    title: str,
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Cell]],
    *,
    frozen_columns: int = 0,
    prints_on: int = 0,
) -> None:
    """Write a workbook of one sheet: a bold, frozen heading, then the rows.

    ``columns`` gives each column's heading and width in characters. A text that could be
    interpreted as a formula is escaped with ``guard_formula``. ``prints_on`` is a paper size: the
    sheet then prints in landscape, as wide as the paper, with the heading on every page.
    """
    with Workbook(target, {"constant_memory": True, **PLAIN_STRINGS}) as book:
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, frozen_columns)
        if prints_on:
            sheet.set_landscape()
            sheet.set_paper(prints_on)
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0)
            sheet.set_footer("&C第 &P 页，共 &N 页")
        for position, (label, width) in enumerate(columns):
            sheet.set_column(position, position, width)
            sheet.write_string(0, position, label, heading)
        for number, row in enumerate(rows, start=1):
            write_row(sheet, number, row, wrapped)


def write_row(sheet: Worksheet, number: int, cells: Sequence[Cell], form: object) -> None:
    """Write one row of texts and whole numbers; ``number`` is 0 for the first row.

    Empty texts, which are half of a ledger, are left out: writing each takes as long as a full one.
    """
    for position, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(number, position, cell, form)
        elif cell:
            sheet.write_string(number, position, shortened(guard_formula(cell)), form)


def shortened(text: str) -> str:
    """Return ``text`` truncated to the limit of a cell."""
    if len(text) <= CELL_CHARACTERS:
        return text
    return text[: CELL_CHARACTERS - len(CUT)] + CUT
