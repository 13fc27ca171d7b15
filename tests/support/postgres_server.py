"""A real PostgreSQL 15 for tests: the one named by QA_TEST_POSTGRES_URL, or one of our own."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from places import HERE, Place
from scratch_in_memory import SCRATCH
from sqlalchemy import Engine, make_url, text

from qa_service.storage.engine import open_engine
from qa_service.storage.migrate import upgrade

BINARIES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose user may create databases."""
    given = os.environ.get("QA_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with open_postgres() as server:
        yield server.url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Engine]:
    """An engine on a fresh, empty database, dropped after the test."""
    with fresh_database(postgres_url) as engine:
        yield engine


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a database with every table and no row, to be copied; nobody is connected."""
    with fresh_database(postgres_url) as engine:
        upgrade(engine)
        engine.dispose()
        yield str(engine.url.database)


@pytest.fixture
def migrated_postgres(postgres_url: str, postgres_template: str) -> Iterator[Engine]:
    """An engine on a database with every table and no row, dropped after the test."""
    with fresh_database(postgres_url, postgres_template) as engine:
        yield engine


@contextmanager
def fresh_database(postgres_url: str, template: str = "template1") -> Iterator[Engine]:
    """An engine on a copy of the template, dropped when the block ends."""
    name = f"qa_{uuid4().hex}"
    server = open_engine(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    address = make_url(postgres_url).set(database=name)
    engine = open_engine(address.render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@dataclass(frozen=True)
class PostgresServer:
    """A server of our own, which may be stopped and started."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The address, as a user who may create databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Return once it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = str(self.folder / "log")
        run_postgres(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-o", options, "start"
        )

    def stop(self) -> None:
        """End it as a crash would, without a word to those connected."""
        data = str(self.folder / "data")
        run_postgres("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", check=False)


@contextmanager
def open_postgres() -> Iterator[PostgresServer]:
    """A fresh server, gone when the block ends."""
    if not (BINARIES / "initdb").exists():
        pytest.fail(
            f"no PostgreSQL 15 in {BINARIES}: install postgresql-15 or set QA_TEST_POSTGRES_URL"
        )
    # Beside pytest's own folder, which only its owner may enter.
    folder = SCRATCH / f"qa-postgres-{uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    server = PostgresServer(folder, free_port())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        own = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        run_postgres("initdb", "-D", str(folder / "data"), *own)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run_postgres(program: str, *arguments: str, check: bool = True, place: Place = HERE) -> None:
    """Run a program of the server's package, as the user it demands."""
    # The server refuses to run as root.
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run(
        [*place.entering, *prefix, str(BINARIES / program), *arguments],
        check=check,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
