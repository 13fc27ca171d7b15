"""Spreadsheets around an import: the template to fill in (导入模板), and the report of its rows."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from qa_service.knowledge.exchange.exporter import WIDTHS
from qa_service.knowledge.exchange.import_report import ImportReport
from qa_service.knowledge.exchange.rows.cells import escape_xstring, guard_formula
from qa_service.knowledge.exchange.rows.pair_columns import COLUMNS, STATUS_LABELS
from qa_service.knowledge.outcome import Outcome
from qa_service.knowledge.pairs.content import PHONE_SCRIPT_CHARACTERS, QUESTION_CHARACTERS
from qa_service.vocabulary import PolicyArea

ROWS = 100_000
"""Rows that are validated: as many as an import takes."""

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

OUTCOMES = {
    Outcome.ADDED: "新增",
    Outcome.CHANGED: "更新",
    Outcome.UNCHANGED: "无变化",
    Outcome.REFUSED: "未导入",
}

_PLACES = {column.name: get_column_letter(at) for at, column in enumerate(COLUMNS, start=1)}


def template(unit_names: Sequence[str]) -> bytes:
    """An XLSX file with the columns of an import, lists to choose from, and a guide sheet."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a new book has one
    sheet.title = "问答"
    sheet.append([column.label for column in COLUMNS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for name, width in zip(_PLACES.values(), WIDTHS, strict=True):
        sheet.column_dimensions[name].width = width
    sheet.freeze_panes = "A2"
    guide = book.create_sheet("填写说明")
    guide.append(["列", "怎么填"])
    for column in COLUMNS:
        guide.append([column.label, GUIDE[column.name]])
    guide.column_dimensions["B"].width = 80
    choices = book.create_sheet("选项")
    choices.sheet_state = "hidden"
    for name in unit_names:
        choices.append([name])
    for validation in _validations(len(unit_names)):
        sheet.add_data_validation(validation)
    return _bytes(book)


def report_file(report: ImportReport) -> bytes:
    """An XLSX file with a row for every row of the imported file, the refused ones first."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("导入报告")
    for place, width in zip("ABCDE", (8, 10, 24, 40, 60), strict=True):
        sheet.column_dimensions[place].width = width
    sheet.append(["行", "结果", "编号", "单元格", "说明"])
    rows = sorted(report.rows, key=lambda row: (row.outcome is not Outcome.REFUSED, row.row))
    for row in rows:
        told = "　".join(part for part in (row.reason, row.note) if part)
        texts = (OUTCOMES[row.outcome], row.key, row.cell, told)
        sheet.append([row.row, *(escape_xstring(guard_formula(text)) for text in texts)])
    return _bytes(book)


def _validations(units: int) -> list[DataValidation]:
    def over(name: str, validation: DataValidation) -> DataValidation:
        validation.add(f"{_PLACES[name]}2:{_PLACES[name]}{ROWS + 1}")
        validation.showErrorMessage = True
        return validation

    def listed(words: Sequence[str]) -> DataValidation:
        return DataValidation(
            type="list", formula1=f'"{",".join(words)}"', error="请从下拉列表中选择"
        )

    def no_longer_than(limit: int) -> DataValidation:
        return DataValidation(
            type="textLength",
            operator="lessThanOrEqual",
            formula1=str(limit),
            error=f"最多 {limit} 个字，请精简",
        )

    def a_day() -> DataValidation:
        return DataValidation(
            type="date",
            operator="greaterThan",
            formula1="36526",
            allow_blank=True,
            error="请填写日期，如 2026-01-31",
        )

    found = [
        over("field", listed([area.value for area in PolicyArea])),
        over("status", listed(list(STATUS_LABELS.values()))),
        over("question", no_longer_than(QUESTION_CHARACTERS)),
        over("phone_script", no_longer_than(PHONE_SCRIPT_CHARACTERS)),
        *(over(name, a_day()) for name in ("effective_from", "expires_on", "review_by")),
    ]
    if units:
        by_unit = DataValidation(
            type="list", formula1=f"选项!$A$1:$A${units}", error="请从单位名录中选择"
        )
        found.append(over("unit", by_unit))
    return found


def _bytes(book: Workbook) -> bytes:
    for sheet in book.worksheets if not book.write_only else ():
        for row in sheet.iter_rows():
            for cell in row:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    held = BytesIO()
    book.save(held)
    return held.getvalue()
