"""A seekdb, OceanBase's single-node server, of our own for a measurement, gone at its end."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from time import monotonic

from qa_service.retrieval.backends.contract import SearchEngineError
from qa_service.retrieval.backends.oceanbase.connection import Address, Connection

DATABASE = "qa_trial"

START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """Address of an engine, and its process on this machine, whose time and memory are told."""

    url: str
    pid: int


@contextmanager
def scratch_seekdb(memory: str = "6G") -> Iterator[EngineProcess]:
    """Start the server of pylibseekdb with ``memory`` at most and an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="qa-bench-seekdb-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    given = {
        "memory_limit": memory,
        "datafile_size": "256M",
        "datafile_maxsize": "12G",
        "log_disk_size": "4G",
        "cpu_count": str(os.cpu_count() or 1),
    }
    options = [part for name, value in given.items() for part in ("--parameter", f"{name}={value}")]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(
        [str(_binary()), "--nodaemon", "--port", str(port), "--base-dir", str(folder), *options],
        cwd=folder,
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
    )
    try:
        _make_database(port, server)
        yield EngineProcess(f"oceanbase://root@127.0.0.1:{port}/{DATABASE}", server.pid)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _make_database(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait for the server and create its database."""
    until = monotonic() + START_SECONDS
    connection = Connection(Address("127.0.0.1", port, "root", "", "oceanbase"))
    while True:
        try:
            connection.rows(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        except SearchEngineError:
            if server.poll() is not None or monotonic() > until:
                raise
            Event().wait(0.2)
        else:
            connection.close()
            return


def _binary() -> Path:
    """Return the server in the package."""
    found = find_spec("pylibseekdb")
    if found is None or found.origin is None:
        raise SystemExit("no seekdb: install the package pylibseekdb (pip install '.[dev]')")
    binary = Path(found.origin).parent / "seekdb"
    if not os.access(binary, os.X_OK):
        binary.chmod(0o755)
    return binary
