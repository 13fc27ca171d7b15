"""The list of everything to be crossed off: entries, rework, clean-up and tasks in one table."""

import re
from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select
from visitor import Browse, Browser

from qa_service.knowledge.models import QAPair
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

PAGE = "/tasks/crossing-off"
TASK = {"kind": "media", "title": "制作社保图解", "unit": "education", "due_on": "2026-12-30"}


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


@pytest.fixture
def owed(supervisor: Browser, browse: Browse, services: Services) -> str:
    """An entry, a rework and a task; the number of the entry."""
    operator = browse("zhiban")
    path = operator.post("/consultations", question="火星旅行社怎么报名", area="养老").headers
    operator.post(f"{path['location']}/registration")
    supervisor.post("/tasks/new", **TASK)
    with session_scope(services.database) as session:
        pair = session.exec(select(QAPair).where(QAPair.key == "test-card")).one()
        now = services.clock.now()
        session.add(ReworkTask(pair_id=pair.id, unit_id=pair.unit_id, reason="失效", opened_at=now))
    found = re.search(r"ZX\d{8}-\d{4}", supervisor.get("/ledger").text)
    assert found
    return found[0]


def test_all_kinds_stand_in_one_table_with_the_pages_where_they_are_done(
    supervisor: Browser, owed: str
) -> None:
    page = supervisor.get(PAGE).text
    assert f'href="/ledger/{owed}"' in page
    assert re.search(r'data-label="类别">返工.*?href="/pairs/\d+/edit"', page, re.S)
    assert re.search(r'href="/tasks/\d+">制作社保图解', page)
    assert re.search(r'data-label="类别">全面清理', page)
    assert page.index(owed) < page.index("制作社保图解")
    only = supervisor.get(f"{PAGE}?kind=rework").text
    assert (owed in only, "返工</td>" in only) == (False, True)
    assert "没有已销号的事项" in supervisor.get(f"{PAGE}?state=done&kind=rework").text


def test_the_sheet_holds_the_same_lines(supervisor: Browser, owed: str) -> None:
    page = supervisor.get(PAGE).text
    file = supervisor.get(f"{PAGE}/export.xlsx").content
    sheet = load_workbook(BytesIO(file)).active
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    assert len(rows) == page.count('data-label="编号或事项"')
    (entry,) = [row for row in rows if row[2] == owed]
    assert isinstance(entry[6], date)
    assert {row[8] for row in rows} == {"否"}
    assert sheet.page_setup.orientation == "landscape"


def test_a_unit_sees_what_it_owes_itself(browse: Browse, owed: str) -> None:
    page = browse("chengban", Role.UNIT).get(PAGE).text
    assert ("制作社保图解" in page, owed in page, "返工</td>" in page) == (True, False, False)


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("since=2026-12-31&until=2026-10-01", 422, "截止日期早于起始日期"),
        ("since=昨天", 422, "不是日期"),
        ("unit=nowhere", 404, "单位"),
        ("since=2001-01-01&until=2001-03-31&kind=consultation", 200, "没有须销号的事项"),
        ("kind=nothing&state=nothing&page=99999999", 200, "应销号"),
    ],
)
def test_bad_input_is_told_and_never_breaks_the_page(
    supervisor: Browser, query: str, status: int, told: str
) -> None:
    answer = supervisor.get(f"{PAGE}?{query}")
    assert (answer.status_code, told in answer.text) == (status, True)
    sheet = supervisor.get(f"{PAGE}/export.xlsx?{query}")
    assert sheet.status_code in {200, 404, 422}


def test_a_gap_waits_in_the_list_without_a_limit_until_a_task_has_its_questions(
    browse: Browse, supervisor: Browser
) -> None:
    operator = browse("zhiban")
    for _ in range(2):
        operator.post("/consultations", question="火星旅行社怎么报名", area="养老")
    found = re.search(
        r"/tasks/new\?gap=([\w-]+)&amp;days=30", supervisor.get("/coverage/gaps").text
    )
    assert found
    gap = found[1]
    form = supervisor.get(f"/tasks/new?gap={gap}&days=30").text
    assert 'value="补充问答：火星旅行社怎么报名"' in form
    assert '<option value="gap" selected>' in form
    typed = {"kind": "gap", "title": "补充问答", "gap": gap, "days": "30"}
    kept = supervisor.post("/tasks/new", **typed, unit="", due_on="2026-12-30")
    assert f'name="gap" value="{gap}"' in kept.text

    waiting = supervisor.get(f"{PAGE}?kind=untasked_gap").text
    assert re.search(r'承办单位">区人力资源和社会保障局.*?时限">—', waiting, re.S)
    assert "养老：2 件咨询库中没有答复、也未登记，尚未列为任务" in waiting
    task = supervisor.post("/tasks/new", **typed, unit="civil-affairs", due_on="2026-12-30")
    assert "没有须销号的事项" in supervisor.get(f"{PAGE}?kind=untasked_gap").text
    tasked = supervisor.get(f"{PAGE}?kind=gap").text
    assert re.search(r"补充问答</a>.*?区民政局.*?2026-12-30", tasked, re.S)
    assert "2026-12-30 前" in supervisor.get("/coverage/gaps").text
    path = task.headers["location"]
    supervisor.post(f"{path}/supervise", then="void", reason="重复下达", seen="1")
    assert "养老：2 件" in supervisor.get(f"{PAGE}?kind=untasked_gap").text
