"""Tasks over REST: given, reported with evidence, crossed off by another person than the unit."""

import pytest
from fastapi.testclient import TestClient
from rest_client import Headers, KeyMaker

from qa_service.vocabulary import Role, Scope

TASKS = "/api/v1/tasks"
TASK = {"kind": "media", "title": "制作图解", "unit": "education", "due_on": "2026-12-20"}
DONE = {"outcome": "已制作", "evidence": "附件一"}


@pytest.fixture
def office(make_person_key: KeyMaker) -> Headers:
    return make_person_key("ducha", Role.SUPERVISOR)


@pytest.fixture
def unit(make_person_key: KeyMaker) -> Headers:
    return make_person_key("chengban", Role.UNIT, unit="education")


def given(client: TestClient, office: Headers, **changed: object) -> dict[str, object]:
    answer = client.post(TASKS, json={**TASK, **changed}, headers=office)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_task_goes_from_the_office_to_its_unit_and_is_crossed_off(
    client: TestClient, office: Headers, unit: Headers
) -> None:
    task = given(client, office)
    path = f"{TASKS}/{task['id']}"
    (listed,) = client.get(TASKS, params={"unit": "education"}, headers=unit).json()["items"]
    assert (listed["id"], listed["state"], listed["unit_key"]) == (task["id"], "open", "education")
    refused = client.post(
        f"{path}/report", json={"version": 1, "outcome": "已制作", "evidence": " "}, headers=unit
    ).json()
    assert (refused["code"], refused["errors"][0]["field"]) == ("invalid_task", "evidence")
    early = client.post(f"{path}/close", json={"version": 1}, headers=office)
    assert (early.status_code, early.json()["code"]) == (409, "task_changed")
    reported = client.post(f"{path}/report", json={"version": 1, **DONE}, headers=unit).json()
    assert (reported["state"], reported["version"]) == ("reported", 2)
    seen = {"version": 2}
    assert client.post(f"{path}/close", json=seen, headers=unit).status_code == 403
    once = {**office, "Idempotency-Key": "one"}
    closed = client.post(f"{path}/close", json=seen, headers=once).json()
    assert (closed["state"], closed["closed_by"]) == ("closed", "ducha")
    assert [one["action"] for one in closed["events"]] == ["open", "report", "close"]
    assert client.post(f"{path}/close", json=seen, headers=once).json() == closed
    again = client.post(f"{path}/close", json=seen, headers=office)
    assert (again.status_code, again.json()["code"]) == (409, "task_changed")


def test_who_may_act_for_the_unit_never_crosses_off_whatever_the_scopes_of_the_key(
    client: TestClient, office: Headers, unit: Headers, make_person_key: KeyMaker
) -> None:
    task = given(client, office)
    path = f"{TASKS}/{task['id']}"
    client.post(f"{path}/report", json={"version": 1, **DONE}, headers=unit)
    roles = (Role.SUPERVISOR, Role.UNIT)
    for login, scopes in (("liangzhi", list(Scope)), ("zhidu", [Scope.SUPERVISE])):
        both = make_person_key(login, *roles, unit="education", scopes=scopes)
        for step, body in (("close", {}), ("void", {"reason": "重复"})):
            refused = client.post(f"{path}/{step}", json={"version": 2, **body}, headers=both)
            assert (refused.status_code, refused.json()["code"]) == (403, "task_own_closing")


def test_another_unit_and_its_system_see_nothing_of_it(
    client: TestClient, office: Headers, make_person_key: KeyMaker, make_key: KeyMaker
) -> None:
    task = given(client, office)
    for headers in (
        make_person_key("bieren", Role.UNIT, unit="commerce"),
        make_key(Scope.LEDGER, unit="commerce"),
    ):
        assert client.get(TASKS, headers=headers).json()["items"] == []
        one = client.get(f"{TASKS}/{task['id']}", headers=headers)
        assert one.json()["code"] == "task_not_found"
    own = make_key(Scope.LEDGER, unit="education")
    assert client.get(f"{TASKS}/{task['id']}", headers=own).status_code == 200


def test_a_campaign_gives_each_unit_a_task_and_tells_its_progress(
    client: TestClient, office: Headers, unit: Headers
) -> None:
    body = {
        "kind": "checklist",
        "title": "年度检查任务",
        "begins_on": "2026-11-24",
        "ends_on": "2026-12-31",
        "lines": [
            {"title": "更新办事指南", "unit": "education"},
            {"title": "更新权责清单", "unit": "commerce", "due_on": "2026-12-10"},
        ],
    }
    opened = client.post(f"{TASKS}/campaigns", json=body, headers=office)
    assert opened.status_code == 201, opened.text
    campaign = opened.json()["id"]
    assert (opened.json()["total"], opened.json()["closed"]) == (2, 0)
    listed = client.get(TASKS, params={"campaign": campaign}, headers=office).json()["items"]
    assert [(one["unit_key"], one["due_on"]) for one in listed] == [
        ("commerce", "2026-12-10"),
        ("education", "2026-12-31"),
    ]
    own = client.get(f"{TASKS}/campaigns/{campaign}", headers=unit).json()
    assert own["total"] == 1
    turned = {**body, "begins_on": "2026-12-31", "ends_on": "2026-12-01", "lines": []}
    refused = client.post(f"{TASKS}/campaigns", json=turned, headers=office).json()
    assert refused["code"] == "invalid_task"
    assert {one["field"] for one in refused["errors"]} == {"ends_on", "units"}


def test_pages_by_cursor_while_tasks_are_added(client: TestClient, office: Headers) -> None:
    ids = [given(client, office)["id"] for _ in range(3)]
    first = client.get(TASKS, params={"limit": 2}, headers=office).json()
    given(client, office)
    second = client.get(TASKS, params={"limit": 2, "cursor": first["next"]}, headers=office).json()
    found = [one["id"] for one in first["items"] + second["items"]]
    assert (found, second["next"]) == (ids[::-1], None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"unit": "nowhere"}, "invalid_task"),
        ({"due_on": "2020-01-01"}, "invalid_task"),
        ({"title": "。"}, "invalid_task"),
        ({"qa_id": 99999}, "pair_not_found"),
        ({"policy_id": 99999}, "policy_not_found"),
        ({"kind": "other"}, "invalid_request"),
    ],
)
def test_a_faulty_task_is_refused_with_a_code(
    client: TestClient, office: Headers, changed: dict[str, object], code: str
) -> None:
    answer = client.post(TASKS, json={**TASK, **changed}, headers=office)
    assert (answer.status_code < 500, answer.json()["code"]) == (True, code)
    assert client.get(TASKS, headers=office).json()["items"] == []


def test_limits_change_and_tasks_come_back_with_a_reason(
    client: TestClient, office: Headers, unit: Headers
) -> None:
    path = f"{TASKS}/{given(client, office)['id']}"
    later = {"version": 1, "due_on": "2027-01-15", "reason": "节前休假"}
    assert client.post(f"{path}/reschedule", json=later, headers=office).json()["version"] == 2
    client.post(f"{path}/report", json={"version": 2, **DONE}, headers=unit)
    back = {"version": 3, "reason": "佐证不符"}
    assert client.post(f"{path}/return", json=back, headers=office).json()["state"] == "open"
    void = {"version": 4, "reason": ""}
    refused = client.post(f"{path}/void", json=void, headers=office).json()
    assert refused["errors"][0]["field"] == "reason"
    void["reason"] = "重复下达"
    assert client.post(f"{path}/void", json=void, headers=office).json()["state"] == "voided"
    unknown = client.get(TASKS, params={"unit": "nowhere"}, headers=office)
    assert unknown.json()["code"] == "unit_not_found"


def test_a_clean_up_lists_the_documents_still_to_be_confirmed(
    client: TestClient, office: Headers, api: TestClient, make_person_key: KeyMaker
) -> None:
    document = {
        "key": "d9",
        "title": "教育补助办法",
        "document_number": "甲教发〔2026〕9号",
        "issuer": "区教委",
        "validity": "有效",
        "unit": "education",
    }
    added = api.post("/api/v1/policies", json=document)
    assert added.status_code == 201, added.text
    policy = added.json()["id"]
    task = given(client, office, kind="clean_up", title="全面清理")
    path = f"{TASKS}/{task['id']}"
    waiting = client.get(path, headers=office).json()
    assert policy in [one["id"] for one in waiting["documents"]]
    unit = make_person_key("qingli", Role.UNIT, unit="education")
    confirmed = client.post(f"{path}/documents/{policy}", headers=unit).json()
    assert policy not in [one["id"] for one in confirmed["documents"]]
    assert confirmed["clean_up"]["confirmed"] == 1
    other = make_person_key("bieren", Role.UNIT, unit="commerce")
    assert client.post(f"{path}/documents/{policy}", headers=other).status_code == 404
