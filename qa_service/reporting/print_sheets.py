"""Workbooks that print as they are: landscape, titled, ruled, with headings on every page.

Dates are real dates; texts are never formulas.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from math import ceil
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from qa_service.knowledge.exchange.rows.cells import guard_formula
from qa_service.knowledge.exchange.xlsx_writer import (
    A4,
    DAY,
    MOMENT,
    PLAIN_STRINGS,
    beijing_minute,
    shortened,
)

FONT = "仿宋"
"""The font of official documents (GB/T 9704—2012); a machine without it shows its own."""

TITLE_FONT = "黑体"

LINE_POINTS, MARGIN_POINTS = 16, 3
"""Height of a line of text, and what is left free above and below it."""

MOST_POINTS = 409
"""Greatest height that a row of a sheet can have."""

WIDE = 2.1
"""Width of a Chinese character in a column's measure, digits of the sheet's own font."""

Cell = str | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, and width in characters."""

    heading: str
    width: int


@dataclass(frozen=True, slots=True)
class PrintSheet:
    """A sheet: name of its tab, title, line below the title, columns and rows."""

    name: str
    title: str
    note: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    paper: int = A4
    empty: str = "无"
    """Shown in place of the rows where there are none."""


@dataclass(frozen=True, slots=True)
class _Forms:
    title: Format
    note: Format
    heading: Format
    text: Format
    day: Format
    moment: Format
    number: Format


def write_book(sheets: Iterable[PrintSheet]) -> bytes:
    """Return an XLSX file of ``sheets``."""
    held = BytesIO()
    with Workbook(held, {"constant_memory": True, **PLAIN_STRINGS}) as book:
        forms = _forms(book)
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, forms)
    return held.getvalue()


def _forms(book: Workbook) -> _Forms:
    cell = {"font_name": FONT, "font_size": 11, "border": 1, "valign": "vcenter"}
    wrapped = {**cell, "text_wrap": True}
    centred = {**cell, "align": "center"}
    return _Forms(
        title=book.add_format(
            {"font_name": TITLE_FONT, "font_size": 18, "align": "center", "valign": "vcenter"}
        ),
        note=book.add_format({"font_name": FONT, "font_size": 10}),
        heading=book.add_format(
            {**wrapped, "bold": True, "align": "center", "bg_color": "#EDEDED"}
        ),
        text=book.add_format(wrapped),
        day=book.add_format({**centred, "num_format": DAY}),
        moment=book.add_format({**centred, "num_format": MOMENT}),
        number=book.add_format({**centred, "num_format": "General"}),
    )


def _write(page: Worksheet, sheet: PrintSheet, forms: _Forms) -> None:
    last = len(sheet.columns) - 1
    _set_up(page, sheet)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
    page.set_row(0, 30)
    page.merge_range(0, 0, 0, last, sheet.title, forms.title)
    page.merge_range(1, 0, 1, last, sheet.note, forms.note)
    page.set_row(2, _height(sheet.columns, [column.heading for column in sheet.columns]))
    for place, column in enumerate(sheet.columns):
        page.write_string(2, place, column.heading, forms.heading)
    number = 2
    for number, row in enumerate(sheet.rows, start=3):
        page.set_row(number, _height(sheet.columns, row))
        for place, cell in enumerate(row):
            _write_cell(page, number, place, cell, forms)
    if number == 2:
        page.merge_range(3, 0, 3, last, sheet.empty, forms.text)


def _height(columns: Sequence[Column], row: Sequence[Cell]) -> int:
    """Return the height in points at which the texts of a row are shown whole.

    Not every program makes a row as high as its text when it opens a sheet.
    """
    lines = [
        _lines(cell, column.width)
        for column, cell in zip(columns, row, strict=True)
        if isinstance(cell, str)
    ]
    return min(MOST_POINTS, LINE_POINTS * max(lines, default=1) + MARGIN_POINTS)


def _lines(text: str, width: int) -> int:
    """Return on how many lines a text is broken in a column."""
    room = max(1, width - 1)  # a margin at both sides
    return sum(max(1, ceil(_width(part) / room)) for part in text.split("\n"))


def _width(text: str) -> float:
    return sum(WIDE if east_asian_width(sign) in "WF" else 1 for sign in text)


def _set_up(page: Worksheet, sheet: PrintSheet) -> None:
    page.set_landscape()
    page.set_paper(sheet.paper)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.center_horizontally()
    page.repeat_rows(0, 2)
    page.freeze_panes(3, 0)
    page.set_footer(f'&C&"{FONT}"第 &P 页，共 &N 页')


def _write_cell(page: Worksheet, row: int, place: int, cell: Cell, forms: _Forms) -> None:
    if cell is None:
        page.write_blank(row, place, None, forms.text)
    elif isinstance(cell, datetime):
        page.write_datetime(row, place, beijing_minute(cell), forms.moment)
    elif isinstance(cell, date):
        page.write_datetime(row, place, cell, forms.day)
    elif isinstance(cell, str):
        page.write_string(row, place, shortened(guard_formula(cell)), forms.text)
    else:
        page.write_number(row, place, cell, forms.number)
