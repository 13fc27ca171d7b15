"""Real services that can be killed by the hundred: one process imports, each start is a fork."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from places import HERE, Place
from scratch_service import REPOSITORY, lay_test_corpus, make_settings
from sqlalchemy import Engine, text

from qa_service.accounts.actor import STARTER_BANK
from qa_service.accounts.api_keys import create_key
from qa_service.accounts.users import create_user
from qa_service.clock import SystemClock
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import upgrade
from qa_service.vocabulary import Role, Scope

PROGRAM = """
import json, os, sys
import uvicorn
from qa_service.server.app import create_app
from qa_service.cli.serving.serve import listen, reserve_port, server_config
from qa_service.clock import SystemClock
from qa_service.observability.logs import configure_logs
from qa_service.services import build_services, open_database, open_retrieval, open_tokenizer
from qa_service.settings import Settings

class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print("ready", sockets[0].getsockname()[1], flush=True)

known = Settings(_env_file=None, corpus_dir=sys.argv[1])
tokenizer = open_tokenizer(known)
open_retrieval(known, tokenizer, None).warm_up()
print("warm", flush=True)

def serve(environment):
    os.environ.update(environment)
    settings = Settings(_env_file=None)
    configure_logs(settings)
    services = build_services(
        settings, clock=SystemClock(), database=open_database(settings),
        tokenizer=tokenizer, encoder=None,
    )
    services.index_sync.open()
    listener = reserve_port(settings)
    listen(listener, settings)
    Server(server_config(settings, create_app(services))).run(sockets=[listener])

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        serve(json.loads(line))
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

EDITOR = "bianji"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Home:
    """Where a service lives: its folder, its database, and a key that opens everything."""

    folder: Path
    database: Engine
    key: str

    @property
    def database_url(self) -> str:
        """As a setting."""
        return self.database.url.render_as_string(hide_password=False)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What the database holds."""
        with session_scope(self.database, read_only=True) as session:
            return [tuple(row) for row in session.execute(text(statement)).all()]


def make_home(folder: Path, database_url: str | None = None) -> Home:
    """A home with the test bank, an editor and a key; on SQLite unless told otherwise."""
    lay_test_corpus(folder / "corpus")
    settings, now = make_settings(folder), SystemClock().now()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = open_engine(database_url or settings.effective_database_url)
    upgrade(database)
    with session_scope(database) as session:
        load_corpus(session, folder / "corpus", by=STARTER_BANK, now=now)
        create_user(
            session,
            EDITOR,
            "correct horse battery",
            display_name="编辑",
            roles=[Role.EDITOR, Role.OPERATOR],
            now=now,
        )
        key = create_key(
            session, "平台", list(Scope), user=EDITOR, days=1, per_minute=1_000_000, now=now
        )
    return Home(folder, database, key)


@dataclass
class Service:
    """One start of a service."""

    nursery: "Nursery"
    pid: int
    url: str

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        """End it; how it ended."""
        os.kill(self.pid, how)
        return self.nursery.reap()


class Nursery:
    """Starts services one after another, each a process that has nothing left to import.

    Nor to compile: as ``qa-service serve`` does before it opens its port, or else the first
    search after a start takes as long as compiling does.
    """

    def __init__(self, *prefix: str, place: Place = HERE) -> None:
        """``prefix`` is what the process runs under, such as ``unshare``."""
        self._place = place
        self._running: int | None = None
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [*place.entering, *prefix, sys.executable, "-c", PROGRAM, str(REPOSITORY / "corpus")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
        )
        # Two that compile side by side mix up the kernels they store.
        assert self._line() == "warm"

    @property
    def root(self) -> Path:
        """The file system as the services see it."""
        return Path(f"/proc/{self._process.pid}/root")

    def start(self, home: Home, **settings: str) -> Service:
        """A service that answers; one that a failed test left running is killed first."""
        if self._running is not None:
            os.kill(self._running, signal.SIGKILL)
            self.reap()
        environment = {
            "QA_DATA_DIR": str(home.folder / "data"),
            "QA_CORPUS_DIR": str(home.folder / "corpus"),
            "QA_INDEX_DIR": str(home.folder / "index"),
            "QA_DATABASE_URL": home.database_url,
            "QA_PORT": "0",
            "QA_SCHEDULER_SECONDS": "0",
            "QA_HOST": self._place.host,
            **settings,
        }
        assert self._process.stdin
        print(json.dumps(environment), file=self._process.stdin, flush=True)
        self._running = pid = int(self._line())
        said, _, port = self._line().partition(" ")
        if said != "ready":
            self._running = None
            self._complaints.seek(0)
            pytest.fail(f"the service ended with {said}: {self._complaints.read()[-3000:]}")
        return Service(self, pid, f"http://{self._place.host}:{port}")

    def reap(self) -> int:
        """How the service that was ended ended."""
        ended = int(self._line())
        self._running = None
        return ended

    def end(self) -> None:
        """No more services; one that still runs is killed."""
        if self._running is not None:
            os.kill(self._running, signal.SIGKILL)
        self._process.communicate()
        self._complaints.close()

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the service did not start"
        return line.strip()


@contextmanager
def open_nursery(*prefix: str, place: Place = HERE) -> Iterator[Nursery]:
    """A nursery, ended when the block ends."""
    nursery = Nursery(*prefix, place=place)
    try:
        yield nursery
    finally:
        nursery.end()
