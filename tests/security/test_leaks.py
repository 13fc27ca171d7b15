"""Known personal data put through every entrance is then looked for wherever it may stay."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from leak_places import API, Listener, Written, delivered, exports, found_in, places
from rest_client import Headers, person_key
from reviewing import AFFIRMED
from security_data import PLANTED, SAID
from sqlalchemy import text
from sqlmodel import col, select
from visitor import Browser, add_user

from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, Role, Scope

NUMBER = "ZX20261124-0001"
_REGISTERED = re.compile(r"/ledger/ZX\d{8}-\d{4}")


@pytest.fixture
def planted(
    app: FastAPI, client: TestClient, services: Services, make_key: object, logged: object
) -> Listener:
    """What an operator, a unit, a supervisor and the hotline's software typed all over."""
    system = make_key(*Scope)  # type: ignore[operator]
    everybody = {"unit": "human-resources", "within": {Role.UNIT: ("education",)}}
    keys = []
    for login in ("jia", "yi"):
        add_user(services, login, *Role, **everybody)
        keys.append(person_key(services, login))
    _by_software(client, system, *keys)
    add_user(services, "quan", *(role for role in Role if role is not Role.UNIT))
    _by_hand(Browser(app))
    return delivered(services)


def _by_software(client: TestClient, system: Headers, author: Headers, approver: Headers) -> None:
    def post(path: str, headers: Headers = system, **body: object) -> None:
        assert client.post(API + path, json=body, headers=headers).status_code < 500, path

    asker = {"name": PLANTED["name"], "phone": PLANTED["mobile"]}
    post("/consultations", question=f"{SAID}火星上的渔船怎么年检", channel="hotline", asker=asker)
    client.get(f"{API}/search", params={"q": SAID}, headers=system)
    for move, more in (
        ("return", {}),
        ("assign", {"unit": "human-resources"}),
        ("accept", {}),
        ("opinion", {"opinion": SAID}),
        ("reply", _reply()),
        ("reply", {**_reply(), **CLEAN}),
        ("review", {"approve": True, "reply": 1, "statements": AFFIRMED, "reason": ""}),
        ("extension-request", {}),
        ("extend", {"workdays": 1}),
        ("urge", {}),
        ("callbacks", {"outcome": "not_reached", "note": SAID}),
        ("contact", {}),
        ("decline", {}),
        ("close", {}),
    ):
        headers = approver if move == "review" else author
        post(f"/ledger/{NUMBER}/{move}", headers, **{"reason": SAID, **more})
    post("/corrections", qa_id=1, complaint=SAID)


CLEAN = {
    "question": "火星养老院如何预约",
    "answer": "目前没有火星养老院，请在本区养老服务平台预约。",
    "phone_script": "请在本区养老服务平台预约。",
    "no_basis_reason": "属操作指引",
}


def _reply() -> dict[str, object]:
    return {
        "field": "养老",
        "question": SAID[:60],
        "answer": SAID,
        "phone_script": SAID[:70],
        "effective_from": "2026-11-01",
        "no_basis_reason": SAID,
        "is_public": True,
    }


def _by_hand(browser: Browser) -> None:
    browser.sign_in("quan")
    asked = browser.post("/consultations", question=f"{SAID}月球医保怎么报", area="医疗")
    path = asked.headers["location"]
    asker = {"name": PLANTED["name"], "phone": PLANTED["mobile"]}
    browser.post(f"{path}/registration", seen=NUMBER, **asker)
    browser.get(path)
    entry = _REGISTERED.search(browser.get(path).text)
    assert entry
    for verb in ("extend", "urge", "reveal", "assign"):
        browser.post(f"{entry[0]}/{verb}", reason=SAID, workdays=1, unit="health")
    browser.post("/pairs/1/corrections", complaint=SAID)
    browser.post("/pairs/1/withdraw", reason="已过时")
    browser.get("/audit")
    browser.post("/login", on="/login", login=PLANTED["mobile"], password="not a password at all")
    browser.get("/ledger", **{"X-Nobody-Reads": "1"})
    browser.client.get("/ledger", params={"unit": SAID, "after": SAID})
    browser.client.get(f"/nowhere/{PLANTED['mobile']}")


class TestLeaks:
    def test_nothing_that_stays_holds_a_person(
        self, planted: Listener, services: Services, logged: Written
    ) -> None:
        assert planted.bodies
        assert logged.lines
        with services.database.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM asker")) == 2
            assert connection.scalar(text("SELECT count(*) FROM callback")) == 1
        assert found_in(places(services, planted, logged), PLANTED.values()) == []

    def test_no_export_holds_a_person(
        self, planted: Listener, services: Services, client: TestClient, tmp_path: Path
    ) -> None:
        headers = person_key(services, "jia")
        paths = (f"/ledger/{NUMBER}",)
        given = list(exports(services, client, headers, tmp_path / "all", paths))
        assert len(given) > 20
        assert found_in(given, PLANTED.values()) == []

    def test_whoever_calls_back_still_learns_whom_to_call(
        self, planted: Listener, client: TestClient, services: Services
    ) -> None:
        headers = person_key(services, "jia", scopes=[Scope.LEDGER])
        with session_scope(services.database, read_only=True) as session:
            is_open = (LedgerEntry.state != EntryState.CLOSED) & col(LedgerEntry.asker_id).is_not(
                None
            )
            number = session.exec(select(LedgerEntry.number).where(is_open)).first()
        answer = client.post(
            f"{API}/ledger/{number}/contact", json={"reason": "回复"}, headers=headers
        )
        assert answer.json() == {"name": PLANTED["name"], "phone": PLANTED["mobile"]}
