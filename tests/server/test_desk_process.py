"""The public desk by itself: nothing of the staff is reachable, and nothing can be written."""

import re
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from starlette.routing import Route

from qa_service.api import docs_page
from qa_service.api.routes import health, metrics
from qa_service.cli.serving.desk import open_desk_database
from qa_service.knowledge.revision import raise_revision
from qa_service.server.app import create_desk_app
from qa_service.services import Services
from qa_service.settings import DATABASE_FILE, Settings
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import DatabaseUnusableError
from qa_service.web.desk.mount import DESK_ROUTERS
from qa_service.web.pages import ROUTERS

_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


def staff_routes(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of everything that the staff's application answers beside the desk."""
    own = {route.path for router in DESK_ROUTERS for route in router.routes}
    routers = (*ROUTERS, health.router, metrics.router, docs_page.router, app.router)
    found = {
        (method, route.path)
        for router in routers
        for route in router.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    for path, operations in app.openapi()["paths"].items():
        found |= {(method.upper(), path) for method in operations}
    return {(method, path) for method, path in found if path not in own}


class TestStaffAddresses:
    def test_are_not_there(self, app: FastAPI, services: Services) -> None:
        desk = TestClient(create_desk_app(services), follow_redirects=False)
        routes = staff_routes(app)
        assert len(routes) > 200
        assert {("GET", "/ledger"), ("POST", "/api/v1/consultations")} <= routes
        for method, path in sorted(routes):
            found = desk.request(method, _PARAMETER.sub("1", path))
            assert (method, path, found.status_code) == (method, path, 404)

    def test_nor_are_static_files_of_their_pages(self, services: Services) -> None:
        desk = TestClient(create_desk_app(services))
        assert desk.get("/static/desk/desk.css").status_code == 200
        for path in ("style.css", "keyboard.js", "desk/../style.css", "vendor/htmx"):
            assert desk.get(f"/static/{path}").status_code == 404

    def test_an_address_that_is_not_there_is_told_by_a_page_of_the_desk(
        self, services: Services
    ) -> None:
        page = TestClient(create_desk_app(services)).get("/ledger").text
        assert "回到查询页" in page
        assert "提问页" not in page


class TestReadOnlyDatabase:
    def test_refuses_every_write(self, services: Services) -> None:
        database = open_desk_database(services.settings)
        with (
            pytest.raises(OperationalError, match="readonly"),
            session_scope(database) as session,
        ):
            raise_revision(session)
        database.dispose()

    def test_serves_the_desk(self, services: Services) -> None:
        database = open_desk_database(services.settings)
        desk = TestClient(create_desk_app(replace(services, database=database)))
        for path in ("/desk", "/desk/search?q=社保卡", "/desk/policies", "/desk/healthz"):
            assert desk.get(path).status_code == 200
        database.dispose()

    def test_is_not_made_by_the_desk(self, settings: Settings) -> None:
        with pytest.raises(DatabaseUnusableError, match="qa-service serve"):
            open_desk_database(settings)
        assert not (settings.data_dir / DATABASE_FILE).exists()

    def test_of_another_structure_is_refused(self, settings: Settings) -> None:
        settings.data_dir.mkdir(parents=True)
        engine = open_engine(settings.effective_database_url)
        with Session(engine) as session:
            session.connection().exec_driver_sql("CREATE TABLE other (id INTEGER)")
            session.commit()
        engine.dispose()
        with pytest.raises(DatabaseUnusableError, match="结构"):
            open_desk_database(settings)
