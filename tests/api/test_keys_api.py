"""Who may call which route."""

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import select

from qa_service.accounts.models import ApiKey
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

TRANSITIONS = [
    "assign",
    "accept",
    "return",
    "opinion",
    "join",
    "reply",
    "review",
    "callbacks",
    "decline",
    "extension-request",
    "extend",
    "urge",
    "close",
    "contact",
]
ROUTES = [
    ("POST", "/consultations", Scope.CONSULT),
    ("GET", "/consultations/6d1e6f0e-0000-4000-8000-000000000000", Scope.CONSULT),
    ("POST", "/consultations/6d1e6f0e-0000-4000-8000-000000000000/choice", Scope.CONSULT),
    ("DELETE", "/consultations/6d1e6f0e-0000-4000-8000-000000000000/choice", Scope.CONSULT),
    ("GET", "/search?q=x", Scope.CONSULT),
    ("GET", "/qa-pairs", Scope.KNOWLEDGE),
    ("POST", "/qa-pairs", Scope.KNOWLEDGE),
    ("GET", "/qa-pairs/1", Scope.KNOWLEDGE),
    ("PATCH", "/qa-pairs/1", Scope.KNOWLEDGE),
    ("POST", "/qa-pairs/1/submit", Scope.KNOWLEDGE),
    ("POST", "/qa-pairs/1/variants", Scope.KNOWLEDGE),
    ("GET", "/qa-pairs/1/reviews", Scope.KNOWLEDGE),
    ("POST", "/qa-pairs/1/reviews", Scope.KNOWLEDGE),
    ("POST", "/qa-pairs/1/withdraw", Scope.KNOWLEDGE),
    ("GET", "/changes", Scope.KNOWLEDGE),
    ("GET", "/policies", Scope.KNOWLEDGE),
    ("POST", "/policies", Scope.KNOWLEDGE),
    ("PATCH", "/policies/1", Scope.KNOWLEDGE),
    ("GET", "/recalls", Scope.CONSULT),
    ("POST", "/recalls/6d1e6f0e-0000-4000-8000-000000000000/1", Scope.CONSULT),
    ("GET", "/ledger", Scope.LEDGER),
    ("GET", "/ledger/board", Scope.LEDGER),
    ("GET", "/ledger/export.xlsx", Scope.LEDGER),
    ("GET", "/ledger/ZX20261124-0001", Scope.LEDGER),
    *(("POST", f"/ledger/ZX20261124-0001/{move}", Scope.LEDGER) for move in TRANSITIONS),
    ("POST", "/corrections", Scope.LEDGER),
    ("GET", "/workdays/due?received=2026-09-30&days=5", Scope.LEDGER),
]

EVERY_KEY = ["/units", "/units/health", "/policy-areas"]
"""Read by a key of any scope."""

OFFICE = [
    ("POST", "/units"),
    ("PATCH", "/units/health"),
    *(("POST", f"/units/health/{act}") for act in ("retire", "restore", "merge")),
    ("POST", "/policy-areas"),
    ("PATCH", "/policy-areas/养老"),
    *(("POST", f"/policy-areas/养老/{act}") for act in ("retire", "restore", "merge")),
]
"""Written by a key for supervising alone."""

ALSO = {Scope.LEDGER: Scope.SUPERVISE}
"""Another scope that opens the same routes."""

KeyMaker = Callable[..., dict[str, str]]


class TestKeys:
    def test_no_route_answers_without_a_key(self, client: TestClient) -> None:
        for method, path, _ in ROUTES:
            response = client.request(method, f"/api/v1{path}")
            assert (path, response.status_code) == (path, 401)
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert response.json()["code"] == "key_refused"

    def test_a_key_for_everything_else_is_403(self, client: TestClient, make_key: KeyMaker) -> None:
        without = {
            scope: make_key(*(other for other in Scope if other not in (scope, ALSO.get(scope))))
            for scope in Scope
        }
        for method, path, scope in ROUTES:
            response = client.request(method, f"/api/v1{path}", headers=without[scope])
            assert (path, response.status_code) == (path, 403)
            assert response.json()["code"] == "scope_missing"

    def test_a_key_for_it_alone_is_enough(self, client: TestClient, make_key: KeyMaker) -> None:
        alone = {scope: make_key(scope) for scope in Scope}
        for method, path, scope in ROUTES:
            response = client.request(method, f"/api/v1{path}", headers=alone[scope])
            assert (path, response.status_code in {401, 403, 405}) == (path, False)

    def test_every_route_is_listed_here(self, app: FastAPI) -> None:
        described = {
            (method.upper(), path)
            for path, methods in app.openapi()["paths"].items()
            for method in methods
            if path.startswith("/api/")
        }
        assert len(described) == len(ROUTES) + len(EVERY_KEY) + len(OFFICE)

    def test_the_directory_is_read_with_any_key_and_with_none_refused(
        self, client: TestClient, make_key: KeyMaker
    ) -> None:
        for path in EVERY_KEY:
            assert client.get(f"/api/v1{path}").status_code == 401
            for scope in Scope:
                headers = make_key(scope, name=f"{scope}{path}")
                assert client.get(f"/api/v1{path}", headers=headers).status_code == 200

    def test_the_directory_is_written_with_a_key_for_supervising_alone(
        self, client: TestClient, make_key: KeyMaker
    ) -> None:
        others = make_key(*(scope for scope in Scope if scope is not Scope.SUPERVISE))
        for method, path in OFFICE:
            assert client.request(method, f"/api/v1{path}").status_code == 401
            refused = client.request(method, f"/api/v1{path}", headers=others)
            assert (path, refused.json()["code"]) == (path, "scope_missing")

    def test_an_unknown_key_is_401(self, client: TestClient) -> None:
        for header in ("Bearer qak_wrong", "Bearer ", "Basic YTpi", "qak_x", "Bearer \xff"):
            headers = [(b"authorization", header.encode("latin-1"))]
            response = client.get("/api/v1/ledger", headers=headers)
            assert (header, response.status_code) == (header, 401)

    def test_a_revoked_key_is_401(
        self, client: TestClient, services: Services, make_key: KeyMaker
    ) -> None:
        headers = make_key(Scope.LEDGER)
        assert client.get("/api/v1/ledger", headers=headers).status_code == 200
        with session_scope(services.database) as session:
            key = session.exec(select(ApiKey)).one()
            key.is_active = False
            session.add(key)
        assert client.get("/api/v1/ledger", headers=headers).status_code == 401
