"""A request head has a size and a number of lines."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI

from qa_service.server.header_timeout import HEAD_BYTES, HEAD_LINES, HeaderTimeoutProtocol

START = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def address(app: FastAPI) -> Iterator[tuple[str, int]]:
    config = uvicorn.Config(app, http=HeaderTimeoutProtocol, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


def exchange(address: tuple[str, int], *parts: bytes, repeat: int = 1) -> tuple[bytes, int]:
    """The answer, and how many bytes could be sent before the service closed."""
    sent = 0
    with socket.create_connection(address) as connection:
        connection.settimeout(20)
        try:
            for part in parts[:-1]:
                connection.sendall(part)
            for _ in range(repeat):
                connection.sendall(parts[-1])
                sent += len(parts[-1])
            return connection.recv(4096), sent
        except ConnectionError:
            return b"", sent


class TestHead:
    def test_of_usual_size_is_answered(self, address: tuple[str, int]) -> None:
        cookies = b"Cookie: " + b"a" * 16_000 + b"\r\n\r\n"
        assert b"200 OK" in exchange(address, START, cookies)[0]

    @pytest.mark.parametrize(
        "endless", [b"a" * 65_536, b"x: y\r\n" * 10_000, b"a: " + b"b" * 65_533]
    )
    def test_without_end_is_refused_early(self, address: tuple[str, int], endless: bytes) -> None:
        answer, sent = exchange(address, START + b"X-Long: ", endless, repeat=400)
        assert answer == b"" or b"431" in answer
        assert sent < 300 * 65_536

    def test_with_an_endless_address_is_refused(self, address: tuple[str, int]) -> None:
        answer, _ = exchange(address, b"GET /", b"a" * 4 * HEAD_BYTES)
        assert answer == b"" or b"431" in answer

    def test_with_too_many_lines_is_told(self, address: tuple[str, int]) -> None:
        lines = b"".join(b"x-%d: 1\r\n" % number for number in range(HEAD_LINES + 1))
        assert b"431" in exchange(address, START + lines + b"\r\n")[0]

    def test_with_as_many_lines_as_allowed_is_answered(self, address: tuple[str, int]) -> None:
        lines = b"".join(b"x-%d: 1\r\n" % number for number in range(HEAD_LINES - 1))
        assert b"200 OK" in exchange(address, START + lines + b"\r\n")[0]


class TestBody:
    def test_larger_than_a_head_may_be_is_read(self, address: tuple[str, int]) -> None:
        size = 5 * HEAD_BYTES
        head = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size
        assert b"HTTP/1.1 4" in exchange(address, head, b"a=b&" * (size // 4))[0]

    def test_in_small_chunks_is_read(self, address: tuple[str, int]) -> None:
        head = b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunks = b"5\r\na=bc&\r\n" * 20_000 + b"0\r\n\r\n"
        assert b"HTTP/1.1 4" in exchange(address, head, chunks)[0]

    def test_with_endless_trailers_is_cut_off(self, address: tuple[str, int]) -> None:
        head = b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        _, sent = exchange(address, head, b"t: " + b"x" * 65_533, repeat=400)
        assert sent < 300 * 65_536
