from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from qa_service.knowledge.exchange.rows import xlsx_package, xlsx_reader
from qa_service.knowledge.exchange.rows.readers import read_file, read_rows
from qa_service.knowledge.exchange.rows.source_row import (
    SourceFile,
    SourceRow,
    UnreadableFileError,
)
from qa_service.knowledge.exchange.workbooks import template

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


def rewrite(source: Path, target: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Copy a package with each part changed."""
    with ZipFile(source) as whole, ZipFile(target, "w", ZIP_DEFLATED) as changed:
        for name in whole.namelist():
            changed.writestr(name, change(name, whole.read(name)))
    return target


def notes_of(path: Path) -> list[str]:
    file = SourceFile(path, path.name)
    list(read_file(file))
    return file.notes


class TestWhatIsLeftOut:
    def test_another_sheet_with_content_is_named(self, tmp_path: Path) -> None:
        book = Workbook()
        first, second, empty = book.active, book.create_sheet("教育局"), book.create_sheet("空表")
        assert first is not None
        assert empty.title == "空表"
        for sheet in (first, second):
            sheet.append(["编号"])
            sheet.append(["a"])
        book.save(tmp_path / "a.xlsx")
        (note,) = notes_of(tmp_path / "a.xlsx")
        assert "“教育局”有 2 行内容，没有读取" in note

    def test_hidden_rows_are_named(self, tmp_path: Path) -> None:
        def lay(sheet: Any) -> None:
            for number in range(6):
                sheet.append([number, "一"])
            for hidden in (3, 5, 6):
                sheet.row_dimensions[hidden].hidden = True

        assert len(read(tmp_path, lay)) == 3
        (note,) = notes_of(tmp_path / "a.xlsx")
        assert "第 3、5—6 行已隐藏或被筛选掉，没有读取" in note

    def test_a_file_whose_rows_are_all_left_out_says_so(self, tmp_path: Path) -> None:
        def lay(sheet: Any) -> None:
            sheet.append(["a", "一"])
            sheet.row_dimensions[2].hidden = True

        with pytest.raises(UnreadableFileError, match="没有数据行；第 2 行已隐藏"):
            read(tmp_path, lay)

    def test_the_sheets_of_the_template_are_not_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.xlsx").write_bytes(template(["甲区社保局"], ["养老"]))
        book = load_workbook(tmp_path / "a.xlsx")
        book["问答"].append(["a"])
        book.save(tmp_path / "a.xlsx")
        assert notes_of(tmp_path / "a.xlsx") == []


class TestOtherPrograms:
    def test_strict_open_xml_is_read(self, tmp_path: Path) -> None:
        plain = read(tmp_path, lambda sheet: sheet.append(["a", "一"]))

        def strict(_name: str, part: bytes) -> bytes:
            for room in (b"spreadsheetml", b"officeDocument"):
                old = b"http://schemas.openxmlformats.org/%b/2006/" % room
                part = part.replace(old, b"http://purl.oclc.org/ooxml/%b/" % room)
            return part

        path = rewrite(tmp_path / "a.xlsx", tmp_path / "strict.xlsx", strict)
        assert [row.values for row in read_rows(path)] == [row.values for row in plain]

    def test_properties_that_are_wrong_do_not_matter(self, tmp_path: Path) -> None:
        plain = read(tmp_path, lambda sheet: sheet.append(["a", "一"]))

        def spoil(name: str, part: bytes) -> bytes:
            return b"<created>2020-7-16 2:46" if name == "docProps/core.xml" else part

        path = rewrite(tmp_path / "a.xlsx", tmp_path / "wps.xlsx", spoil)
        assert [row.values for row in read_rows(path)] == [row.values for row in plain]

    def test_dates_of_the_1904_system_are_the_days_excel_shows(self, tmp_path: Path) -> None:
        book = Workbook()
        book.epoch = CALENDAR_MAC_1904
        sheet = book.active
        assert sheet is not None
        sheet.append(["编号", "生效日期"])
        sheet.append([44591, datetime(2026, 1, 31)])
        book.save(tmp_path / "a.xlsx")
        (row,) = read_rows(tmp_path / "a.xlsx")
        assert (row.values["生效日期"], row.dates_from_1904) == (datetime(2026, 1, 31), True)

    def test_a_heading_may_be_broken_into_lines(self, tmp_path: Path) -> None:
        (row,) = read(tmp_path, lambda sheet: sheet.append(["a", "一"]), ("编号", "承办\n 单位"))
        assert list(row.values) == ["编号", "承办单位"]


class TestBadWorkbooks:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"not a zip", "不是 Excel 文件"),
            (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 512, "旧版.*或加密"),
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
        monkeypatch.setattr(xlsx_package, "UNPACKED_BYTES", 1 << 20)
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

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    @pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
    def test_a_document_type_is_refused_wherever_it_stands(
        self, tmp_path: Path, part: str, encoding: str
    ) -> None:
        read(tmp_path, lambda sheet: sheet.append(["a", "一"]))

        def declare(name: str, xml: bytes) -> bytes:
            if name != part:
                return xml
            text = xml.decode().partition("?>")[2] if xml.startswith(b"<?xml") else xml.decode()
            head = f'<?xml version="1.0" encoding="{encoding}"?><!--{"长" * 300_000}-->'
            return f'{head}<!DOCTYPE x [<!ENTITY a "b">]>{text}'.encode(encoding)

        path = rewrite(tmp_path / "a.xlsx", tmp_path / "b.xlsx", declare)
        with pytest.raises(UnreadableFileError, match="DOCTYPE"):
            list(read_rows(path))

    @pytest.mark.parametrize("element", ['<mergeCell ref="A9:B9"/>', "<hyperlink/>", "<si/>"])
    def test_a_sheet_of_formats_is_refused_before_it_is_held(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, element: str
    ) -> None:
        monkeypatch.setattr(xlsx_package, "GROUP_ELEMENTS", 1_000)
        read(tmp_path, lambda sheet: sheet.append(["a", "一"]))

        def swell(_name: str, part: bytes) -> bytes:
            return part.replace(
                b"</sheetData>", b"</sheetData><x>" + element.encode() * 1_100 + b"</x>"
            )

        path = rewrite(tmp_path / "a.xlsx", tmp_path / "b.xlsx", swell)
        with pytest.raises(UnreadableFileError, match="格式内容过多"):
            list(read_rows(path))

    def test_a_cell_of_very_many_pieces_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(xlsx_package, "GROUP_ELEMENTS", 1_000)
        read(tmp_path, lambda sheet: sheet.append(["a", "一"]))
        path = rewrite(
            tmp_path / "a.xlsx",
            tmp_path / "b.xlsx",
            lambda _name, part: part.replace(b"</t>", b"</t>" + b"<r/>" * 1_100),
        )
        with pytest.raises(UnreadableFileError, match="格式内容过多"):
            list(read_rows(path))

    def test_very_many_merged_ranges_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(xlsx_reader, "MERGED_RANGES", 2)

        def lay(sheet: Any) -> None:
            for row in range(2, 6):
                sheet.append(["a", "一"])
                sheet.merge_cells(f"A{row}:B{row}")

        with pytest.raises(UnreadableFileError, match="合并单元格超过 2 处"):
            read(tmp_path, lay)

    def test_a_part_that_is_held_whole_is_bounded(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(xlsx_package, "PART_BYTES", 100)
        with pytest.raises(UnreadableFileError, match="格式内容过多"):
            read(tmp_path, lambda sheet: sheet.append(["a", "一"]))

    def test_a_row_number_beyond_excels_is_refused(self, tmp_path: Path) -> None:
        read(tmp_path, lambda sheet: sheet.append(["a", "一"]))
        with ZipFile(tmp_path / "a.xlsx") as whole, ZipFile(tmp_path / "b.xlsx", "w") as far:
            for name in whole.namelist():
                content = whole.read(name)
                far.writestr(name, content.replace(b'<row r="2"', b'<row r="2000000000"'))
        with pytest.raises(UnreadableFileError, match="行号超出"):
            list(read_rows(tmp_path / "b.xlsx"))
