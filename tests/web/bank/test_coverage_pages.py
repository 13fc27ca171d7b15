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

    def areas(self, page: str) -> dict[str, bool]:
        """The areas of a page in its order, and whether each stands open."""
        found = re.findall(r'<details class="card fold"( open)?>\s*<summary><h2>([^<]+)<', page)
        return {name: bool(is_open) for is_open, name in found if name != "各承办单位"}

    def test_the_area_with_most_gaps_comes_first_and_alone_stands_open(
        self, editor: Browser
    ) -> None:
        before = self.areas(editor.get("/coverage").text)
        least = list(before)[-1]
        for number in range(30):
            editor.post("/coverage", area=least, name=f"事项{number}", keywords=f"词{number}")
        areas = self.areas(editor.get("/coverage").text)
        assert next(iter(before)) != least
        assert [name for name, is_open in areas.items() if is_open] == [least]
        assert next(iter(areas)) == least

    def test_a_line_counts_the_topics_of_its_area_by_state(self, editor: Browser) -> None:
        editor.post("/coverage", area="养老", name="高龄津贴", keywords="高龄津贴")
        page = editor.get("/coverage").text
        counted = re.search(r"<h2>养老</h2> <span[^>]*>(\d+) 个事项([^<]*)<", page)
        assert counted is not None
        assert sum(map(int, re.findall(r" (\d+)", counted[2]))) == int(counted[1])
        assert "缺 " in counted[2]

    def test_a_part_is_asked_for_in_the_address_and_kept_by_a_change(self, editor: Browser) -> None:
        editor.post("/coverage", area="养老", name="高龄津贴", keywords="高龄津贴")
        address = "/coverage?target=2026-12-30&field=养老&state=missing"
        page = editor.get(address).text
        assert self.areas(page) == {"养老": True}
        assert "高龄津贴" in page
        assert "已入库</span>" not in page
        exported = editor.get(address.replace("?", "/export.xlsx?"))
        sheet = load_workbook(BytesIO(exported.content)).active
        assert sheet is not None
        assert {row[-1] for row in sheet.iter_rows(min_row=2, values_only=True)} == {"缺"}
        added = editor.post(address, area="养老", name="敬老卡", keywords="敬老卡")
        assert "state=missing" in added.headers["location"]
        assert "没有符合条件的事项" in editor.get("/coverage?field=nirgends").text

    def test_a_refused_topic_stands_open_in_its_area(self, editor: Browser) -> None:
        page = editor.get("/coverage").text
        topic = re.findall(r'name="topic_id" value="(\d+)"', page)[-1]
        refused = editor.post("/coverage", topic_id=topic, area="养老", name="", keywords="词")
        opened = re.split(r'<details class="card fold"', refused.text)
        (part,) = [one for one in opened if f'name="topic_id" value="{topic}"' in one]
        assert part.startswith(" open>")

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
