"""The library towards the city: its columns, proofs of upload, and links of services."""

from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from public_desk import signed_desk
from visitor import Browse, Browser

from qa_service.errors import ConfigurationError
from qa_service.knowledge.policies.library.columns import SHIPPED, library_columns
from qa_service.services import Services
from qa_service.vocabulary import Role

ADDRESS = "https://policy.example.gov.cn/doc/1"
KNOWN = "社保卡丢了怎么补办？"
LINK = {"link_kind": "guide", "link_title": "社保卡补办指南", "link_address": ADDRESS}


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
    assert editor.post("/policies/1/links", remove="1").status_code == 303
    assert "社保卡补办指南" not in editor.get("/policies/1").text


@pytest.mark.parametrize("page", ["/policies/1", "/pairs/{pair}/reach"])
def test_a_faulty_link_stays_as_typed_with_its_faults_beside_the_fields(
    editor: Browser, page: str
) -> None:
    pair = editor.get("/policies/1").text.split('href="/pairs/', 1)[1].split("/", 1)[0]
    address = page.format(pair=pair)
    form = {"link_kind": "powers", "link_title": "权责清单第九项", "link_address": "qz.gov"}
    bad = editor.post(f"{address.removesuffix('/reach')}/links", **form)
    assert bad.status_code == 422
    assert 'value="权责清单第九项"' in bad.text
    assert 'value="qz.gov"' in bad.text
    assert '<option value="powers" selected>' in bad.text
    assert 'id="link_address-problem"' in bad.text
    assert 'id="link_title-problem"' not in bad.text
    assert "权责清单第九项" not in editor.get(address).text


class TestLinksOfAnswers:
    """Staff see a link at once, citizens after a second person opened it."""

    def test_reach_the_call_screen_at_once_and_citizens_after_a_second_yes(
        self, editor: Browser, browse: Browse, stranger: Browser, services: Services
    ) -> None:
        editor.post("/policies/1/links", **LINK)
        operator = browse("zhiban")
        screen = operator.get(
            operator.post("/consultations", question=KNOWN).headers["location"]
        ).text
        assert f'href="{ADDRESS}"' in screen
        assert "待复核" in screen
        assert ADDRESS not in stranger.get("/answers/test-card").text
        assert editor.post("/policies/1/links/confirmation", link="1").status_code == 403
        reviewer = browse("shenhe", Role.REVIEWER)
        assert "/policies/1#links" in reviewer.get("/todo").text
        assert reviewer.post("/policies/1/links/confirmation", link="1").status_code == 303
        assert "社保卡补办指南" not in reviewer.get("/todo").text
        assert ADDRESS in stranger.get("/answers/test-card").text
        desk = TestClient(signed_desk(services))
        assert ADDRESS in desk.get("/desk/answers/test-card").text

    def test_are_not_confirmed_by_who_tied_them(self, browse: Browse) -> None:
        both = browse("liangzhi", Role.EDITOR, Role.REVIEWER)
        both.post("/policies/1/links", **LINK)
        refused = both.post("/policies/1/links/confirmation", link="1")
        assert (refused.status_code, "另一人" in refused.text) == (403, True)
        assert both.post("/policies/1/links/confirmation", link="9").status_code == 404


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
