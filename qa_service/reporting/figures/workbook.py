"""The figures of a period as a workbook that prints: all of them, and their breakdown."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from qa_service.reporting.figures.breakdown import BrokenDown, labelled_breakdown
from qa_service.reporting.figures.contract import Figure
from qa_service.reporting.figures.counting import Compared, compare_figures
from qa_service.reporting.figures.scope import Dimension, Scope
from qa_service.reporting.figures.table import FIGURES
from qa_service.reporting.print_sheets import Cell, Column, PrintSheet, write_book

_COLUMNS = (
    Column("序号", 5),
    Column("指标", 16),
    Column("单位", 9),
    Column("本期", 10),
    Column("分子", 9),
    Column("分母", 9),
    Column("上期", 10),
    Column("变化", 14),
    Column("分子口径", 34),
    Column("分母口径", 22),
    Column("不计入", 22),
    Column("数据来源", 32),
)

AT_ONCE = 10
"""Figures beside number and name in a sheet of twelve columns."""


def write_figures(session: Session, scope: Scope, by: Dimension) -> bytes:
    """Return an XLSX file of every figure, and of those that can be broken down ``by``."""
    title = f"{scope.period.label}政策咨询监督统计"
    note = f"截至 {scope.today:%Y-%m-%d} 编制"
    compared = compare_figures(session, scope)
    wanted = [figure for figure in FIGURES if by in figure.source.dimensions]
    rows = labelled_breakdown(session, scope, by, wanted)
    sheets = [PrintSheet("指标", title, note, _COLUMNS, _lines(compared))]
    for number, start in enumerate(range(0, len(wanted), AT_ONCE), start=1):
        part = wanted[start : start + AT_ONCE]
        columns = (Column("序号", 5), Column(by.label, 28), *map(_column, part))
        name = f"按{by.label}{number}"
        sheets.append(
            PrintSheet(name, f"{title}（按{by.label}）", note, columns, _cells(rows, part))
        )
    return write_book(sheets)


def _column(figure: Figure) -> Column:
    return Column(f"{figure.label}（{figure.measure.label}）", 11)


def _lines(compared: Sequence[Compared]) -> Iterator[tuple[Cell, ...]]:
    for place, one in enumerate(compared, start=1):
        figure, now = one.now.figure, one.now
        yield (
            place,
            figure.label,
            figure.measure.label,
            now.shown if now.value is None else now.value,
            None if now.numerator is None else round(now.numerator, 1),
            now.denominator,
            one.before.value,
            one.change,
            figure.numerator,
            figure.denominator,
            figure.excluded,
            figure.source.label,
        )


def _cells(rows: Sequence[BrokenDown], figures: Sequence[Figure]) -> Iterator[tuple[Cell, ...]]:
    for place, row in enumerate(rows, start=1):
        values = (row.values[figure.name] for figure in figures)
        cells = (one.shown if one.value is None else one.value for one in values)
        yield (place, row.label, *cells)
