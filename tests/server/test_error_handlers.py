"""Every error has its status, its face, and no words of a citizen in the log."""

import logging
import sqlite3
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event
from sqlmodel import select

from qa_service.consultation.models import Consultation
from qa_service.errors import ConfigurationError, QAServiceError
from qa_service.knowledge.pairs.service import DuplicateQuestionError, PairNotFoundError
from qa_service.server.app import create_app
from qa_service.server.error_handlers import status_of
from qa_service.server.limits import BODY_BYTES
from qa_service.services import Services
from qa_service.storage import writer_queue
from qa_service.storage.engine import session_scope

ASK = "/api/v1/consultations"
KNOWN = {"question": "社保卡丢了怎么补办？", "channel": "hotline"}
PROBLEM = "application/problem+json"

# A choice of no consultation: SQLite finds out when it commits.
ORPHAN = (
    "INSERT INTO choice (consultation_id, operator, created_at) "
    "VALUES ('none', 'test', '2026-11-24 02:00:00')"
)


class TestFamilies:
    def test_a_child_has_the_status_of_its_family(self) -> None:
        assert status_of(PairNotFoundError("x")) == 404
        assert status_of(DuplicateQuestionError("x")) == 409
        assert status_of(ConfigurationError("x")) == 500
        assert status_of(QAServiceError("x")) == 500


class TestFaces:
    def test_an_unknown_path_under_api_is_a_problem(self, client: TestClient) -> None:
        response = client.get("/api/v1/nothing")
        assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)
        assert response.json()["code"] == "not_found"

    def test_an_unknown_page_is_a_page(self, client: TestClient) -> None:
        response = client.get("/nothing")
        assert response.status_code == 404
        assert response.headers["content-type"].startswith("text/html")
        assert "没有找到" in response.text

    def test_a_wrong_method_tells_the_right_ones(self, client: TestClient) -> None:
        response = client.put(ASK)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert response.json()["code"] == "method_not_allowed"

    def test_a_page_tells_people_what_to_do_and_nothing_of_headers_and_errors(
        self, client: TestClient
    ) -> None:
        response = client.put("/login")
        assert response.status_code == 405
        assert "只在提交表单时使用，请从页面上的链接重新打开" in response.text
        assert "Allow" not in response.text

    @pytest.mark.parametrize("is_announced", [True, False])
    def test_a_body_over_the_limit_is_413(self, api: TestClient, is_announced: bool) -> None:
        def chunks() -> Iterator[bytes]:
            for _ in range(BODY_BYTES // 1000 + 1):
                yield b"x" * 1000

        content = b"".join(chunks()) if is_announced else chunks()
        response = api.post(ASK, content=content, headers={"Content-Type": "application/json"})
        assert (response.status_code, response.headers["content-type"]) == (413, PROBLEM)
        assert response.json()["code"] == "body_too_large"

    def test_every_answer_carries_the_security_headers(self, client: TestClient) -> None:
        for path in ("/api/v1/ledger", "/nothing", "/healthz", "/docs", "/static/nothing.js"):
            headers = client.get(path).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"


class TestDatabase:
    def test_a_failing_commit_reaches_the_caller(self, api: TestClient, services: Services) -> None:
        def leave_an_orphan(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql(ORPHAN)

        event.listen(services.database, "commit", leave_an_orphan)
        response = api.post(ASK, json=KNOWN)
        event.remove(services.database, "commit", leave_an_orphan)
        assert response.status_code == 500
        assert response.json()["code"] == "internal"
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Consultation)).all() == []
        assert api.post(ASK, json=KNOWN).status_code == 201

    def test_a_locked_database_asks_to_retry(
        self, api: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer_queue, "BUSY_TIMEOUT_MS", 20)
        other = sqlite3.connect(services.database.url.database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        response = api.post(ASK, json=KNOWN)
        other.close()
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) > 0
        assert response.json()["code"] == "database_busy"
        assert api.post(ASK, json=KNOWN).status_code == 201

    def test_a_full_disk_is_told_as_such_and_works_again_with_space(
        self, api: TestClient, services: Services
    ) -> None:
        def be_full(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")  # no page more than there are

        letter = KNOWN | {"question": "火星怎么种土豆？" * 3_000}
        services.database.dispose()
        event.listen(services.database, "connect", be_full)
        for _ in range(9):
            response = api.post(ASK, json=letter)
            if response.status_code != 201:
                break  # what was free in the file is used up
        assert (response.status_code, response.json()["code"]) == (503, "disk_full")
        assert "清出空间" in response.json()["detail"]
        assert api.get("/api/v1/search?q=社保卡").status_code == 200
        event.remove(services.database, "connect", be_full)
        services.database.dispose()
        assert api.post(ASK, json=letter).status_code == 201

    def test_readers_do_not_wait_for_a_writer(self, api: TestClient, services: Services) -> None:
        other = sqlite3.connect(services.database.url.database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for path in ("/readyz", "/api/v1/ledger", "/api/v1/search?q=社保卡"):
            assert api.get(path).status_code == 200
        other.close()


class TestUnexpected:
    def test_is_told_by_an_incident_and_logged_without_its_words(
        self, services: Services, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken() -> None:
            raise RuntimeError("市民的原话")

        app = create_app(services)
        app.add_api_route("/api/v1/broken", broken)
        client = TestClient(app, raise_server_exceptions=False)
        with caplog.at_level(logging.DEBUG):
            response = client.get("/api/v1/broken?q=市民的原话")
        problem = response.json()
        assert (response.status_code, problem["code"]) == (500, "internal")
        incident = problem["detail"].split("编号 ")[1][:8]
        logged = "\n".join(
            record.getMessage() + (record.exc_text or "")
            for record in caplog.records
            if record.name.startswith("qa_service")
        )
        assert incident in logged
        assert "RuntimeError" in logged
        assert "test_error_handlers.py" in logged
        assert "市民的原话" not in logged + response.text
