"""What a question and a registration cost PostgreSQL: its processor time, its log, its rows.

    python -m benchmarks.database_cost [--questions 300] [--json]

A scratch server with Debian's settings, the service in this process without bank and model: what
the database does for a question does not depend on them but for the candidates kept with it.
"""

import argparse
import tempfile
from pathlib import Path
from uuid import uuid4

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from benchmarks.figures import show
from benchmarks.postgres import scratch_postgres
from qa_service.accounts.api_keys import create_key
from qa_service.cli.service import load_starter_bank
from qa_service.clock import SystemClock
from qa_service.server.app import create_app
from qa_service.services import build_services, open_database, open_tokenizer
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

UNLIMITED = 1_000_000
WARM_UP = 20
LETTERS = str.maketrans("0123456789", "ghijklmnop")


def server_seconds(database: Engine) -> float:
    """Processor seconds of the server and of all its processes, ended ones included."""
    with database.connect() as connection:
        backend = int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    postmaster = int(_stat(backend)[1])
    listed = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii")
    own = _stat(postmaster)
    ticks = sum(int(own[at]) for at in (11, 12, 13, 14))
    ticks += sum(int(_stat(int(one))[at]) for one in listed.split() for at in (11, 12))
    return ticks / 100


def _stat(pid: int) -> list[str]:
    """Fields of a process after its name, the state and the parent first."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def log_bytes(database: Engine) -> int:
    """Bytes of write-ahead log so far."""
    with database.connect() as connection:
        position = text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
        return int(connection.execute(position).scalar_one())


def database_bytes(database: Engine) -> int:
    """Size of the database on disk."""
    with database.connect() as connection:
        size = text("SELECT pg_database_size(current_database())")
        return int(connection.execute(size).scalar_one())


def costs(client: TestClient, database: Engine, count: int, mode: str) -> dict[str, float]:
    """Per question: milliseconds of the server, bytes of log, bytes of disk."""
    for number in range(-WARM_UP, count):
        if number == 0:
            seconds, logged, held = (
                server_seconds(database),
                log_bytes(database),
                database_bytes(database),
            )
        mark = uuid4().hex[:12].translate(LETTERS)
        body = {"question": f"火星{mark}怎么种土豆", "channel": "hotline", "register": mode}
        assert client.post("/api/v1/consultations", json=body).status_code == 201
    return {
        "server_ms": round(1000 * (server_seconds(database) - seconds) / count, 2),
        "log_bytes": round((log_bytes(database) - logged) / count),
        "disk_bytes": round((database_bytes(database) - held) / count),
    }


def main() -> None:
    """Measure both kinds and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, scratch_postgres() as url:
        folder = Path(name)
        settings = Settings(
            _env_file=None,
            data_dir=folder / "data",
            index_dir=folder / "index",
            corpus_dir=given.corpus,
            database_url=url,
            scheduler_seconds=0,
        )
        database = open_database(settings)
        load_starter_bank(settings, database, empty=True)
        services = build_services(
            settings,
            clock=SystemClock(),
            database=database,
            tokenizer=open_tokenizer(settings),
            encoder=None,
        )
        services.index_sync.open()
        with session_scope(database) as session:
            now = services.clock.now()
            key = create_key(session, "cost", [Scope.CONSULT], per_minute=UNLIMITED, now=now)
        headers = {"Authorization": f"Bearer {key}"}
        with TestClient(create_app(services), headers=headers) as client:
            figures = {
                "question": costs(client, database, given.questions, "never"),
                "registration": costs(client, database, given.questions, "auto"),
            }
        database.dispose()
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
