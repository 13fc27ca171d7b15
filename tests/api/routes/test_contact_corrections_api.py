"""The asker's contact corrected over REST."""

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from rest_client import KeyMaker

from qa_service.vocabulary import Role

NUMBER = "ZX20261124-0001"
PATH = f"/api/v1/ledger/{NUMBER}"


@pytest.fixture
def registered(api: TestClient) -> TestClient:
    asked = {
        "question": "外商投资项目怎么备案？",
        "channel": "hotline",
        "field": "投资",
        "asker": {"name": "张女士", "phone": "13800000000"},
    }
    assert api.post("/api/v1/consultations", json=asked).status_code == 201
    return api


def correct(api: TestClient, **body: object) -> Response:
    return api.put(f"{PATH}/contact", json=body)


def held(api: TestClient) -> dict[str, str]:
    found: dict[str, str] = api.post(f"{PATH}/contact", json={"reason": "回复咨询人"}).json()
    return found


def test_keeps_what_is_not_given_and_tells_nobody_the_number(registered: TestClient) -> None:
    corrected = correct(registered, phone="138 0000 0009")
    assert corrected.status_code == 200
    assert corrected.json()["contact_masked"] == "138******09"
    assert "13800000009" not in corrected.text
    assert held(registered) == {"name": "张女士", "phone": "13800000009"}
    verbs = [event["verb"] for event in registered.get(PATH).json()["events"]]
    assert "correct_contact" in verbs


def test_that_looks_wrong_is_refused_until_a_reason_is_given(registered: TestClient) -> None:
    refused = correct(registered, phone="1380000")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_contact")
    assert held(registered)["phone"] == "13800000000"
    assert correct(registered, phone="1380000", phone_reason="内部短号").status_code == 200
    assert held(registered)["phone"] == "1380000"


def test_without_anything_to_correct_is_refused(registered: TestClient) -> None:
    assert correct(registered).status_code == 422


def test_needs_the_role_that_calls_back(registered: TestClient, make_person_key: KeyMaker) -> None:
    unit = make_person_key("danwei", Role.UNIT, unit="development-reform")
    refused = registered.put(f"{PATH}/contact", json={"phone": "13800000009"}, headers=unit)
    assert refused.status_code == 403
    assert held(registered)["phone"] == "13800000000"
