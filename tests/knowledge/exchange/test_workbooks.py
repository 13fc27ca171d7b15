from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook

from qa_service.knowledge.exchange.import_report import ImportReport, RowReport
from qa_service.knowledge.exchange.rows.pair_columns import COLUMNS, read_pair
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.exchange.workbooks import report_file, template
from qa_service.vocabulary import ImportOutcome, PolicyArea

ROW = {
    "领域": "养老",
    "承办单位": "甲区社保局",
    "标准问题": "养老金怎么领？",
    "答案": "到社保局领。",
    "口播稿": "到社保局领。",
    "生效日期": "2025-01-01",
}


class TestTemplate:
    def test_filled_in_is_read_as_a_pair(self, tmp_path: Path) -> None:
        book = load_workbook(BytesIO(template(["甲区社保局", "甲区税务局"], ["养老", "住房"])))
        sheet = book.worksheets[0]
        sheet.append([ROW.get(column.label) for column in COLUMNS])
        book.save(tmp_path / "filled.xlsx")
        (row,) = read_rows(tmp_path / "filled.xlsx")
        said = read_pair(row).content
        assert (said.area, said.unit, said.question) == (
            PolicyArea.ELDERLY_CARE,
            "甲区社保局",
            "养老金怎么领？",
        )

    def test_lets_choose_fields_and_units_and_limits_lengths_and_dates(self) -> None:
        book = load_workbook(BytesIO(template(["甲区社保局", "甲区税务局"], ["养老", "住房"])))
        sheet = book.worksheets[0]
        rules = {
            str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation
        }
        heads = {cell.value: cell.column_letter for cell in sheet[1]}
        assert rules[f"{heads['领域']}2"].formula1 == "选项!$B$1:$B$2"
        assert rules[f"{heads['承办单位']}2"].formula1 == "选项!$A$1:$A$2"
        assert rules[f"{heads['标准问题']}2"].formula1 == "128"
        assert rules[f"{heads['生效日期']}2"].type == "date"

    def test_explains_every_column(self) -> None:
        guide = load_workbook(BytesIO(template([], [])))["填写说明"]
        explained = dict(guide.iter_rows(min_row=2, values_only=True))
        assert list(explained) == [column.label for column in COLUMNS]
        assert all(explained.values())


class TestReport:
    def test_has_every_row_the_refused_first_and_no_formula(self) -> None:
        report = ImportReport(
            (
                RowReport(2, ImportOutcome.ADDED, "a"),
                RowReport(3, ImportOutcome.REFUSED, "=1+1", cell="领域", reason="不能为空"),
            )
        )
        sheet = load_workbook(BytesIO(report_file(report))).worksheets[0]
        rows = list(sheet.iter_rows(min_row=2, values_only=True))
        assert [row[:2] for row in rows] == [(3, "未导入"), (2, "新增")]
        assert rows[0][2] == "'=1+1"
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
