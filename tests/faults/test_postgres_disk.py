"""The disk of PostgreSQL is full: of the tables alone, and of the whole server with its log."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from forked_service import Home, Nursery, make_home
from load import Load
from postgres_server import BINARIES, free_port
from sqlalchemy import make_url, text
from test_disk import UNSHARE, fill, may_mount
from test_service_kill import check_kept

from qa_service.storage.engine import open_engine

pytestmark = [
    pytest.mark.faults,
    pytest.mark.postgres,
    pytest.mark.skipif(
        os.geteuid() != 0 or not may_mount(), reason="only root may mount where postgres looks"
    ),
]

HOLD = (
    'mount -t tmpfs -o size="$1" tmpfs "$0" && chown postgres "$0" && echo held && exec sleep 900'
)
OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c min_wal_size=4MB -c max_wal_size=8MB"


@dataclass
class SmallServer:
    """A PostgreSQL some folder of which is a small disk of its own."""

    folder: Path
    port: int
    holder: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def small(self) -> Path:
        """The small disk as this process reaches it."""
        return Path(f"/proc/{self.holder.pid}/root{self.folder}/small")

    def run(self, program: str, *arguments: str, check: bool = True) -> None:
        """Run one of PostgreSQL's programs where the small disk is seen."""
        inside = ("nsenter", "-t", str(self.holder.pid), "-m", "runuser", "-u", "postgres", "--")
        subprocess.run(
            [*inside, str(BINARIES / program), *arguments],
            check=check,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start(self, data: Path) -> None:
        options = f"-p {self.port} -k {self.folder} {OPTIONS}"
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(data), "-l", log, "-w", "-o", options, "start")

    def stop(self, data: Path) -> None:
        self.run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop", check=False)


def open_small(size: str) -> SmallServer:
    """A small disk; no server runs yet."""
    folder = Path("/tmp") / f"qa-postgres-{uuid4().hex[:8]}"  # noqa: S108
    (folder / "small").mkdir(parents=True)
    subprocess.run(["chown", "-R", "postgres", str(folder)], check=True)
    hold = [*UNSHARE, "sh", "-ec", HOLD, str(folder / "small"), size]
    holder = subprocess.Popen(hold, stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    return SmallServer(folder, free_port(), holder)


def make_cluster(server: SmallServer, data: Path) -> None:
    server.run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", *SEGMENTS)
    server.start(data)


SEGMENTS = ("--wal-segsize", "1")


def close(server: SmallServer, data: Path) -> None:
    server.stop(data)
    server.holder.kill()
    server.holder.wait()
    subprocess.run(["rm", "-rf", str(server.folder)], check=True)


@pytest.fixture
def tables() -> Iterator[SmallServer]:
    """A server whose disk for tables is small; its log has room."""
    server = open_small("64m")
    data = server.folder / "data"
    try:
        make_cluster(server, data)
        admin = open_engine(server.url).execution_options(isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE TABLESPACE small LOCATION '{server.folder}/small'"))
            connection.execute(text("CREATE DATABASE qa TABLESPACE small"))
        admin.dispose()
        yield server
    finally:
        close(server, data)


@pytest.fixture
def whole() -> Iterator[SmallServer]:
    """A server everything of which stands on a small disk."""
    server = open_small("160m")
    data = server.folder / "small" / "data"
    try:
        make_cluster(server, data)
        yield server
    finally:
        close(server, data)


def ready(service_url: str) -> httpx.Response:
    return httpx.get(f"{service_url}/readyz", timeout=30)


def test_of_the_tables_is_told_and_nothing_acknowledged_is_lost(
    tables: SmallServer, tmp_path: Path, nursery: Nursery
) -> None:
    address = make_url(tables.url).set(database="qa").render_as_string(hide_password=False)
    home = make_home(tmp_path, address)
    service = nursery.start(home)
    load = Load(service.url, home.key)
    load.run(lambda load: load.acknowledged >= 10)
    fill(tables.small / "filler")
    load = Load(service.url, home.key, dict(load.entries), list(load.variants))
    load.run(lambda load: len(load.refusals) >= 5)
    assert set(load.refusals) == {503}
    assert all('"disk_full"' in said for said in load.told), load.told
    key = {"Authorization": f"Bearer {home.key}"}
    found = httpx.get(f"{service.url}/api/v1/search", params={"q": "社保卡"}, headers=key)
    assert found.status_code == 200, "what is known is still answered"
    gone = ready(service.url)
    assert (gone.status_code, gone.json()["errors"][0]["field"]) == (503, "disk")
    (tables.small / "filler").unlink()
    recover(home, load, service.url)
    service.kill()
    home.database.dispose()


def test_of_the_whole_server_is_told_and_nothing_acknowledged_is_lost(
    whole: SmallServer, tmp_path: Path, nursery: Nursery
) -> None:
    home = make_home(tmp_path, whole.url)
    service = nursery.start(home)
    load = Load(service.url, home.key)
    load.run(lambda load: load.acknowledged >= 10)
    fill(whole.small / "filler")
    load = Load(service.url, home.key, dict(load.entries), list(load.variants))
    load.run(lambda load: len(load.refusals) >= 20)
    assert set(load.refusals) == {503}
    assert ready(service.url).status_code == 503
    (whole.small / "filler").unlink()
    data = whole.folder / "small" / "data"
    whole.stop(data)  # a server without space for its log ends itself, now or soon
    whole.start(data)
    recover(home, load, service.url)
    service.kill()
    home.database.dispose()


def recover(home: Home, load: Load, url: str) -> None:
    """Space is back: the service needs no restart, and has everything it acknowledged."""
    load.refusals.clear()
    load.settle(url)
    assert not load.refusals
    assert ready(url).status_code == 200
    check_kept(home, load)
