"""The public desk by itself: nothing of the staff is reachable.

It writes what citizens send, and nothing else.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from desk import Desk
from desk_forms import form_of, leave_and_keep, receipt_of
from fastapi import FastAPI
from fastapi.testclient import TestClient
from public_desk import KEY, desk_of, sign_everything
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session, select
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from qa_service.api import docs_page
from qa_service.api.routes import health, metrics
from qa_service.cli.serving.desk import open_desk_database, open_desk_writer
from qa_service.consultation.desk.rights import DESK_RIGHTS
from qa_service.errors import ConfigurationError
from qa_service.knowledge.revision import raise_revision
from qa_service.ledger.askers.details import read_asker
from qa_service.ledger.models import Asker
from qa_service.ledger.workflow.steps import find_by_number
from qa_service.server.shedding import LoadShedding
from qa_service.services import Services
from qa_service.settings import DATABASE_FILE, Settings
from qa_service.storage.encryption import KEY_BYTES, FieldCipher
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.limited_writes import WriteRefusedError, check_statement
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
        desk = TestClient(desk_of(services), follow_redirects=False)
        routes = staff_routes(app)
        assert len(routes) > 200
        assert {("GET", "/ledger"), ("POST", "/api/v1/consultations")} <= routes
        for method, path in sorted(routes):
            found = desk.request(method, _PARAMETER.sub("1", path))
            assert (method, path, found.status_code) == (method, path, 404)

    def test_nor_are_static_files_of_their_pages(self, services: Services) -> None:
        desk = TestClient(desk_of(services))
        assert desk.get("/static/desk/desk.css").status_code == 200
        for path in ("style.css", "keyboard.js", "desk/../style.css", "vendor/htmx"):
            assert desk.get(f"/static/{path}").status_code == 404

    def test_an_address_that_is_not_there_is_told_by_a_page_of_the_desk(
        self, services: Services
    ) -> None:
        page = TestClient(desk_of(services)).get("/ledger").text
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
        desk = TestClient(desk_of(replace(services, database=database)))
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


@pytest.fixture
def alone(services: Services) -> Iterator[Services]:
    """The services of the desk's own process: one engine that reads, one for what is sent."""
    settings = services.settings
    settings.desk_work = 100
    sign_everything(services)
    database, writer = open_desk_database(settings), open_desk_writer(settings)
    own = FieldCipher.of(os.urandom(KEY_BYTES))
    yield replace(services, database=database, desk_writer=writer, cipher=own)
    database.dispose()
    assert writer is not None
    writer.dispose()


class TestWriting:
    def test_takes_a_question_a_correction_and_ratings_and_opens_no_contact(
        self, alone: Services, services: Services
    ) -> None:
        desk = TestClient(desk_of(alone))
        receipt = leave_and_keep(desk, "火星养老院怎么预约", contact="13800138000")
        leave_and_keep(desk, "火星养老院怎么预约", contact="13900139000")
        assert "等待签收" in desk.post("/desk/question", data=receipt).text
        form = form_of(desk.get(f"/desk/answers/{KEY}/wrong"))
        receipt_of(desk.post(f"/desk/answers/{KEY}/wrong", data={**form, "complaint": "已搬"}))
        form = form_of(desk.get(f"/desk/answers/{KEY}/rating"))
        rated = {**form, "satisfaction": "satisfied"}
        assert desk.post(f"/desk/answers/{KEY}/rating", data=rated).status_code == 200
        with session_scope(services.database) as session:
            asker = session.exec(select(Asker)).first()
            assert asker is not None
            assert read_asker(asker, cipher=services.cipher).phone == "13800138000"
            with pytest.raises(ConfigurationError):
                read_asker(asker, cipher=alone.cipher)
            entry = find_by_number(session, receipt["number"])
            Desk(session, services.clock.now()).answered(entry)
        page = desk.post("/desk/question", data=receipt)
        sent = {**form_of(page), **receipt, "satisfaction": "mostly"}
        assert "您的评价：基本满意" in desk.post("/desk/question/rating", data=sent).text

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE qa_pair SET status = 'published'",
            "UPDATE user_account SET login = 'x'",
            "UPDATE asker SET contact_masked = 'x'",
            "DELETE FROM public_question",
            "INSERT INTO api_key (name) VALUES ('x')",
            "UPDATE encryption_key SET sealing_key = 'x'",
            "DROP TABLE ledger_event",
            "CREATE TABLE other (id INTEGER)",
            "PRAGMA query_only = OFF",
            "ATTACH DATABASE ':memory:' AS other",
        ],
    )
    def test_of_anything_else_is_refused_by_the_database(
        self, alone: Services, statement: str
    ) -> None:
        with (
            pytest.raises(DatabaseError, match=r"not authorized|prohibited"),
            session_scope(alone.public_writes) as session,
        ):
            session.connection().exec_driver_sql(statement)

    def test_on_postgresql_statements_are_looked_at(self) -> None:
        for statement in ("SELECT 1", "INSERT INTO asker (id) VALUES (1)", "SAVEPOINT one"):
            check_statement(statement, DESK_RIGHTS)
        for statement in (
            "UPDATE asker SET id = 1",
            "DELETE FROM asker",
            "WITH gone AS (DELETE FROM asker RETURNING id) SELECT 1",
            'UPDATE "qa_pair" SET status = 1',
            "TRUNCATE asker",
        ):
            with pytest.raises(WriteRefusedError):
                check_statement(statement, DESK_RIGHTS)

    def test_is_not_opened_where_it_is_turned_off(self, services: Services) -> None:
        services.settings.desk_writing = False
        assert open_desk_writer(services.settings) is None


class TestLoadShedding:
    async def _ask(self, app: LoadShedding, method: str, path: str = "/desk") -> int:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": method, "path": path, "headers": []}
        await app(scope, receive, send)
        self.page = sent
        return int(sent[0]["status"])

    def test_tells_what_is_too_much_to_come_again(self) -> None:
        async def run() -> None:
            held = asyncio.Event()

            async def slow(scope: Scope, receive: Receive, send: Send) -> None:
                if scope["path"] != "/desk/healthz":
                    await held.wait()
                await PlainTextResponse("ok")(scope, receive, send)

            app = LoadShedding(slow, most=3)
            first = [asyncio.create_task(self._ask(app, one)) for one in ("GET", "GET", "POST")]
            await asyncio.sleep(0)
            assert await self._ask(app, "POST") == 503
            last = asyncio.create_task(self._ask(app, "GET"))
            await asyncio.sleep(0)
            assert await self._ask(app, "GET") == 503
            headers = dict(self.page[0]["headers"])
            assert (headers[b"retry-after"], headers[b"cache-control"]) == (b"10", b"no-store")
            assert "现在访问的人较多" in self.page[1]["body"].decode()
            assert await self._ask(app, "GET", "/desk/healthz") == 200
            held.set()
            assert await asyncio.gather(*first, last) == [200] * 4
            assert await self._ask(app, "GET") == 200

        asyncio.run(run())
