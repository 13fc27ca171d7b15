"""Several processes before one database: what one of them changes, all of them tell."""

import json
import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from sys import executable
from threading import Event, Thread

import httpx
import pytest
from scratch_service import lay_test_corpus
from sqlalchemy import Engine

from qa_service.accounts.api_keys import create_key
from qa_service.clock import SystemClock
from qa_service.jobs.scheduler import LOCK_NAME
from qa_service.knowledge.pairs.service import find_pair, mark_changed, withdraw_pair
from qa_service.services import open_database
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.storage.locks.leader import leader_lock
from qa_service.vocabulary import PairStatus, Scope

pytestmark = pytest.mark.slow

QUESTION = "社保卡丢了怎么补办？"
WORKERS = 2


@dataclass
class Service:
    """``qa-service serve`` with its workers, all of them ready."""

    process: subprocess.Popen[str]
    port: int
    database: Engine
    key: str
    begun: "Queue[str]" = field(default_factory=Queue)
    ended: "Queue[str]" = field(default_factory=Queue)

    def wait(self, workers: "Queue[str]") -> None:
        """Until so many workers as there are have begun, or ended."""
        for _ in range(WORKERS):
            workers.get(timeout=120)

    def listen(self) -> None:
        """Note which workers begin and end until all have."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "服务已启动" in line:
                self.begun.put(line)
            elif "服务已停止" in line:
                self.ended.put(line)

    def ask(self, host: str = "127.0.0.1") -> list[int]:
        """The pairs a new connection is shown: the kernel gives it to any worker."""
        request = urllib.request.Request(
            f"http://{host}:{self.port}/api/v1/search?q=" + urllib.request.quote(QUESTION),
            headers={"Authorization": f"Bearer {self.key}", "Connection": "close"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return [one["qa_id"] for one in json.load(answer)["candidates"]]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("workers")
    lay_test_corpus(home / "corpus")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    own = {f"QA_{name.upper()}_DIR": str(home / name) for name in ("data", "corpus", "index")}
    environment = {
        **os.environ,
        **own,
        "QA_EMBEDDING_MODEL": str(home / "no-model"),
        "QA_PORT": str(port),
        "QA_HOST": "::",
        "QA_ALLOW_PLAIN_HTTP": "true",
        "QA_SCHEDULER_SECONDS": "1",
    }
    process = subprocess.Popen(
        [str(Path(executable).with_name("qa-service")), "serve", "--workers", str(WORKERS)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    database = open_database(Settings(_env_file=None, data_dir=home / "data"))
    with session_scope(database) as session:
        key = create_key(
            session, "平台", list(Scope), per_minute=1_000_000, now=SystemClock().now()
        )
    service = Service(process, port, database, key)
    listener = Thread(target=service.listen)
    listener.start()
    try:
        service.wait(service.begun)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) in {0, -signal.SIGTERM}
        listener.join()
        database.dispose()


class TestWorkers:
    def test_share_one_bank_and_one_round_and_answer_on_both_protocols(
        self, service: Service
    ) -> None:
        now = SystemClock().now()
        assert service.ask()[0] == service.ask("[::1]")[0]
        found = service.ask()[0]
        with session_scope(service.database) as session:
            withdraw_pair(session, find_pair(session, found), "口径有误", now=now)
        assert all(found not in service.ask() for _ in range(12))
        with session_scope(service.database) as session:
            pair = find_pair(session, found)
            pair.status = PairStatus.PUBLISHED
            mark_changed(session, pair, now)
        assert all(found in service.ask() for _ in range(12))
        assert not leader_lock(service.database, LOCK_NAME).try_acquire()


@dataclass
class Caller:
    """One of the hotline's own programs, which asks without a pause and never asks twice."""

    service: Service
    stopped: Event
    headers: dict[str, str]
    answered: int = 0
    lost: list[str] = field(default_factory=list)

    def call(self) -> None:
        """Until stopped."""
        headers = {"Authorization": f"Bearer {self.service.key}", **self.headers}
        origin = f"http://127.0.0.1:{self.service.port}"
        with httpx.Client(base_url=origin, headers=headers, timeout=30) as client:
            while not self.stopped.is_set():
                try:
                    said = client.get("/api/v1/search", params={"q": QUESTION})
                    said.raise_for_status()
                except httpx.HTTPError as error:
                    self.lost.append(repr(error))
                else:
                    self.answered += 1


@pytest.mark.slow
class TestRollingRestart:
    @pytest.mark.timeout(300)
    def test_under_load_loses_no_request(self, service: Service) -> None:
        stopped = Event()
        callers = [Caller(service, stopped, headers) for headers in ({}, {"Connection": "close"})]
        threads = [Thread(target=caller.call) for caller in callers]
        for thread in threads:
            thread.start()
        try:
            service.process.send_signal(signal.SIGHUP)
            service.wait(service.begun)
            service.wait(service.ended)
        finally:
            stopped.set()
            for thread in threads:
                thread.join()
        assert all(caller.answered > 10 for caller in callers)
        assert [caller.lost for caller in callers] == [[], []]
