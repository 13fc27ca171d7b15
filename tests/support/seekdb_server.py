"""A real seekdb, OceanBase's single-node server, started from the package that ships it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from time import monotonic
from uuid import uuid4

import pytest
from places import HERE, Place
from postgres_server import free_port

from qa_service.retrieval.backends.contract import SearchEngineError
from qa_service.retrieval.backends.oceanbase.connection import Address, Connection

PARAMETERS = (
    "memory_limit=2G",
    "datafile_size=256M",
    "datafile_maxsize=4G",
    "log_disk_size=2G",
    "cpu_count=2",
)

START_SECONDS = 60


@dataclass
class SeekdbServer:
    """A server of our own, which may be stopped, killed and started."""

    folder: Path
    place: Place = HERE
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def address(self, database: str) -> Address:
        return Address(self.place.host, self.port, "root", "", database)

    def url(self, database: str) -> str:
        return f"oceanbase://root@{self.place.host}:{self.port}/{database}"

    def start(self) -> None:
        """Return once it answers."""
        options = [part for one in PARAMETERS for part in ("--parameter", one)]
        self.process = subprocess.Popen(
            [
                *self.place.entering,
                str(_binary()),
                "--nodaemon",
                *("--port", str(self.port)),
                *("--base-dir", str(self.folder)),
                *options,
            ],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or monotonic() > until:
                pytest.fail(f"seekdb did not start; its log is in {self.folder / 'log'}")
            Event().wait(0.1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone; SIGKILL as a crash would."""
        if self.process is not None:
            self.process.send_signal(number)
            try:
                self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            return bool(Connection(self.address("oceanbase")).rows("SELECT 1"))
        except SearchEngineError:
            return False


@pytest.fixture(scope="session")
def seekdb() -> Iterator[SeekdbServer]:
    """One server for all tests, which leave it running."""
    with open_seekdb() as server:
        yield server


@pytest.fixture
def seekdb_database(seekdb: SeekdbServer) -> Iterator[str]:
    """The name of a fresh, empty database, dropped after the test."""
    name = f"qa_{uuid4().hex[:12]}"
    connection = Connection(seekdb.address("oceanbase"))
    connection.rows(f"CREATE DATABASE {name}")
    yield name
    connection.rows(f"DROP DATABASE IF EXISTS {name}")
    connection.close()


@contextmanager
def open_seekdb(place: Place = HERE) -> Iterator[SeekdbServer]:
    """A fresh server, gone when the block ends."""
    folder = Path("/tmp") / f"qa-seekdb-{uuid4().hex[:8]}"  # noqa: S108
    folder.mkdir(mode=0o700)
    server = SeekdbServer(folder, place)
    try:
        server.start()
        yield server
    finally:
        server.stop(signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _binary() -> Path:
    """The server in the package; running as root is fine for it."""
    found = find_spec("pylibseekdb")
    if found is None or found.origin is None:
        pytest.fail("no seekdb: install the package pylibseekdb (pip install '.[dev]')")
    binary = Path(found.origin).parent / "seekdb"
    if not os.access(binary, os.X_OK):
        binary.chmod(0o755)
    return binary
