"""Spreadsheets around an import: the template to fill in (导入模板), and the report of its rows."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from xlsxwriter import Workbook

from qa_service.knowledge.exchange.exporter import WIDTHS
from qa_service.knowledge.exchange.import_report import ImportReport, RowReport
from qa_service.knowledge.exchange.rows.pair_columns import COLUMNS
from qa_service.knowledge.exchange.xlsx_writer import PLAIN_STRINGS, Cell, write_row, write_sheet
from qa_service.knowledge.pairs.content import PHONE_SCRIPT_CHARACTERS, QUESTION_CHARACTERS
from qa_service.vocabulary import ImportOutcome, PairStatus, PolicyArea

ROWS = 100_000
"""Rows that are validated: as many as an import takes."""

Validation = dict[str, str | int | date | list[str]]
"""A rule of a cell in XlsxWriter's terms."""

GUIDE = {
    "key": "选填。已有问答的编号；空着时按标准问题认定是哪一条。",
    "field": "必填。九个领域之一，从下拉列表中选；也可写成“领域/事项”，事项须在入库情况的清单中。",
    "unit": "必填。承办单位，从下拉列表中选。",
    "question": f"必填。不超过 {QUESTION_CHARACTERS} 个字，库中不得重复。",
    "variants": "选填。群众的其他问法，单元格内一行一条，或用 | 分开。",
    "answer": "必填。书面答复，可以换行。",
    "phone_script": f"必填。电话口播，不超过 {PHONE_SCRIPT_CHARACTERS} 个字。",
    "effective_from": "必填。日期，如 2026-01-31。",
    "expires_on": "选填。有效的最后一天。",
    "keywords": "选填。用顿号分开，每个不超过 20 个字。",
    "basis": "发布前必须有。文号或标识，可加“#条款”，一行一条；文件须先录入政策库。",
    "audience": "选填。适用对象；空为所有人。",
    "region": "选填。适用地区；空为全区。",
    "clarifying": "选填。坐席追问，写成“问题#答是时#答否时”，一行一条。",
    "review_by": "选填。到期应复核的日期。",
    "status": "选填。导出文件中原有的状态；导入为草稿时不起作用。",
    "withdrawn_reason": "选填。已撤回的原因。",
}

_PLACES = {column.name: place for place, column in enumerate(COLUMNS)}


def template(unit_names: Sequence[str]) -> bytes:
    """Return an XLSX file with the columns of an import, lists to choose from, and a guide."""
    held = BytesIO()
    with Workbook(held, {"in_memory": True, **PLAIN_STRINGS}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("问答")
        write_row(sheet, 0, [column.label for column in COLUMNS], bold)
        for place, width in enumerate(WIDTHS):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(1, 0)
        guide = book.add_worksheet("填写说明")
        guide.set_column(1, 1, 80)
        write_row(guide, 0, ["列", "怎么填"], wrapped)
        for number, column in enumerate(COLUMNS, start=1):
            write_row(guide, number, [column.label, GUIDE[column.name]], wrapped)
        choices = book.add_worksheet("选项")
        choices.hide()
        for number, name in enumerate(unit_names):
            write_row(choices, number, [name], wrapped)
        for name, rule in _validations(len(unit_names)).items():
            place = _PLACES[name]
            sheet.data_validation(1, place, ROWS, place, rule)
    return held.getvalue()


def report_file(report: ImportReport) -> bytes:
    """Return an XLSX file with a row for every row of the imported file, the refused first."""
    rows = sorted(report.rows, key=lambda row: (row.outcome is not ImportOutcome.REFUSED, row.row))
    held = BytesIO()
    columns = (("行", 8), ("结果", 10), ("编号", 24), ("单元格", 40), ("说明", 60))
    write_sheet(held, "导入报告", columns, (_report_cells(row) for row in rows))
    return held.getvalue()


def _report_cells(row: RowReport) -> tuple[Cell, ...]:
    told = "　".join(part for part in (row.reason, row.note) if part)
    return row.row, row.outcome.label, row.key, row.cell, told


def _validations(units: int) -> dict[str, Validation]:
    rules = {
        "field": _one_of([area.value for area in PolicyArea]),
        "status": _one_of([status.label for status in PairStatus]),
        "question": _no_longer_than(QUESTION_CHARACTERS),
        "phone_script": _no_longer_than(PHONE_SCRIPT_CHARACTERS),
        **{name: _a_day() for name in ("effective_from", "expires_on", "review_by")},
    }
    if units:
        rules["unit"] = {
            "validate": "list",
            "source": f"=选项!$A$1:$A${units}",
            "error_message": "请从单位名录中选择",
        }
    return rules


def _one_of(words: list[str]) -> Validation:
    return {"validate": "list", "source": words, "error_message": "请从下拉列表中选择"}


def _no_longer_than(limit: int) -> Validation:
    return {
        "validate": "length",
        "criteria": "<=",
        "value": limit,
        "error_message": f"最多 {limit} 个字，请精简",
    }


def _a_day() -> Validation:
    return {
        "validate": "date",
        "criteria": ">",
        "value": date(2000, 1, 1),
        "error_message": "请填写日期，如 2026-01-31",
    }
