"""The real process, started as a newcomer starts it."""

import os
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sys import executable

import pytest


@pytest.fixture
def environment(empty_place: Path) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {**os.environ, "QA_PORT": str(port), "PYTHONUNBUFFERED": "1"}


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[list[str]]:
    """What the service prints until it listens; it is told to stop at the end."""
    service = subprocess.Popen(
        [str(Path(executable).with_name("qa-service")), "serve"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert service.stderr is not None
    lines = []
    for line in service.stderr:
        lines.append(line)
        if "服务已启动" in line:
            break
    try:
        yield lines
    finally:
        service.send_signal(signal.SIGTERM)
        rest = service.stderr.read()
        assert service.wait() in {0, -signal.SIGTERM}, rest


def get(environment: dict[str, str], path: str) -> str:
    address = f"http://127.0.0.1:{environment['QA_PORT']}{path}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


class TestServe:
    def test_prints_address_and_password_once_and_answers(
        self, environment: dict[str, str]
    ) -> None:
        with serving(environment) as lines:
            printed = "".join(lines)
            assert f"http://127.0.0.1:{environment['QA_PORT']}" in printed
            assert printed.count("初始密码") == 1
            assert "11 条问答可检索" in printed
            assert '"status":"ok"' in get(environment, "/healthz").replace(" ", "")
            assert "degraded" in get(environment, "/readyz")
            assert "登录" in get(environment, "/")

    @pytest.mark.slow
    def test_a_second_start_prints_no_password_and_changes_nothing(
        self, environment: dict[str, str], home: Path
    ) -> None:
        with serving(environment):
            pass
        snapshots = sorted((home / "index" / "generations").iterdir())
        with serving(environment) as lines:
            printed = "".join(lines)
        assert "初始密码" not in printed
        assert "11 条问答可检索" in printed
        assert sorted((home / "index" / "generations").iterdir()) == snapshots

    @pytest.mark.slow
    def test_log_of_a_first_start_is_short_and_chinese(self, environment: dict[str, str]) -> None:
        with serving(environment) as lines:
            pass
        assert len(lines) <= 10
        assert all(re.search(r"[\u4e00-\u9fff]", line) for line in lines), lines


class TestPortTaken:
    def test_is_told_before_anything_is_loaded(
        self, environment: dict[str, str], empty_place: Path
    ) -> None:
        with socket.create_server(("127.0.0.1", int(environment["QA_PORT"]))):
            refused = subprocess.run(
                [str(Path(executable).with_name("qa-service")), "serve"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
            )
        assert refused.returncode == 1
        assert "端口已被占用" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
        assert not (empty_place / "data").exists()
