"""Clients that take their time, before the server as it is started."""

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Message

from qa_service.server import header_timeout
from qa_service.server.header_timeout import HeaderTimeoutProtocol
from qa_service.server.timeouts import TESTED_UVICORN, BodyTimeout, http_protocol

HEAD = b"POST /api/v1/consultations HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"


@pytest.fixture
def server(app: FastAPI) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=HeaderTimeoutProtocol,
            log_level="critical",
            limit_concurrency=20,
            lifespan="off",
        )
    )


@pytest.fixture
def address(server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(header_timeout, "HEAD_SECONDS", 0.3)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(200)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


def answer(connection: socket.socket) -> bytes:
    connection.settimeout(10)
    try:
        return connection.recv(4096)
    except ConnectionError:
        return b""


class TestSlowHead:
    @pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "])
    def test_is_cut_off(self, address: tuple[str, int], sent: bytes) -> None:
        with socket.create_connection(address) as connection:
            connection.sendall(sent)
            assert answer(connection) == b""

    def test_of_the_second_request_is_cut_off_too(self, address: tuple[str, int]) -> None:
        with socket.create_connection(address) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in answer(connection)
            connection.sendall(b"GET /healthz HT")
            rest = b"".join(iter(lambda: answer(connection), b""))
            assert b"200 OK" not in rest

    def test_does_not_keep_others_waiting(self, address: tuple[str, int]) -> None:
        with socket.create_connection(address) as slow, socket.create_connection(address) as other:
            slow.sendall(b"GET /")
            other.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in answer(other)


class TestEnding:
    def test_answers_what_is_sent_to_it_until_the_last_moment(
        self, server: uvicorn.Server, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HEAD_SECONDS", "LEAVE_SECONDS"):
            monkeypatch.setattr(header_timeout, name, 60)
        with socket.create_connection(address) as fresh, socket.create_connection(address) as kept:
            kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in answer(kept)
            server.should_exit = True
            while accepts(address):
                pass
            for connection in (fresh, kept):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                said = b"".join(iter(lambda here=connection: answer(here), b""))  # type: ignore[misc]
                assert b"200 OK" in said
                assert b"connection: close" in said

    def test_waits_for_nobody_who_says_nothing(
        self, server: uvicorn.Server, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(header_timeout, "HEAD_SECONDS", 60)
        with socket.create_connection(address) as silent:
            server.should_exit = True
            assert answer(silent) == b""


def accepts(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except ConnectionError:
        return False
    return True


class TestManyConnections:
    def test_are_told_to_come_again(self, address: tuple[str, int]) -> None:
        opened = [socket.create_connection(address) for _ in range(60)]
        try:
            for connection in opened:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            heads = [answer(connection)[:12] for connection in opened]
        finally:
            for connection in opened:
                connection.close()
        assert heads.count(b"HTTP/1.1 503") >= 20
        with socket.create_connection(address) as later:
            later.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in answer(later)


class TestGuard:
    def test_the_pinned_uvicorn_is_one_that_was_tested(self) -> None:
        """After raising uvicorn run this file with it, then list it in TESTED_UVICORN."""
        pinned = (Path(__file__).parents[2] / "constraints.txt").read_text(encoding="utf-8")
        (version,) = re.findall(r"^uvicorn==(\S+)$", pinned, re.MULTILINE)
        assert version in TESTED_UVICORN
        assert http_protocol(version) is HeaderTimeoutProtocol

    def test_an_untested_uvicorn_serves_without_and_says_so(
        self, app: FastAPI, caplog: pytest.LogCaptureFixture
    ) -> None:
        protocol = http_protocol("99.0")
        assert "header timeout missing: uvicorn=99.0" in caplog.messages
        config = uvicorn.Config(app, http=protocol)  # type: ignore[arg-type]
        config.load()
        assert not issubclass(config.http_protocol_class, HeaderTimeoutProtocol)


class TestSlowForm:
    @pytest.mark.parametrize(("in_total", "status"), [(0.05, 408), (None, 200)])
    def test_that_drips_has_so_long_in_total(self, in_total: float | None, status: int) -> None:
        """A byte now and then is no pause that is too long, and keeps a place all the same."""
        sent: list[Message] = []

        async def receive() -> Message:
            await asyncio.sleep(0.01)
            drops.pop()
            return {"type": "http.request", "body": b"a", "more_body": bool(drops)}

        async def send(message: Message) -> None:
            sent.append(message)

        drops = list(range(10))
        app = FastAPI()

        @app.post("/")
        async def read(request: Request) -> None:
            await request.body()

        app.add_middleware(BodyTimeout, in_total=in_total)
        scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
        asyncio.run(app(scope, receive, send))
        assert sent[0]["status"] == status
