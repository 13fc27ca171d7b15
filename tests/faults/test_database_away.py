"""PostgreSQL goes and comes back while it is needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from forked_service import Home, Nursery, make_home
from load import Load
from postgres_server import PostgresServer, open_postgres
from test_service_kill import check_index, check_kept

BODY = {"question": "火星怎么种土豆", "channel": "hotline"}

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with open_postgres() as server:
        yield server


@pytest.fixture
def home(server: PostgresServer, tmp_path: Path) -> Iterator[Home]:
    home = make_home(tmp_path, server.url)
    yield home
    home.database.dispose()


@dataclass
class Restarts:
    """Restarts the server under load, twice, then lets the load end."""

    server: PostgresServer
    done: int = 0

    def strike(self, load: Load) -> bool:
        """Whether it has been enough."""
        if load.acknowledged >= 10 * (self.done + 1):
            if self.done == 2:
                return True
            self.server.stop()
            self.server.start()
            self.done += 1
        return False


def test_gone_is_told_and_back_needs_no_restart(
    home: Home, server: PostgresServer, nursery: Nursery
) -> None:
    service = nursery.start(home, QA_SCHEDULER_SECONDS="1")
    key = {"Authorization": f"Bearer {home.key}"}
    with httpx.Client(base_url=service.url, timeout=30, headers=key) as client:
        assert client.get("/readyz").status_code == 200
        server.stop()
        gone = client.get("/readyz")
        assert gone.status_code == 503
        assert gone.json()["errors"][0]["field"] == "database"
        assert client.get("/healthz").status_code == 200
        asked = client.post("/api/v1/consultations", json=BODY)
        assert (asked.status_code, asked.json()["code"]) == (503, "database_busy")
        assert asked.headers["Retry-After"]
        page = client.get("/login")
        assert page.status_code in {200, 503}
        server.start()
        assert client.get("/readyz").status_code == 200
        assert client.post("/api/v1/consultations", json=BODY).status_code == 201
    service.kill()


def test_restarted_under_load_loses_nothing_it_acknowledged(
    home: Home, server: PostgresServer, nursery: Nursery
) -> None:
    service = nursery.start(home)
    load, restarts = Load(service.url, home.key), Restarts(server)
    load.run(restarts.strike)
    assert restarts.done == 2
    assert set(load.refusals) <= {503}
    load.refusals.clear()
    load.settle(service.url)
    assert not load.refusals
    check_kept(home, load)
    check_index(home, load, service.url)
    service.kill()
