"""XLSX files of an import: the template (导入模板) and the report of the rows."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from itertools import zip_longest

from xlsxwriter import Workbook

from qa_service.knowledge.exchange.import_report import ImportReport, RowReport
from qa_service.knowledge.exchange.rows.pair_columns import COLUMNS
from qa_service.knowledge.exchange.xlsx_writer import (
    PLAIN_STRINGS,
    Cell,
    CellForms,
    write_row,
    write_sheet,
)
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS
from qa_service.knowledge.pairs.record.fields import ContentField, FieldKind
from qa_service.vocabulary import Aspect, ImportOutcome, PairStatus

ROWS = 100_000
"""Rows with validation rules: the limit of an import."""

Validation = dict[str, str | int | date | list[str]]
"""A data validation rule as XlsxWriter takes it."""

_PLACES = {column.name: place for place, column in enumerate(COLUMNS)}


def template(unit_names: Sequence[str], areas: Sequence[str]) -> bytes:
    """Return an XLSX file with the columns of an import, drop-down lists and instructions."""
    held = BytesIO()
    with Workbook(held, {"in_memory": True, **PLAIN_STRINGS}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        forms = CellForms(book)
        sheet = book.add_worksheet("问答")
        for place, column in enumerate(COLUMNS):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.label, bold)
        sheet.freeze_panes(1, 0)
        guide = book.add_worksheet("填写说明")
        guide.set_column(1, 1, 80)
        write_row(guide, 0, ["列", "怎么填"], forms)
        for number, column in enumerate(COLUMNS, start=1):
            write_row(guide, number, [column.label, column.guide], forms)
        choices = book.add_worksheet("选项")
        choices.hide()
        for number, (name, area) in enumerate(zip_longest(unit_names, areas, fillvalue="")):
            write_row(choices, number, [name, area], forms)
        for name, rule in _validations(len(unit_names), len(areas)).items():
            place = _PLACES[name]
            sheet.data_validation(1, place, ROWS, place, rule)
    return held.getvalue()


def report_file(report: ImportReport) -> bytes:
    """Return an XLSX file with a row for every row of the import, refused ones first.

    What the reader left out, as hidden rows, stands above them.
    """
    rows = sorted(report.rows, key=lambda row: (row.outcome is not ImportOutcome.REFUSED, row.row))
    held = BytesIO()
    columns = (("行", 8), ("结果", 10), ("编号", 24), ("单元格", 40), ("说明", 60))
    notes: list[tuple[Cell, ...]] = [("", "未读取", "", "", note) for note in report.notes]
    write_sheet(held, "导入报告", columns, (*notes, *map(_report_cells, rows)))
    return held.getvalue()


def _report_cells(row: RowReport) -> tuple[Cell, ...]:
    """Return the cells of one row of the report."""
    details = "　".join(part for part in (row.reason, row.note) if part)
    return row.row, row.outcome.label, row.key, row.cell, details


def _validations(units: int, areas: int) -> dict[str, Validation]:
    """Return the rule of each column that has one; units and areas stand in the sheet 选项."""
    rules = {field.wire_name: _rule(field, units, areas) for field in PAIR_FIELDS}
    found = {name: rule for name, rule in rules.items() if rule is not None}
    return found | {"status": _one_of([status.label for status in PairStatus])}


def _rule(field: ContentField, units: int, areas: int) -> Validation | None:
    """Return the validation rule of a field's column; None if there is none."""
    match field.kind:
        case FieldKind.AREA if areas:
            return _listed("B", areas, "请从领域清单中选择")
        case FieldKind.UNIT if units:
            return _listed("A", units, "请从单位名录中选择")
        case FieldKind.ASPECT:
            return _one_of([aspect.label for aspect in Aspect])
        case FieldKind.LINE:
            return _no_longer_than(field.limit)
        case FieldKind.DAY:
            return _a_day()
    return None


def _listed(column: str, count: int, message: str) -> Validation:
    """Return a drop-down list of the first ``count`` cells of a column of the sheet 选项."""
    source = f"=选项!${column}$1:${column}${count}"
    return {"validate": "list", "source": source, "error_message": message}


def _one_of(words: list[str]) -> Validation:
    """Return a drop-down list of ``words``."""
    return {"validate": "list", "source": words, "error_message": "请从下拉列表中选择"}


def _no_longer_than(limit: int) -> Validation:
    """Return a limit of the number of characters."""
    return {
        "validate": "length",
        "criteria": "<=",
        "value": limit,
        "error_message": f"最多 {limit} 个字，请精简",
    }


def _a_day() -> Validation:
    """Return a rule that accepts dates from 2000 on."""
    return {
        "validate": "date",
        "criteria": ">",
        "value": date(2000, 1, 1),
        "error_message": "请填写日期，如 2026-01-31",
    }
