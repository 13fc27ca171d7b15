"""Other systems that messages are sent to: one that takes posts, one that takes mails."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

LOOKS_UP_EVERY = 0.01
"""Seconds in which a receiver notices that it is to end: by default it takes half a second."""


class Receiver(ThreadingHTTPServer):
    """Another system: remembers what it is told and answers as it is set to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceivingHandler)
        self.status = 204
        self.answer = b""
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/events"


class ReceivingHandler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that is served until the block ends."""
    server = Receiver()
    thread = Thread(target=server.serve_forever, args=(LOOKS_UP_EVERY,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class MailReceiver:
    """As much of SMTP (RFC 5321) as ``expected`` mails need, one after another."""

    def __init__(self, expected: int = 1) -> None:
        self.expected = expected
        self.mails: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = Thread(target=self.serve)

    def __enter__(self) -> "MailReceiver":
        self.thread.start()
        return self

    def __exit__(self, *_given: object) -> None:
        self.thread.join(timeout=30)
        self.socket.close()

    def serve(self) -> None:
        self.socket.settimeout(10)
        for _ in range(self.expected):
            self.take_one()

    def take_one(self) -> None:
        connection, _ = self.socket.accept()
        with connection, connection.makefile("rwb") as stream:

            def say(line: str) -> None:
                stream.write(f"{line}\r\n".encode())
                stream.flush()

            say("220 test")
            for raw in stream:
                verb = raw[:4].upper()
                if verb == b"DATA":
                    say("354 go on")
                    lines = iter(stream.readline, b".\r\n")
                    self.mails.append(b"".join(lines).decode())
                say("221 bye" if verb == b"QUIT" else "250 ok")
                if verb == b"QUIT":
                    return
