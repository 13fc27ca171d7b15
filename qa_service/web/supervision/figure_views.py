"""View models of the pages of figures: lines with their definitions, and charts."""

from collections.abc import Sequence
from dataclasses import dataclass

from qa_service.reporting.charts import Bar, stacked_bars
from qa_service.reporting.figures.breakdown import BrokenDown
from qa_service.reporting.figures.contract import Figure, Measure, Part
from qa_service.reporting.figures.counting import Compared, FigureValue
from qa_service.reporting.figures.scope import Dimension
from qa_service.reporting.figures.table import BY_NAME
from qa_service.web.supervision.report_query import ReportQuery

VERDICTS = (("good", "hit_rate"), ("ask", "choose_rate"), ("bad", "unmatched_rate"))
"""Tones and figures of the chart of verdicts."""

LIMITS = (("good", "on_time_rate"), ("bad", "once_overdue"))
"""Tones and figures of the chart of limits."""

_ROWS = "/reports/rows"


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure as a page shows it, with the addresses of the rows behind it."""

    figure: Figure
    shown: str
    numerator: str
    denominator: str
    before: str
    change: str
    rows_address: str
    rest_address: str
    all_address: str


@dataclass(frozen=True, slots=True)
class ChartCell:
    """A count beside a bar, with the address of its rows."""

    count: int
    address: str


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One bar with its counts and the rate that they give."""

    bar: Bar
    cells: tuple[ChartCell, ...]
    total: int
    rate: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its table: heading, tones with labels, definition, rows."""

    name: str
    title: str
    first: str
    legend: tuple[tuple[str, str], ...]
    rate_label: str
    definition: str
    rows: tuple[ChartRow, ...]


def figure_lines(compared: Sequence[Compared], asked: ReportQuery) -> list[FigureLine]:
    """Return the lines of the table of figures."""
    return [_line(one, asked) for one in compared]


def verdict_chart(rows: Sequence[BrokenDown], by: Dimension, asked: ReportQuery) -> Chart:
    """Return the chart of 命中、选一、未命中 by a dimension."""
    legend = (("good", "命中"), ("ask", "请选择"), ("bad", "未命中"))
    return _chart("verdicts", "命中、选一、未命中", VERDICTS, legend, "hit_rate", rows, by, asked)


def limit_chart(rows: Sequence[BrokenDown], by: Dimension, asked: ReportQuery) -> Chart:
    """Return the chart of entries whose limit expired: in time, or missed."""
    legend = (("good", "按期办结"), ("bad", "曾超期"))
    return _chart("limits", "期限届满的台账", LIMITS, legend, "on_time_rate", rows, by, asked)


def _chart(
    name: str,
    title: str,
    parts: Sequence[tuple[str, str]],
    legend: tuple[tuple[str, str], ...],
    rate: str,
    rows: Sequence[BrokenDown],
    by: Dimension,
    asked: ReportQuery,
) -> Chart:
    counted = [(row, [(tone, _count(row, figure)) for tone, figure in parts]) for row in rows]
    counted = [(row, counts) for row, counts in counted if sum(count for _, count in counts)]
    bars = stacked_bars([(row.label, counts) for row, counts in counted])
    figure = BY_NAME[rate]
    return Chart(
        name=name,
        title=f"{title}（按{by.label}）",
        first=by.label,
        legend=legend,
        rate_label=figure.label,
        definition=_definition(figure),
        rows=tuple(
            ChartRow(
                bar,
                tuple(
                    ChartCell(count, _address(asked, figure_name, Part.NUMERATOR, by, row.key))
                    for (_, figure_name), (_, count) in zip(parts, counts, strict=True)
                ),
                sum(count for _, count in counts),
                row.values[rate].shown,
            )
            for bar, (row, counts) in zip(bars, counted, strict=True)
        ),
    )


def _definition(figure: Figure) -> str:
    share = f"{figure.label} = {figure.numerator} ÷ {figure.denominator}"
    return f"{share}；不计入：{figure.excluded}"


def _count(row: BrokenDown, figure: str) -> int:
    value = row.values.get(figure)
    return int(value.numerator or 0) if value else 0


def _line(one: Compared, asked: ReportQuery) -> FigureLine:
    figure = one.now.figure
    is_count = figure.measure is Measure.COUNT
    return FigureLine(
        figure=figure,
        shown=one.now.shown,
        numerator=_number(one.now),
        denominator="" if is_count or one.now.denominator is None else f"{one.now.denominator:,}",
        before="—" if one.before.value is None else one.before.shown,
        change=one.change,
        rows_address=_address(asked, figure.name, Part.NUMERATOR),
        rest_address="" if is_count else _address(asked, figure.name, Part.REST),
        all_address="" if is_count else _address(asked, figure.name, Part.DENOMINATOR),
    )


def _number(value: FigureValue) -> str:
    return "" if value.numerator is None else f"{value.numerator:,.0f}"


def _address(
    asked: ReportQuery, figure: str, part: Part, by: Dimension | None = None, key: str | None = None
) -> str:
    only = {"by": by.value, "key": key or "-"} if by is not None else {"by": ""}
    return asked.address(_ROWS, figure=figure, part=part.value, **only)
