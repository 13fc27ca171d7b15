"""Who may call which route."""

from collections.abc import Callable

from api_routes import ROUTES
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import select

from qa_service.accounts.acts import needs_person
from qa_service.accounts.models import ApiKey
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope

EVERY_KEY = ["/units", "/units/health", "/policy-areas"]
"""Read by a key of any scope."""

ALSO = {Scope.LEDGER: Scope.SUPERVISE, Scope.REPORTS: Scope.SUPERVISE}
"""Another scope that opens the same routes."""

KeyMaker = Callable[..., dict[str, str]]


class TestKeys:
    def test_no_route_answers_without_a_key(self, client: TestClient) -> None:
        for method, path, *_ in ROUTES:
            response = client.request(method, f"/api/v1{path}")
            assert (path, response.status_code) == (path, 401)
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert response.json()["code"] == "key_refused"

    def test_a_key_for_everything_else_is_403(self, client: TestClient, make_key: KeyMaker) -> None:
        without = {
            scope: make_key(*(other for other in Scope if other not in (scope, ALSO.get(scope))))
            for scope in Scope
        }
        for method, path, scope, *_ in ROUTES:
            response = client.request(method, f"/api/v1{path}", headers=without[scope])
            assert (path, response.status_code) == (path, 403)
            assert response.json()["code"] == "scope_missing"

    def test_a_key_for_it_alone_is_enough(
        self, client: TestClient, make_key: KeyMaker, make_person_key: KeyMaker
    ) -> None:
        alone = {scope: make_key(scope) for scope in Scope}
        own = {scope: make_person_key(f"p-{scope.value}", *Role, scopes=[scope]) for scope in Scope}
        for method, path, scope, act, _ in ROUTES:
            keys = own if act is not None and needs_person(act) else alone
            response = client.request(method, f"/api/v1{path}", headers=keys[scope])
            assert (path, response.status_code in {401, 403, 405}) == (path, False)

    def test_every_route_is_listed_here(self, app: FastAPI) -> None:
        described = {
            (method.upper(), path)
            for path, methods in app.openapi()["paths"].items()
            for method in methods
            if path.startswith("/api/")
        }
        assert len(described) == len(ROUTES) + len(EVERY_KEY)

    def test_the_directory_is_read_with_any_key_and_with_none_refused(
        self, client: TestClient, make_key: KeyMaker
    ) -> None:
        for path in EVERY_KEY:
            assert client.get(f"/api/v1{path}").status_code == 401
            for scope in Scope:
                headers = make_key(scope, name=f"{scope}{path}")
                assert client.get(f"/api/v1{path}", headers=headers).status_code == 200

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
