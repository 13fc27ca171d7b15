"""An inspection package as a workbook that prints: figures, units, lists, and the two texts."""

from collections.abc import Iterable, Iterator

from qa_service.reporting.figures.contract import Measure
from qa_service.reporting.inspection.content import CrossOffLine, FrozenFigure, PackageContent
from qa_service.reporting.print_sheets import Cell, Column, PrintSheet, write_book

_FIGURES = (
    Column("序号", 5),
    Column("指标", 16),
    Column("单位", 9),
    Column("本期", 9),
    Column("分子", 9),
    Column("分母", 9),
    Column("上期", 9),
    Column("变化", 14),
    Column("分子口径", 34),
    Column("分母口径", 22),
    Column("不计入", 22),
    Column("数据来源", 32),
)
_OVERDUE = (
    Column("序号", 5),
    Column("台账编号", 18),
    Column("类别", 10),
    Column("领域", 10),
    Column("承办单位", 26),
    Column("受理日期", 12),
    Column("办理期限", 12),
    Column("回复日期", 12),
    Column("超期（工作日）", 10),
    Column("办理状态", 10),
)
_RETURNED = (
    Column("序号", 5),
    Column("台账编号", 18),
    Column("领域", 10),
    Column("退回单位", 26),
    Column("退回日期", 12),
    Column("退回理由", 40),
    Column("现承办单位", 26),
    Column("办理状态", 10),
)
_CROSSING_OFF = (
    Column("序号", 5),
    Column("类别", 12),
    Column("编号或事项", 44),
    Column("承办单位", 24),
    Column("责任人", 10),
    Column("提出日期", 12),
    Column("办理时限", 12),
    Column("完成日期", 12),
    Column("是否销号", 9),
    Column("佐证", 34),
)
_TEXT = (Column("序号", 5), Column("内容", 120))


def write_package(content: PackageContent, notice: str, note: str) -> bytes:
    """Return the package as an XLSX file; ``notice`` is the circular as edited.

    ``note`` is the line below each title: who issued it and when.
    """
    return write_book(_sheets(content, notice, note))


def write_crossing_off(title: str, lines: Iterable[CrossOffLine], note: str) -> bytes:
    """Return the list of what is to be crossed off (销号清单) as an XLSX file."""
    rows = _cross_off_rows(lines)
    return write_book([PrintSheet("销号清单", title, note, _CROSSING_OFF, rows)])


def _sheets(content: PackageContent, notice: str, note: str) -> Iterator[PrintSheet]:
    title = content.title
    yield PrintSheet("指标", title, note, _FIGURES, _figures(content))
    yield PrintSheet("各单位", f"{title}（各单位）", note, _unit_columns(content), _units(content))
    yield PrintSheet("超期清单", f"{title}（超期清单）", note, _OVERDUE, _overdue(content))
    yield PrintSheet("退回清单", f"{title}（退回清单）", note, _RETURNED, _returned(content))
    listed = _cross_off_rows(content.crossing_off)
    yield PrintSheet("销号清单", f"{title}（销号清单）", note, _CROSSING_OFF, listed)
    yield PrintSheet("通报草稿", "通报（草稿）", note, _TEXT, _lines(notice))
    report = _lines(content.yearly_report)
    yield PrintSheet("年度报告段落", "政府信息公开工作年度报告（段落）", note, _TEXT, report)


def _figures(content: PackageContent) -> Iterator[tuple[Cell, ...]]:
    for place, one in enumerate(content.figures, start=1):
        yield (
            place,
            one.label,
            Measure.from_storage(one.measure).label,
            _or_no_data(one, one.value),
            one.numerator,
            one.denominator,
            one.before,
            one.change,
            one.numerator_text,
            one.denominator_text,
            one.excluded,
            one.source,
        )


def _or_no_data(figure: FrozenFigure, value: float | None) -> Cell:
    return figure.shown if value is None else value


def _unit_columns(content: PackageContent) -> tuple[Column, ...]:
    headings = (f"{label}（{_sign(measure)}）" for _, label, measure in content.unit_figures)
    shown = (Column(heading, 11) for heading in headings)
    return (Column("序号", 5), Column("承办单位", 28), *shown)


def _sign(measure: str) -> str:
    return Measure.from_storage(measure).label


def _units(content: PackageContent) -> Iterator[tuple[Cell, ...]]:
    for place, line in enumerate(content.units, start=1):
        values = (
            content.unit_value(line, column) if value is None else value
            for column, value in enumerate(line.values)
        )
        yield (place, line.name, *values)


def _overdue(content: PackageContent) -> Iterator[tuple[Cell, ...]]:
    for place, one in enumerate(content.overdue, start=1):
        yield (
            place,
            one.number,
            one.kind,
            one.area,
            one.unit,
            one.received_on,
            one.due_on,
            one.ended_on or "未回复",
            one.late_workdays,
            one.state,
        )


def _returned(content: PackageContent) -> Iterator[tuple[Cell, ...]]:
    for place, one in enumerate(content.returned, start=1):
        yield (
            place,
            one.number,
            one.area,
            one.unit,
            one.returned_on,
            one.reason,
            one.present_unit,
            one.state,
        )


def _cross_off_rows(lines: Iterable[CrossOffLine]) -> Iterator[tuple[Cell, ...]]:
    for place, one in enumerate(lines, start=1):
        yield (
            place,
            one.kind,
            one.matter,
            one.unit,
            one.in_charge,
            one.opened_on,
            one.limit_on,
            one.done_on,
            "是" if one.done_on else "否",
            one.evidence,
        )


def _lines(text: str) -> Iterator[tuple[Cell, ...]]:
    yield from enumerate(text.splitlines(), start=1)
