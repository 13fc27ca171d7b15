"""Writes XLSX sheets without formulas, row by row in constant memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from qa_service.clock import BEIJING
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

DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
"""Number formats of days and of times."""


@dataclass(frozen=True, slots=True)
class NotedDay:
    """A day shown with a note behind it (2026-12-01（暂定）), which sorts as a day."""

    day: date
    note: str


Cell = str | int | date | datetime | NotedDay | None
"""What a cell holds; times are shown in Beijing time, empty texts and None leave it empty."""


class CellForms:
    """The formats of a workbook's cells, each made when a cell first needs it."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}

    def of(self, number_format: str = "") -> Format:
        """Return the format of texts and numbers, or of days and times by their number format."""
        if number_format not in self._made:
            shown = {"num_format": number_format, "align": "left"} if number_format else {}
            wrapped = {"text_wrap": True, "valign": "top"}
            self._made[number_format] = self._book.add_format({**wrapped, **shown})
        return self._made[number_format]


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
        forms = CellForms(book)
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
            write_row(sheet, number, row, forms)


def write_row(sheet: Worksheet, number: int, cells: Sequence[Cell], forms: CellForms) -> None:
    """Write one row; ``number`` is 0 for the first row.

    Empty texts, which are half of a ledger, are left out: writing each takes as long as a full one.
    """
    for place, cell in enumerate(cells):
        match cell:
            case None | "":
                continue
            case str():
                sheet.write_string(number, place, shortened(guard_formula(cell)), forms.of())
            case int():
                sheet.write_number(number, place, cell, forms.of())
            case datetime():
                sheet.write_datetime(number, place, beijing_minute(cell), forms.of(MOMENT))
            case NotedDay(day, note):
                sheet.write_datetime(number, place, day, forms.of(f'{DAY}"{note}"'))
            case _:
                sheet.write_datetime(number, place, cell, forms.of(DAY))


def beijing_minute(instant: datetime) -> datetime:
    """Return the minute on Beijing's clocks without a time zone, as a cell holds it."""
    return instant.astimezone(BEIJING).replace(tzinfo=None, second=0, microsecond=0)


def shortened(text: str) -> str:
    """Return ``text`` truncated to the limit of a cell."""
    if len(text) <= CELL_CHARACTERS:
        return text
    return text[: CELL_CHARACTERS - len(CUT)] + CUT
