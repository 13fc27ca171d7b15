from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from qa_service.knowledge.exchange.rows import xlsx_reader
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.exchange.rows.source_row import SourceRow, UnreadableFileError

Lay = Callable[[Any], None]


def read(folder: Path, lay: Lay, header: tuple[str, ...] = ("编号", "答案")) -> list[SourceRow]:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(header)
    lay(sheet)
    book.save(folder / "a.xlsx")
    return list(read_rows(folder / "a.xlsx"))


class TestReadXlsx:
    def test_names_cells_as_excel_does(self, tmp_path: Path) -> None:
        (row,) = read(tmp_path, lambda sheet: sheet.append(["a", "一"]))
        assert row.values == {"编号": "a", "答案": "一"}
        assert row.cell("答案") == "B2"

    def test_keeps_numbers_and_dates(self, tmp_path: Path) -> None:
        (row,) = read(tmp_path, lambda sheet: sheet.append([1001, datetime(2026, 1, 31)]))
        assert row.values == {"编号": 1001, "答案": datetime(2026, 1, 31)}

    def test_skips_hidden_and_empty_rows(self, tmp_path: Path) -> None:
        def lay(sheet: Any) -> None:
            for row in (["a", "一"], ["b", "二"], [None, " "], ["c", "三"]):
                sheet.append(row)
            sheet.row_dimensions[3].hidden = True

        rows = read(tmp_path, lay)
        assert [(row.number, row.values["编号"]) for row in rows] == [(2, "a"), (5, "c")]

    def test_a_formula_is_a_fault_of_its_cell(self, tmp_path: Path) -> None:
        (row,) = read(tmp_path, lambda sheet: sheet.append(["a", "=A2&B1"]))
        assert row.faults[0].field == "答案"
        assert "公式" in row.faults[0].message

    def test_an_error_value_is_a_fault_of_its_cell(self, tmp_path: Path) -> None:
        (row,) = read(tmp_path, lambda sheet: sheet.append(["a", "#N/A"]))
        assert "错误值 #N/A" in row.faults[0].message

    def test_merged_cells_are_a_fault_of_every_row_they_touch(self, tmp_path: Path) -> None:
        def lay(sheet: Any) -> None:
            for row in (["a", "一"], ["b", "二"], ["c", "三"]):
                sheet.append(row)
            sheet.merge_cells("B2:B3")

        rows = read(tmp_path, lay)
        assert ["B2:B3" in str(row.faults) for row in rows] == [True, True, False]

    def test_a_merged_title_over_the_header_refuses_the_file(self, tmp_path: Path) -> None:
        def lay(sheet: Any) -> None:
            sheet.append(["a", "一"])
            sheet.merge_cells("A1:B1")

        with pytest.raises(UnreadableFileError, match="表头有合并单元格 A1:B1"):
            read(tmp_path, lay)

    def test_content_beside_the_table_is_a_fault(self, tmp_path: Path) -> None:
        (row,) = read(tmp_path, lambda sheet: sheet.append(["a", "一", "散落"]))
        assert "C 列没有列名" in row.faults[0].message

    def test_takes_excels_escape_for_a_carriage_return_as_a_line_break(
        self, tmp_path: Path
    ) -> None:
        (row,) = read(tmp_path, lambda sheet: sheet.append(["a", "一_x000D_\n二"]))
        assert row.values["答案"] == "一\n二"

    def test_skips_hidden_sheets(self, tmp_path: Path) -> None:
        book = Workbook()
        hidden, shown = book.active, book.create_sheet("问答")
        assert hidden is not None
        hidden.append(["别的"])
        hidden.sheet_state = "hidden"
        shown.append(["编号"])
        shown.append(["a"])
        book.save(tmp_path / "a.xlsx")
        assert [row.values for row in read_rows(tmp_path / "a.xlsx")] == [{"编号": "a"}]


class TestBadWorkbooks:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"not a zip", "不是 Excel 文件"),
            (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 512, "旧版或加密"),
        ],
    )
    def test_another_file_is_refused(self, tmp_path: Path, content: bytes, told: str) -> None:
        (tmp_path / "a.xlsx").write_bytes(content)
        with pytest.raises(UnreadableFileError, match=told):
            list(read_rows(tmp_path / "a.xlsx"))

    def test_a_damaged_sheet_is_refused(self, tmp_path: Path) -> None:
        read(tmp_path, lambda sheet: sheet.append(["a", "一"]))
        with ZipFile(tmp_path / "a.xlsx") as whole, ZipFile(tmp_path / "b.xlsx", "w") as damaged:
            for name in whole.namelist():
                content = whole.read(name)
                damaged.writestr(name, content[:-20] if "sheet1" in name else content)
        with pytest.raises(UnreadableFileError, match="已损坏"):
            list(read_rows(tmp_path / "b.xlsx"))

    def test_a_zip_without_a_workbook_is_refused(self, tmp_path: Path) -> None:
        with ZipFile(tmp_path / "a.xlsx", "w") as archive:
            archive.writestr("readme.txt", "nothing")
        with pytest.raises(UnreadableFileError, match="已损坏"):
            list(read_rows(tmp_path / "a.xlsx"))

    def test_a_zip_bomb_is_refused_before_it_is_unpacked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(xlsx_reader, "UNPACKED_BYTES", 1 << 20)
        with ZipFile(tmp_path / "a.xlsx", "w", ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (2 << 20))
        with pytest.raises(UnreadableFileError, match="解压后超过 1 MB"):
            list(read_rows(tmp_path / "a.xlsx"))

    @pytest.mark.parametrize(
        "declared",
        [
            '<!ENTITY x SYSTEM "file:///etc/passwd">',
            '<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;">',
        ],
    )
    def test_an_entity_of_xml_is_not_followed(self, tmp_path: Path, declared: str) -> None:
        read(tmp_path, lambda sheet: sheet.append(["marker", "一"]))
        with ZipFile(tmp_path / "a.xlsx") as whole, ZipFile(tmp_path / "b.xlsx", "w") as hostile:
            for name in whole.namelist():
                text = whole.read(name).decode()
                if "marker" in text:
                    head, xml = text.split("?>", 1) if text.startswith("<?xml") else ("", text)
                    doctype = f"<!DOCTYPE root [{declared}]>{xml.replace('marker', '&x;')}"
                    text = f"{head}?>{doctype}" if head else doctype
                hostile.writestr(name, text)
        try:
            rows = list(read_rows(tmp_path / "b.xlsx"))
        except UnreadableFileError:
            return
        assert "root:" not in str(rows)
        assert "hahahahaha" not in str(rows)

    def test_a_row_number_beyond_excels_is_refused(self, tmp_path: Path) -> None:
        read(tmp_path, lambda sheet: sheet.append(["a", "一"]))
        with ZipFile(tmp_path / "a.xlsx") as whole, ZipFile(tmp_path / "b.xlsx", "w") as far:
            for name in whole.namelist():
                content = whole.read(name)
                far.writestr(name, content.replace(b'<row r="2"', b'<row r="2000000000"'))
        with pytest.raises(UnreadableFileError, match="行号超出"):
            list(read_rows(tmp_path / "b.xlsx"))
