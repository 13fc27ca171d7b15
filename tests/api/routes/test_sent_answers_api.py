"""Answers sent to callers over REST, with the record of who was sent what."""

import json

import pytest
from fastapi.testclient import TestClient
from receivers import receiving
from rest_client import KeyMaker

from qa_service.jobs.delivery import DeliveryJob
from qa_service.jobs.duty import JobContext
from qa_service.services import Services
from qa_service.vocabulary import Role, Scope

KNOWN = "社保卡丢了怎么补办？"
PHONE = "13800001111"


@pytest.fixture
def open_to_public(services: Services) -> Services:
    services.settings.public_url = "https://qa.example"
    services.settings.sms_url = "https://sms.example/send"
    return services


def asked(client: TestClient, headers: dict[str, str], *, told: bool = True) -> str:
    body = {"question": KNOWN, "channel": "hotline"}
    answer = client.post("/api/v1/consultations", json=body, headers=headers).json()
    path = f"/api/v1/consultations/{answer['id']}"
    if told:
        first = answer["candidates"][0]["qa_id"]
        chosen = client.post(f"{path}/choice", json={"qa_id": first}, headers=headers)
        assert chosen.status_code == 200, chosen.text
    return f"{path}/sent-answers"


def test_the_link_goes_to_the_caller_and_the_record_never_shows_the_contact(
    client: TestClient, make_key: KeyMaker, open_to_public: Services
) -> None:
    hotline = make_key(Scope.CONSULT, name="hotline")
    path = asked(client, hotline)
    body = {"channel": "sms", "to": "138 0000 1111", "on_behalf_of": "王某"}
    with receiving() as gateway:
        gateway.status, gateway.answer = 200, b"{}"
        open_to_public.settings.sms_url = gateway.url
        open_to_public.settings.webhook_allowed = "127.0.0.1"
        sent = client.post(path, json=body, headers=hotline)
        assert sent.status_code == 201, sent.text
        DeliveryJob(JobContext.of(open_to_public)).run()
        ((_, received),) = gateway.got
    assert PHONE in json.dumps(json.loads(received))
    assert (sent.json()["contact_masked"], sent.json()["state"]) == ("138******11", "waiting")
    assert sent.json()["sent_by"] == "api:hotline（自称 王某）"
    (listed,) = client.get(path, headers=hotline).json()["items"]
    assert (listed["state"], listed["link"]) == (
        "delivered",
        "https://qa.example/answers/test-card",
    )
    every = client.get("/api/v1/sent-answers", headers=make_key(Scope.SUPERVISE))
    assert [one["id"] for one in every.json()["items"]] == [listed["id"]]
    assert PHONE not in sent.text + every.text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"channel": "sms", "to": "0571-12345678"}, 422, "invalid_recipient"),
        ({"channel": "sms", "to": ""}, 422, "invalid_recipient"),
        ({"channel": "mail", "to": "wang@example.com"}, 409, "answer_not_sendable"),
        ({"channel": "pigeon", "to": PHONE}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_code(
    client: TestClient,
    make_key: KeyMaker,
    open_to_public: Services,
    body: dict[str, str],
    status: int,
    code: str,
) -> None:
    hotline = make_key(Scope.CONSULT)
    refused = client.post(asked(client, hotline), json=body, headers=hotline)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert PHONE not in refused.text


def test_nothing_goes_untold_twice_or_for_another_units_system(
    client: TestClient, make_key: KeyMaker, make_person_key: KeyMaker, open_to_public: Services
) -> None:
    hotline = make_key(Scope.CONSULT)
    body = {"channel": "sms", "to": PHONE}
    untold = client.post(asked(client, hotline, told=False), json=body, headers=hotline)
    assert untold.json()["code"] == "answer_not_sendable"
    path = asked(client, hotline)
    assert client.post(path, json=body, headers=hotline).status_code == 201
    assert client.post(path, json=body, headers=hotline).json()["code"] == "answer_not_sendable"
    other = make_key(Scope.CONSULT, unit="commerce")
    assert client.get(path, headers=other).json()["code"] == "consultation_not_found"
    assert client.post(path, json=body, headers=other).json()["code"] == "consultation_not_found"
    elsewhere = make_person_key("tadi", Role.SUPERVISOR, within={Role.SUPERVISOR: ("education",)})
    assert client.get("/api/v1/sent-answers", headers=elsewhere).json()["items"] == []
