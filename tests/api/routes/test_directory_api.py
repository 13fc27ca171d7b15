"""Units and areas over REST: read by any key, kept by the office's people."""

import pytest
from fastapi.testclient import TestClient
from rest_client import KeyMaker

from qa_service.vocabulary import PolicyArea, Role

API = "/api/v1"


@pytest.fixture
def office(client: TestClient, make_person_key: KeyMaker) -> TestClient:
    client.headers.update(make_person_key("ducha", Role.SUPERVISOR, Role.OPERATOR, Role.EDITOR))
    return client


def test_a_unit_is_added_changed_retired_and_restored(office: TestClient) -> None:
    added = office.post(f"{API}/units", json={"key": "jia", "name": "甲街道", "level": "town"})
    assert (added.status_code, added.json()["is_active"]) == (201, True)
    patch = {"name": "甲山街道", "phone": "023-00000000", "person_in_charge": "王某"}
    changed = office.patch(f"{API}/units/jia", json=patch).json()
    assert (changed["name"], changed["phone"], changed["level"]) == (
        "甲山街道",
        "023-00000000",
        "town",
    )
    assert office.post(f"{API}/units/jia/retire").json()["is_active"] is False
    refused = office.patch(f"{API}/units/jia", json={"name": "甲"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_retired")
    assert office.post(f"{API}/units/jia/restore").json()["is_active"] is True
    assert "jia" in [unit["key"] for unit in office.get(f"{API}/units").json()["items"]]


def test_a_merge_tells_what_passed_on(office: TestClient) -> None:
    refused = office.post(f"{API}/units/education/retire")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_in_use")
    merged = office.post(f"{API}/units/education/merge", json={"into": "health"}).json()
    assert "牵头领域" in merged["passed"]
    assert merged["unit"]["merged_into"] == "health"
    assert "教育" in office.get(f"{API}/units/health").json()["fields"]


def test_every_fault_of_a_unit_is_named_by_its_field(office: TestClient) -> None:
    body = {"key": "甲 乙", "name": "", "email": "x", "parent": "nobody", "fields": ["天文"]}
    refused = office.post(f"{API}/units", json=body)
    assert refused.status_code == 422
    assert {one["field"] for one in refused.json()["errors"]} == {
        "key",
        "name",
        "email",
        "parent",
        "fields",
    }


def test_a_supervisor_of_one_unit_keeps_nothing(
    client: TestClient, make_person_key: KeyMaker
) -> None:
    headers = make_person_key("ducha", Role.SUPERVISOR, within={Role.SUPERVISOR: ("education",)})
    refused = client.post(f"{API}/units", json={"name": "甲街道"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")


def test_the_nine_areas_keep_their_values(office: TestClient) -> None:
    areas = office.get(f"{API}/policy-areas").json()["items"]
    assert [area["key"] for area in areas] == [area.value for area in PolicyArea]


def test_an_added_area_is_accepted_wherever_a_field_is_and_refused_once_retired(
    office: TestClient,
) -> None:
    search = f"{API}/search?q=公租房怎么申请&field=住房"
    unknown = office.get(search)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_area")
    assert [one["field"] for one in unknown.json()["errors"]] == ["field"]
    assert office.post(f"{API}/policy-areas", json={"name": "住房"}).status_code == 201
    office.patch(f"{API}/units/education", json={"fields": ["教育", "住房"]})
    assert office.get(search).status_code == 200
    asked = office.post(
        f"{API}/consultations",
        json={"question": "火星上的公租房怎么申请？", "channel": "hotline", "field": "住房"},
    ).json()
    assert (asked["field"], asked["ledger_entry"]["unit_key"]) == ("住房", "education")
    renamed = office.patch(f"{API}/policy-areas/住房", json={"name": "住房保障"}).json()
    assert (renamed["key"], renamed["name"]) == ("住房", "住房保障")
    held = office.post(f"{API}/policy-areas/住房/retire")
    assert (held.status_code, held.json()["code"]) == (409, "area_in_use")
    merged = office.post(f"{API}/policy-areas/住房/merge", json={"into": "社会救助"})
    assert merged.json()["area"]["merged_into"] == "社会救助"
    number = asked["ledger_entry"]["number"]
    entry = office.get(f"{API}/ledger/{number}").json()
    assert (entry["field"], entry["events"][-1]["verb"]) == ("社会救助", "refile")
    assert office.get(search).status_code == 422


def test_a_pair_of_an_unknown_area_is_refused_with_what_to_do(office: TestClient) -> None:
    body = {
        "field": "天文",
        "unit": "education",
        "question": "火星怎么去？",
        "answer": "请咨询航天部门。",
        "phone_script": "请咨询航天部门。",
        "effective_from": "2026-01-01",
    }
    refused = office.post(f"{API}/qa-pairs", json=body)
    (problem,) = refused.json()["errors"]
    assert problem["field"] == "field"
    assert "没有领域“天文”" in problem["message"]
