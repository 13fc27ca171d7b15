"""Pages of tasks: a campaign is opened, confirmed by its unit, crossed off by the supervisor."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select
from visitor import Browse, Browser

from qa_service.accounts.models import Unit
from qa_service.knowledge.task_models import Task
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

CAMPAIGN = {
    "kind": "checklist",
    "title": "2026 年度检查任务",
    "begins_on": "2026-11-24",
    "ends_on": "2027-01-20",
    "units": ["education", "commerce"],
}


@pytest.fixture
def supervisor(browse: Browse) -> Browser:
    return browse("ducha", Role.SUPERVISOR)


@pytest.fixture
def unit(browse: Browse) -> Browser:
    return browse("chengban", Role.UNIT)


def tasks(services: Services) -> dict[str, int]:
    with session_scope(services.database, read_only=True) as session:
        found = session.exec(select(Unit.key, Task.id).where(Unit.id == Task.unit_id)).all()
    return {key: task_id or 0 for key, task_id in found}


def seen(browser: Browser, path: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', browser.get(path).text)
    assert found
    return found[1]


def test_a_campaign_goes_from_the_office_to_its_units_and_back(
    supervisor: Browser, unit: Browser, services: Services
) -> None:
    opened = supervisor.post("/tasks/campaigns", **CAMPAIGN)
    assert opened.status_code == 303, opened.text
    own = f"/tasks/{tasks(services)['education']}"
    assert "✔</span> 已下达" in supervisor.get(opened.headers["location"]).text
    assert own in unit.get("/todo").text
    assert f"/tasks/{tasks(services)['commerce']}" not in unit.get("/tasks").text
    refused = unit.post(f"{own}/report", outcome="已逐项自查", evidence="", seen=seen(unit, own))
    assert (refused.status_code, "已逐项自查" in refused.text) == (422, True)
    assert unit.post(f"{own}/close", seen=seen(unit, own)).status_code == 403
    reported = unit.post(
        f"{own}/report", outcome="已逐项自查", evidence="自查报告", seen=seen(unit, own)
    )
    assert reported.status_code == 303
    assert "已上报，待督查销号" in unit.get(own).text
    assert own in supervisor.get("/todo").text
    version = seen(supervisor, own)
    assert supervisor.post(f"{own}/close", seen=version).status_code == 303
    again = supervisor.post(f"{own}/close", seen=version)
    assert (again.status_code, "这次没有保存；请核对最新情况" in again.text) == (409, True)
    late = unit.post(f"{own}/report", outcome="又查了一遍", evidence="补充报告", seen=version)
    assert late.status_code == 409
    for typed in ("又查了一遍", "补充报告"):
        assert f"：{typed}</li>" in late.text, "the form is gone, what was typed is not"
    page = supervisor.get(opened.headers["location"]).text
    assert ("已销号" in page, "自查报告" in page) == (True, True)


def test_the_inspection_package_lists_tasks_to_be_crossed_off(
    supervisor: Browser, services: Services
) -> None:
    supervisor.post("/tasks/campaigns", **{**CAMPAIGN, "units": ["education"]})
    issued = supervisor.post("/reports/packages", since="2026-10-01", until="2026-12-31")
    file = supervisor.get(f"{issued.headers['location']}/export.xlsx").content
    rows = list(load_workbook(BytesIO(file))["销号清单"].iter_rows(values_only=True))
    (line,) = [row for row in rows if row[1] == "年度检查任务"]
    assert (line[2], line[8]) == ("2026 年度检查任务", "否")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"due_on": "2020-01-01"}, "已过"),
        ({"due_on": "昨天"}, "请填写办理时限"),
        ({"unit": "nobody"}, "请选择承办单位"),
        ({"title": "。"}, "事项应为"),
    ],
)
def test_a_task_with_faults_is_shown_as_typed(
    supervisor: Browser, given: dict[str, str], told: str
) -> None:
    typed = {"kind": "media", "title": "图解", "unit": "education", "due_on": "2026-12-30"}
    answer = supervisor.post("/tasks/new", **{**typed, "owner": "张科长", **given})
    assert (answer.status_code, told in answer.text, "张科长" in answer.text) == (422, True, True)


def test_the_office_changes_a_limit_and_takes_a_task_out_with_a_reason(
    supervisor: Browser, services: Services
) -> None:
    typed = {"kind": "media", "title": "图解", "unit": "education", "due_on": "2026-12-30"}
    path = supervisor.post("/tasks/new", **typed).headers["location"]
    later = {"then": "reschedule", "due_on": "2027-01-15", "seen": seen(supervisor, path)}
    refused = supervisor.post(f"{path}/supervise", **{**later, "due_on": "2020-01-01"})
    assert refused.status_code == 422
    for name in ("due_on", "reason"):
        assert refused.text.count(f'id="{name}-problem"') == 1
    assert supervisor.post(f"{path}/supervise", **later, reason="节前休假").status_code == 303
    page = supervisor.get(path).text
    assert "由 2026-12-30 调整为 2027-01-15：节前休假" in page
    assert "已调整时限" in page
    void = {"then": "void", "reason": "重复下达", "seen": seen(supervisor, path)}
    assert supervisor.post(f"{path}/supervise", **void).status_code == 303
    assert "已撤销" in supervisor.get(path).text
