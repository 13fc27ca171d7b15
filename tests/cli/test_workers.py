"""Several processes before one database: what one of them changes, all of them tell."""

import json
import os
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path
from sys import executable
from threading import Thread

import pytest
from sqlalchemy import text

from qa_service.accounts.api_keys import create_key
from qa_service.accounts.models import Scope
from qa_service.clock import SystemClock
from qa_service.knowledge.models import PairStatus
from qa_service.knowledge.pairs import find_pair, mark_changed, withdraw_pair
from qa_service.parts import open_database
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope

QUESTION = "社保卡丢了怎么补办？"


def ask(port: int, key: str, host: str = "127.0.0.1") -> list[int]:
    """The pairs a new connection is shown: the kernel gives it to any worker."""
    request = urllib.request.Request(
        f"http://{host}:{port}/api/v1/search?q=" + urllib.request.quote(QUESTION),
        headers={"Authorization": f"Bearer {key}", "Connection": "close"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return [one["qa_id"] for one in json.load(answer)["candidates"]]


@pytest.fixture
def port(home: Path) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestWorkers:
    def test_share_one_bank_and_one_round_and_answer_on_both_protocols(
        self, home: Path, port: int
    ) -> None:
        environment = {
            **os.environ,
            "QA_PORT": str(port),
            "QA_HOST": "::",
            "QA_ALLOW_PLAIN_HTTP": "true",
            "QA_SCHEDULER_SECONDS": "1",
        }
        service = subprocess.Popen(
            [str(Path(executable).with_name("qa-service")), "serve", "--workers", "2"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert service.stderr is not None
        started = 0
        for line in service.stderr:
            started += "Application startup complete" in line
            if started == 2:
                break
        drained = Thread(target=service.stderr.read)
        drained.start()
        database, now = open_database(Settings()), SystemClock().now()
        try:
            with session_scope(database) as session:
                key = create_key(session, "平台", list(Scope), now=now)
            assert ask(port, key)[0] == ask(port, key, "[::1]")[0]
            found = ask(port, key)[0]
            with session_scope(database) as session:
                withdraw_pair(session, find_pair(session, found), "口径有误", now=now)
            assert all(found not in ask(port, key) for _ in range(12))
            with session_scope(database) as session:
                pair = find_pair(session, found)
                pair.status = PairStatus.PUBLISHED
                mark_changed(session, pair, now)
            assert all(found in ask(port, key) for _ in range(12))
            with session_scope(database, read_only=True) as session:
                holders = session.execute(text("SELECT holder FROM job_lease")).all()
            assert len(holders) == 1
        finally:
            service.send_signal(signal.SIGTERM)
            assert service.wait(timeout=60) in {0, -signal.SIGTERM}
            drained.join()
            database.dispose()
