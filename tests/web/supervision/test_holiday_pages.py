"""A pasted notice is shown before it is saved, and saving recounts what is open."""

from datetime import date

import pytest
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Role

NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕0号
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至12日（周五）放假调休，共8天。2月20日（周六）上班。
"""


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


def test_a_notice_is_understood_with_weekdays_and_nothing_is_saved_yet(
    supervisor: Browser, services: Services
) -> None:
    page = supervisor.post("/holidays/read", text=NOTICE)
    assert page.status_code == 200
    for text in ("还没有保存", "2027-02-20", "周六", "国办发明电〔2026〕0号", "文中没有：清明节"):
        assert text in page.text
    assert services.calendar.day(date(2027, 1, 4)).provisional


def test_a_fault_is_named_beside_the_text_as_pasted(supervisor: Browser) -> None:
    page = supervisor.post("/holidays/read", text=NOTICE.replace("1月1日（周五）至", "1月5日至"))
    assert page.status_code == 422
    assert "先后颠倒" in page.text
    assert "1月5日至3日" in page.text


def test_confirmed_days_count_at_once_and_can_be_corrected_and_dropped(
    supervisor: Browser, services: Services
) -> None:
    typed = {"year": "2027", "notice": "国办发明电〔2026〕0号", "make_up_days": ""}
    saved = supervisor.post("/holidays", **typed, days_off="2027-01-01至2027-01-03", then="save")
    assert saved.headers["location"] == "/holidays?year=2027&saved=yes&recounted=0"
    assert "已保存 2027 年的放假安排" in supervisor.get(saved.headers["location"]).text
    assert services.calendar.day(date(2027, 1, 4)).is_workday
    supervisor.post("/holidays", **typed, days_off="2027-01-01至2027-01-04", then="save")
    assert not services.calendar.day(date(2027, 1, 4)).is_workday
    dropped = supervisor.post("/holidays", **typed, days_off="", then="drop")
    said = supervisor.get(dropped.headers["location"]).text
    assert "已删除页面录入的 2027 年的放假安排；未销号台账的办理期限都不变" in said
    assert services.calendar.day(date(2027, 1, 4)).provisional


def test_a_year_the_program_knows_is_shown_to_be_corrected(supervisor: Browser) -> None:
    page = supervisor.get("/holidays?year=2026").text
    for day in ("2026-02-17", "2026-02-28", "2026-10-01"):
        assert day in page


def test_a_refused_form_keeps_what_was_typed_and_tells_every_fault(supervisor: Browser) -> None:
    page = supervisor.post(
        "/holidays",
        year="2027",
        notice="",
        days_off="2027-01-01 元旦",
        make_up_days="2027-01-05",
        then="save",
    )
    assert page.status_code == 422
    for text in ("2027-01-01 元旦", "“元旦”不是日期", "请填写通知的文号", "本来就是工作日"):
        assert text in page.text
