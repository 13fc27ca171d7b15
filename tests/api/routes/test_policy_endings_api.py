"""The end of a document over REST: what falls, proposal, second person, taking back."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from rest_client import Headers, KeyMaker

from qa_service.vocabulary import Role

POLICIES = "/api/v1/policies"
END = {"validity": "废止", "invalid_since": "2026-11-01", "reason": "由新法代替"}


@pytest.fixture
def second(make_person_key: KeyMaker) -> Headers:
    """The key of another person, who reviews."""
    return make_person_key("shenhe", Role.REVIEWER)


@pytest.fixture
def cited(api: TestClient) -> dict[str, Any]:
    """A document on which the first published answer of the bank rests."""
    pair = api.get("/api/v1/qa-pairs").json()["items"][0]
    title = pair["basis"][0]["title"]
    (found,) = api.get(POLICIES, params={"q": title}).json()["items"]
    return {"id": found["id"], "pair": pair["qa_id"], "question": pair["question"]}


def status_of(api: TestClient, pair: int) -> str:
    return str(api.get(f"/api/v1/qa-pairs/{pair}").json()["status"])


def test_two_people_end_a_document_and_one_takes_it_back(
    api: TestClient, cited: dict[str, Any], second: Headers
) -> None:
    path = f"{POLICIES}/{cited['id']}"
    falls = api.get(f"{path}/consequences").json()
    assert cited["question"] in [one["question"] for one in falls["answers"] if one["falls"]]
    api.patch(path, json=END)
    assert status_of(api, cited["pair"]) == "suspended"
    seen = {"ending": api.get(f"{path}/consequences", headers=second).json()["ending"]["id"]}
    done = api.post(f"{path}/ending/confirmation", json=seen, headers=second).json()
    assert cited["pair"] in done["withdrawn"]
    assert (done["policy"]["validity"], done["ending"]["state"]) == ("废止", "confirmed")
    back = api.post(f"{path}/restoration", json={"reason": "选错了文件"}).json()
    assert cited["pair"] in back["restored"]
    assert status_of(api, cited["pair"]) == "published"


def test_a_refusal_puts_the_answers_back(
    api: TestClient, cited: dict[str, Any], second: Headers
) -> None:
    path = f"{POLICIES}/{cited['id']}"
    proposed = api.patch(path, json=END).json()["ending"]
    body = {"ending": proposed["id"], "reason": "文件仍有效"}
    refused = api.post(f"{path}/ending/refusal", json=body, headers=second)
    assert cited["pair"] in refused.json()["restored"]


def test_the_person_who_proposed_does_not_confirm(api: TestClient, cited: dict[str, Any]) -> None:
    path = f"{POLICIES}/{cited['id']}"
    proposed = api.patch(path, json=END).json()["ending"]
    refused = api.post(f"{path}/ending/confirmation", json={"ending": proposed["id"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_decision")
    assert status_of(api, cited["pair"]) == "suspended"


def test_an_end_that_was_not_read_is_not_confirmed(
    api: TestClient, cited: dict[str, Any], second: Headers
) -> None:
    path = f"{POLICIES}/{cited['id']}"
    read = api.patch(path, json=END | {"invalid_since": "2027-01-01"}).json()["ending"]
    api.post(f"{path}/restoration", json={"reason": "日期填错"})
    api.patch(path, json=END)
    stale = api.post(f"{path}/ending/confirmation", json={"ending": read["id"]}, headers=second)
    assert (stale.status_code, stale.json()["code"]) == (409, "no_policy_ending")
    assert status_of(api, cited["pair"]) == "suspended"


def test_an_end_needs_its_date_and_reason(api: TestClient, cited: dict[str, Any]) -> None:
    refused = api.patch(f"{POLICIES}/{cited['id']}", json={"validity": "失效"})
    assert refused.status_code == 422
    fields = {one["field"] for one in refused.json()["errors"]}
    assert fields == {"invalid_since", "reason"}
    assert status_of(api, cited["pair"]) == "published"


@pytest.mark.parametrize(
    "number", ["区政办发[2026]3号", "区政办发（2026）3 号", "区政办发【２０２６】第03号"]
)
def test_a_second_copy_is_a_conflict_that_names_the_first(api: TestClient, number: str) -> None:
    new = {
        "key": "甲",
        "title": "高龄津贴办法",
        "document_number": "区政办发〔2026〕3号",
        "issuer": "区政府办公室",
        "validity": "有效",
        "unit": "civil-affairs",
    }
    first = api.post(POLICIES, json=new).json()
    assert first["unit"] == "civil-affairs"
    copy = new | {"key": number, "title": "另一个标题", "document_number": number}
    refused = api.post(POLICIES, json=copy)
    assert (refused.status_code, refused.json()["code"]) == (409, "policy_known")
    assert f"/policies/{first['id']}" in refused.json()["detail"]
    found = api.get(POLICIES, params={"q": number}).json()["items"]
    assert [one["id"] for one in found] == [first["id"]]


def test_a_clerk_of_a_unit_changes_only_its_documents(
    api: TestClient, cited: dict[str, Any], make_person_key: KeyMaker
) -> None:
    clerk = make_person_key("chengban", Role.UNIT)
    refused = api.patch(f"{POLICIES}/{cited['id']}", json=END, headers=clerk)
    assert (refused.status_code, refused.json()["code"]) == (403, "policy_owner_only")
    assert status_of(api, cited["pair"]) == "published"
