import re
from io import BytesIO

from openpyxl import load_workbook
from visitor import Browser

GAP = "老旧小区加装电梯政府给多少补助"


class TestBoard:
    def missing(self, browser: Browser) -> int:
        found = re.search(r"事项缺口 <strong>(\d+)</strong>", browser.get("/coverage").text)
        assert found is not None
        return int(found[1])

    def test_a_topic_is_added_and_told_to_be_missing(self, editor: Browser) -> None:
        before = self.missing(editor)
        added = editor.post("/coverage", area="养老", name="<b>高龄津贴", keywords="高龄、八十岁")
        assert added.status_code == 303
        page = editor.get("/coverage").text
        assert "&lt;b&gt;高龄津贴" in page
        assert self.missing(editor) == before + 1

    def test_shows_the_share_of_a_target_day_by_unit_and_exports_it(self, editor: Browser) -> None:
        editor.post("/coverage", area="养老", name="高龄津贴", keywords="高龄津贴")
        page = editor.get("/coverage?target=2026-12-30").text
        share = re.search(r"至 2026-12-30，入库率 <strong>([\d.]+)%</strong>", page)
        assert share is not None
        assert float(share[1]) < 100
        assert "target=2026-12-30" in page
        exported = editor.get("/coverage/export.xlsx?target=2026-12-30")
        sheet = load_workbook(BytesIO(exported.content)).active
        assert sheet is not None
        rows = {row[1]: row for row in sheet.iter_rows(values_only=True)}
        assert rows["高龄津贴"][-1] == "缺"

    def test_a_day_that_is_none_is_the_end_of_the_year(self, editor: Browser) -> None:
        assert "至 2026-12-31" in editor.get("/coverage?target=morgen").text

    def test_a_faulty_topic_is_told(self, editor: Browser) -> None:
        answer = editor.post("/coverage", area="养老", name="高龄津贴", keywords="")
        assert (answer.status_code, "至少填写一个关键词" in answer.text) == (422, True)

    def test_operators_look_and_do_not_change(self, operator: Browser) -> None:
        assert operator.get("/coverage").status_code == 200
        refused = operator.post("/coverage", area="养老", name="甲", keywords="乙")
        assert refused.status_code == 403


class TestGaps:
    def test_a_gap_begins_a_pair_with_its_wordings(self, editor: Browser) -> None:
        for question in (GAP, GAP, f"请问{GAP}"):
            asked = editor.post("/consultations", htmx=True, question=question)
            editor.post(f"{asked.headers['HX-Push-Url']}/choice", htmx=True, none="true")
        page = editor.get("/coverage/gaps").text
        link = re.search(r'href="(/pairs/new\?gap=[^"]+)"', page)
        assert link is not None
        form = editor.get(link[1].replace("&amp;", "&")).text
        assert f'value="{GAP}"' in form
        assert f">请问{GAP}</textarea>" in form

    def test_an_unknown_gap_is_an_empty_form(self, editor: Browser) -> None:
        assert editor.get("/pairs/new?gap=nothing").status_code == 200
