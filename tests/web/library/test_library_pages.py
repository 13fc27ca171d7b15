"""The library towards the city: its columns, proofs of upload, and links of services."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from visitor import Browse, Browser

from qa_service.errors import ConfigurationError
from qa_service.knowledge.policies.library.columns import SHIPPED, library_columns
from qa_service.vocabulary import Role

ADDRESS = "https://policy.example.gov.cn/doc/1"


@pytest.fixture
def editor(browse: Browse) -> Browser:
    return browse("bianji", Role.EDITOR)


def sheet(editor: Browser, query: str = "") -> list[dict[str, object]]:
    answer = editor.get(f"/library/export.xlsx{query}")
    assert answer.status_code == 200
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    return [dict(zip(rows[2], row, strict=True)) for row in rows[3:]]


def test_a_proof_of_upload_is_kept_and_exported(editor: Browser) -> None:
    assert len(sheet(editor)) == len(sheet(editor, "?missing=yes")) > 0
    saved = editor.post("/policies/1/upload", uploaded_on="2026-11-20", uploaded_address=ADDRESS)
    assert saved.status_code == 303, saved.text
    (row,) = [one for one in sheet(editor) if one["上传网址"] == ADDRESS]
    assert str(row["上传日期"])[:10] == "2026-11-20"
    assert row["清理结果"]
    assert len(sheet(editor, "?missing=yes")) == len(sheet(editor)) - 1
    assert ADDRESS in editor.get("/policies/1").text


@pytest.mark.parametrize(
    ("day", "address", "told"),
    [
        ("2099-01-01", ADDRESS, "还没有到"),
        ("昨天", ADDRESS, "请填写上传日期"),
        ("2026-11-20", "policy.example", "http://"),
    ],
)
def test_an_impossible_proof_is_refused_as_typed(
    editor: Browser, day: str, address: str, told: str
) -> None:
    answer = editor.post("/policies/1/upload", uploaded_on=day, uploaded_address=address)
    assert (answer.status_code, told in answer.text, address in answer.text) == (422, True, True)


def test_a_unit_states_no_proof_for_a_document_of_another(browse: Browse) -> None:
    other = browse("bieren", Role.UNIT, unit="commerce", within={Role.UNIT: ["commerce"]})
    answer = other.post("/policies/1/upload", uploaded_on="2026-11-20", uploaded_address=ADDRESS)
    assert answer.status_code == 403


def test_a_guide_tied_to_a_document_reaches_the_answers_that_rest_on_it(editor: Browser) -> None:
    page = editor.get("/policies/1").text
    link = {"link_kind": "guide", "link_title": "社保卡补办指南", "link_address": ADDRESS}
    assert editor.post("/policies/1/links", **link, on="/policies/1").status_code == 303
    assert "社保卡补办指南" in editor.get("/policies/1").text
    pair = page.split('href="/pairs/', 1)[1].split("/", 1)[0]
    assert "社保卡补办指南" in editor.get(f"/pairs/{pair}/reach").text
    own = {**link, "link_kind": "powers", "link_title": "权责清单第九项"}
    assert editor.post(f"/pairs/{pair}/links", **own).status_code == 303
    assert "权责清单第九项" in editor.get(f"/pairs/{pair}/reach").text
    assert "权责清单第九项" not in editor.get("/policies/1").text
    bad = editor.post("/policies/1/links", link_kind="", link_title="", link_address="x")
    assert bad.status_code == 422
    assert editor.post("/policies/1/links", remove="1").status_code == 303
    assert "社保卡补办指南" not in editor.get("/policies/1").text


class TestColumns:
    def test_are_those_of_a_file_if_one_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "columns.jsonl"
        file.write_text(
            '{"heading": "文件名", "field": "title"}\n{"heading": "区", "text": "甲区"}'
        )
        found = library_columns(str(file))
        assert [(one.heading, one.field, one.text) for one in found] == [
            ("文件名", "title", ""),
            ("区", "", "甲区"),
        ]
        assert library_columns("") == SHIPPED

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ('{"heading": "x", "field": "name"}', "可用：title"),
            ("标题", "第 1 行应为"),
            ("", "没有"),
        ],
    )
    def test_of_a_faulty_file_are_refused_by_line(
        self, tmp_path: Path, line: str, told: str
    ) -> None:
        file = tmp_path / "columns.jsonl"
        file.write_text(line)
        with pytest.raises(ConfigurationError) as refused:
            library_columns(str(file))
        assert told in refused.value.message
