"""A repeated write gets its first answer again, also when repeated at the same time."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import func, select

from qa_service.accounts.models import IdempotencyRecord
from qa_service.consultation.models import Consultation
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

KeyMaker = Callable[..., dict[str, str]]

ASK = "/api/v1/consultations"
UNKNOWN = {"question": "外商投资项目怎么备案？", "channel": "hotline", "field": "投资"}
THREADS = 6


def key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value}


def counts(services: Services) -> tuple[int, int]:
    with session_scope(services.database, read_only=True) as session:
        consultations = session.exec(select(func.count()).select_from(Consultation)).one()
        entries = session.exec(select(func.count()).select_from(LedgerEntry)).one()
    return consultations, entries


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    is_replayed: bool


def ask_together(app: FastAPI, headers: dict[str, str], body: dict[str, str]) -> list[Answer]:
    """What so many callers are told who ask the same at the same time."""
    ready = Barrier(THREADS)

    def ask(_: int) -> Answer:
        client = TestClient(app)
        ready.wait()
        response = client.post(ASK, json=body, headers=headers)
        replayed = "idempotency-replayed" in response.headers
        return Answer(response.status_code, response.text, replayed)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(ask, range(THREADS)))


class TestIdempotencyKey:
    def test_a_repeat_gets_the_first_answer(self, api: TestClient, services: Services) -> None:
        first = api.post(ASK, json=UNKNOWN, headers=key("k-1"))
        again = api.post(ASK, json=UNKNOWN, headers=key("k-1"))
        assert again.status_code == first.status_code == 201
        assert again.json() == first.json()
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert counts(services) == (1, 1)

    def test_another_body_under_the_same_key_is_a_conflict(
        self, api: TestClient, services: Services
    ) -> None:
        api.post(ASK, json=UNKNOWN, headers=key("k-1"))
        other = api.post(ASK, json=UNKNOWN | {"question": "别的问题"}, headers=key("k-1"))
        assert other.status_code == 409
        assert other.json()["code"] == "idempotency_key_reused"
        assert counts(services) == (1, 1)

    def test_another_address_under_the_same_key_is_a_conflict(self, api: TestClient) -> None:
        api.post("/api/v1/qa-pairs/1/withdraw", json={"reason": "a"}, headers=key("k-1"))
        other = api.post("/api/v1/qa-pairs/2/withdraw", json={"reason": "a"}, headers=key("k-1"))
        assert other.json()["code"] == "idempotency_key_reused"

    def test_callers_do_not_see_each_others_keys(
        self, client: TestClient, make_key: KeyMaker, services: Services
    ) -> None:
        for name in ("first", "second"):
            headers = make_key(Scope.CONSULT, name=name) | key("k-1")
            assert client.post(ASK, json=UNKNOWN, headers=headers).status_code == 201
        assert counts(services) == (2, 2)

    def test_a_failed_write_leaves_the_key_free(self, api: TestClient, services: Services) -> None:
        failed = api.post("/api/v1/qa-pairs/999/withdraw", json={"reason": "x"}, headers=key("k-1"))
        assert failed.status_code == 404
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(IdempotencyRecord)).all() == []
        assert api.post(ASK, json=UNKNOWN, headers=key("k-1")).status_code == 201

    def test_every_write_takes_one(self, api: TestClient) -> None:
        asked = api.post(ASK, json=UNKNOWN | {"register": "never"}).json()
        writes = [
            ("POST", f"{ASK}/{asked['id']}/choice", {"none": True}),
            ("PATCH", "/api/v1/qa-pairs/1", {"phone_script": "带身份证补办。"}),
            ("POST", "/api/v1/qa-pairs/1/withdraw", {"reason": "a"}),
        ]
        for method, path, body in writes:
            first = api.request(method, path, json=body, headers=key(path))
            again = api.request(method, path, json=body, headers=key(path))
            assert (path, first.status_code, again.status_code) == (path, 200, 200)
            assert again.json() == first.json()
            assert again.headers["idempotency-replayed"] == "true"

    def test_a_key_that_cannot_be_seen_or_is_too_long_is_refused(self, api: TestClient) -> None:
        for value in ("", " ", "k" * 201):
            response = api.post(ASK, json=UNKNOWN, headers=key(value))
            assert (value, response.status_code) == (value, 422)
            assert response.json()["code"] == "invalid_idempotency_key"


class TestAtTheSameTime:
    def test_one_key_writes_once(
        self, app: FastAPI, make_key: KeyMaker, services: Services
    ) -> None:
        headers = make_key(Scope.CONSULT) | key("k-1")
        answers = ask_together(app, headers, UNKNOWN)
        assert {answer.status for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1
        assert sum(answer.is_replayed for answer in answers) == THREADS - 1
        assert counts(services) == (1, 1)

    def test_one_external_id_registers_once(
        self, app: FastAPI, make_key: KeyMaker, services: Services
    ) -> None:
        asked = UNKNOWN | {"external_id": "T-1"}
        answers = ask_together(app, make_key(Scope.CONSULT), asked)
        assert sorted(answer.status for answer in answers) == [200] * (THREADS - 1) + [201]
        assert len({answer.text for answer in answers}) == 1
        assert counts(services) == (1, 1)

    def test_entries_get_numbers_without_gaps(self, app: FastAPI, make_key: KeyMaker) -> None:
        answers = ask_together(app, make_key(Scope.CONSULT), UNKNOWN)
        numbers = sorted(json.loads(answer.text)["ledger_entry"]["number"] for answer in answers)
        assert numbers == [f"ZX20261124-{n:04d}" for n in range(1, THREADS + 1)]
