"""Alive, ready, degraded, dead: told apart without a key."""

from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa_service.services import Services
from qa_service.storage.migrate import downgrade


class TestHealth:
    def test_a_working_service_is_ready(self, client: TestClient, services: Services) -> None:
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["status"] == "ready"
        assert ready.json()["index_revision"] == services.index_sync.revision > 0
        assert ready.json()["indexed_pairs"] > 0
        assert ready.json()["degraded_reason"] is None

    def test_without_the_encoder_it_is_degraded(self, app: FastAPI, services: Services) -> None:
        app.state.services = replace(services, degraded_reason="模型文件缺失")
        ready = TestClient(app).get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert ready.json()["degraded_reason"] == "模型文件缺失"

    def test_with_an_old_schema_it_is_not_ready(
        self, client: TestClient, services: Services
    ) -> None:
        downgrade(services.database, "base")
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.headers["content-type"] == "application/problem+json"
        assert "retry-after" in ready.headers
        assert ready.json()["code"] == "not_ready"
        assert ready.json()["errors"][0]["field"] == "database"

    def test_without_its_database_it_is_alive_but_not_ready(
        self, client: TestClient, services: Services
    ) -> None:
        folder = Path(services.database.url.database or "").parent
        # In one step: a duty at work may write a file while a folder is emptied. Connections
        # are closed after it, or a duty opens one in between that outlives the folder.
        folder.rename(folder.with_name("gone"))
        services.database.dispose()
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["errors"][0]["field"]) == (503, "database")
