"""Pages of figures and of inspection packages: addresses, rows behind figures, bad input."""

import re
from html import unescape

import pytest
from entry_pages import QUESTION
from visitor import Browse, Browser

from qa_service.reporting.figures.table import FIGURES
from qa_service.services import Services
from qa_service.vocabulary import Role

SPAN = "since=2026-10-01&until=2026-12-31"
_FIGURE = re.compile(r'data-label="指标">([^<]+?)(?: <span|</td>)')


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


@pytest.fixture
def asked(browse: Browse) -> str:
    """One question told at once, one registered; the number of the entry."""
    operator = browse("zhiban")
    told = operator.post("/consultations", question="社保卡丢了怎么补办？").headers["location"]
    first = re.search(r'name="qa_id" value="(\d+)"', operator.get(told).text)
    assert first
    operator.post(f"{told}/choice", qa_id=first[1])
    path = operator.post("/consultations", question=QUESTION, area="养老").headers["location"]
    operator.post(f"{path}/registration", name="张女士", phone="13800000000")
    found = re.search(r"ZX\d{8}-\d{4}", operator.get(path).text)
    assert found
    return found[0]


class TestFigures:
    def test_every_figure_stands_on_the_page_with_its_definition(
        self, supervisor: Browser, asked: str
    ) -> None:
        page = supervisor.get("/reports")
        assert page.status_code == 200
        assert "2026年第四季度" in page.text
        assert _FIGURE.findall(page.text) == [figure.label for figure in FIGURES]
        for figure in FIGURES:
            assert figure.numerator in unescape(page.text)

    def test_the_address_holds_period_unit_and_field(self, supervisor: Browser, asked: str) -> None:
        page = supervisor.get(f"/reports?{SPAN}&unit=civil-affairs&field=养老&by=channel").text
        assert "（按受理渠道）" in page
        assert 'value="civil-affairs" selected' in page
        assert 'value="养老" selected' in page
        assert "field=%E5%85%BB%E8%80%81" in page

    def test_a_click_leads_to_the_rows(self, supervisor: Browser, asked: str) -> None:
        page = unescape(supervisor.get(f"/reports?{SPAN}").text)
        (address,) = set(re.findall(r'href="(/reports/rows\?[^"]*figure=entries[^"]*)"', page))
        assert asked in supervisor.get(address).text

    @pytest.mark.parametrize("by", ["unit", "field", "channel", "day", "hour"])
    def test_every_count_of_a_chart_leads_to_as_many_rows(
        self, supervisor: Browser, asked: str, by: str
    ) -> None:
        page = unescape(supervisor.get(f"/reports?{SPAN}&by={by}").text)
        links = re.findall(r'href="(/reports/rows\?[^"]*key=[^"]*)">(\d+)</a>', page)
        assert links
        for address, count in links:
            rows = supervisor.get(address).text
            assert rows.count('data-label="记录"') == int(count), address

    def test_empty_periods_say_so(self, supervisor: Browser, asked: str) -> None:
        page = supervisor.get("/reports?since=2020-01-01&until=2020-03-31")
        assert page.status_code == 200
        assert "没有记录" in page.text
        assert page.text.count("无数据") > len(FIGURES)

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("since=昨天&until=2026-10-01", "“昨天”不是日期"),
            ("since=2026-10-02&until=2026-10-01", "早于起始日期"),
            ("since=2020-01-01&until=2026-10-01", "最多统计"),
        ],
    )
    def test_an_impossible_period_is_named_beside_what_was_typed(
        self, supervisor: Browser, query: str, said: str
    ) -> None:
        page = supervisor.get(f"/reports?{query}")
        assert page.status_code == 422
        assert said in page.text
        assert query.split("=")[1].split("&")[0] in page.text

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/reports?unit=nowhere", 404),
            ("/reports?field=没有", 404),
            ("/reports/rows?figure=nothing", 404),
            ("/reports/rows?figure=entries&by=day&key=yesterday", 422),
            ("/reports/rows?figure=entries&by=hour&key=25", 422),
            ("/reports/rows?figure=entries&by=channel&key=smoke", 422),
            ("/reports/rows?figure=entries&page=99999", 200),
            ("/reports?by=weather", 200),
            # The quarter before it lies before the earliest day that may be asked for.
            ("/reports?since=2000-01-01&until=2000-03-31", 200),
            ("/reports?since=2100-01-01&until=2100-12-31", 200),
            ("/reports?since=1999-12-31&until=2000-03-31", 422),
            ("/reports/export.xlsx?since=2026-10-02&until=2026-10-01", 422),
            ("/reports/export.xlsx?unit=nowhere", 404),
            ("/tasks?unit=nowhere", 404),
        ],
    )
    def test_other_bad_input_is_answered(self, supervisor: Browser, path: str, status: int) -> None:
        assert supervisor.get(path).status_code == status

    def test_the_sheet_is_a_workbook_and_audited(self, supervisor: Browser, asked: str) -> None:
        answer = supervisor.get(f"/reports/export.xlsx?{SPAN}&by=hour")
        assert answer.content.startswith(b"PK")
        assert "监督统计" in supervisor.get("/audit?action=export").text

    def test_charts_ask_no_other_host(self, supervisor: Browser, asked: str) -> None:
        page = supervisor.get(f"/reports?{SPAN}").text
        assert "<svg" in page
        assert re.findall(r'(?:src|href)="https?:', page) == []


class TestPackages:
    @pytest.fixture
    def package(self, supervisor: Browser, asked: str) -> str:
        answer = supervisor.post("/reports/packages", since="2026-10-01", until="2026-12-31")
        assert answer.status_code == 303
        return str(answer.headers["location"])

    def test_is_listed_with_who_and_when(self, supervisor: Browser, package: str) -> None:
        page = supervisor.get("/reports/packages").text
        for text in (package, "ducha", "2026-11-24 10:00", "2026年第四季度"):
            assert text in page

    def test_shows_figures_lists_and_drafts_and_no_word_of_the_caller(
        self, supervisor: Browser, package: str, asked: str
    ) -> None:
        page = supervisor.get(package).text
        for text in ("数字与编制时一致", "销号清单", "通报", "年度报告段落", asked):
            assert text in page
        for text in (QUESTION, "张女士", "13800000000", "138****"):
            assert text not in supervisor.get(f"{package}/print").text

    def test_the_circular_is_saved_and_a_refusal_keeps_what_was_typed(
        self, supervisor: Browser, package: str
    ) -> None:
        saved = supervisor.post(f"{package}/notice", notice="改后的通报", seen="")
        assert saved.headers["location"] == f"{package}?saved=yes"
        assert "改后的通报" in supervisor.get(saved.headers["location"]).text
        stale = supervisor.post(f"{package}/notice", notice="别人的稿子", seen="")
        assert stale.status_code == 409
        assert "别人的稿子" in stale.text
        empty = supervisor.post(f"{package}/notice", notice=" ", seen="")
        assert empty.status_code == 422

    def test_prints_by_the_browser(self, supervisor: Browser, package: str) -> None:
        page = supervisor.get(f"{package}/print").text
        assert "另存为 PDF" in page
        assert "print.css" in page
        assert supervisor.get(f"{package}/export.xlsx").content.startswith(b"PK")

    @pytest.mark.parametrize(
        ("since", "until", "said"),
        [
            ("2026-13-01", "2026-12-31", "“2026-13-01”不是日期"),
            ("2020-01-01", "2020-03-31", "2020年第一季度没有记录"),
            ("2099-01-01", "2099-03-31", "2099年第一季度没有记录"),
        ],
    )
    def test_an_impossible_period_is_refused_and_kept_as_typed(
        self, supervisor: Browser, asked: str, since: str, until: str, said: str
    ) -> None:
        page = supervisor.post("/reports/packages", since=since, until=until)
        assert (page.status_code, said in page.text) == (422, True)
        assert f'value="{since}"' in page.text
        assert "还没有编制过报表" in page.text

    def test_later_entries_do_not_change_it(
        self, supervisor: Browser, package: str, browse: Browse, services: Services
    ) -> None:
        before = supervisor.get(f"{package}/print").text
        operator = browse("zhiban2")
        path = operator.post("/consultations", question=f"{QUESTION}再问").headers["location"]
        operator.post(f"{path}/registration", name="", phone="")
        assert supervisor.get(f"{package}/print").text == before


class TestLedgerSheet:
    def test_is_filtered_by_the_day_of_receipt_in_both_forms(
        self, supervisor: Browser, asked: str
    ) -> None:
        page = supervisor.get("/ledger?since=2026-11-24&until=2026-11-24").text
        assert asked in page
        assert "form=short" in page
        assert "没有符合条件的登记" in supervisor.get("/ledger?until=2026-11-23").text
        for form in ("short", "full", "wide"):
            sheet = supervisor.get(f"/ledger/export.xlsx?since=2026-11-24&form={form}")
            assert sheet.content.startswith(b"PK")

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("since=昨天", "“昨天”不是日期"),
            ("until=2026-02-30", "“2026-02-30”不是日期"),
            ("since=2026-12-01&until=2026-11-01", "截止日期早于起始日期"),
            ("unit=nowhere", "没有这个单位"),
            ("area=没有", "没有这个领域"),
        ],
    )
    def test_a_faulty_filter_is_told_and_never_shows_other_entries(
        self, supervisor: Browser, asked: str, query: str, said: str
    ) -> None:
        page = supervisor.get(f"/ledger?{query}")
        assert (page.status_code, said in page.text, asked in page.text) == (422, True, False)
        sheet = supervisor.get(f"/ledger/export.xlsx?{query}")
        assert (sheet.status_code, said in sheet.text) == (422, True)
