"""Receivers that never come to an end, or answer with more than anybody wants."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread

import pytest

from qa_service.clock import BEIJING
from qa_service.integration import mail, webhook
from qa_service.integration.mail import MailServer
from qa_service.integration.targets import AllowedTargets, TargetRefusedError, shown_target
from qa_service.integration.transport import DeliveryError
from qa_service.integration.webhook import Webhook
from qa_service.outbox.models import Destination, OutboxEvent

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
HERE = AllowedTargets(("127.0.0.1",))


def event(destination: Destination = Destination.WEBHOOK) -> OutboxEvent:
    return OutboxEvent(
        id=7,
        destination=destination,
        topic="ledger.register",
        subject="ZX20261124-0001",
        payload={"to": "unit@example.com", "subject": "催办", "text": "请办理"},
        created_at=NOW,
        queued_at=NOW,
        next_at=NOW,
    )


@contextmanager
def receiver(answer: Callable[[socket.socket, Event], None]) -> Iterator[int]:
    """A server on a port of its own, that answers every connection its way until the end."""
    over = Event()

    def serve(listener: socket.socket) -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    answer(connection, over)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def dripping(start: bytes) -> Callable[[socket.socket, Event], None]:
    def answer(connection: socket.socket, over: Event) -> None:
        connection.sendall(start)
        while not over.wait(0.05):
            connection.sendall(b"x")

    return answer


class TestWebhook:
    @pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-Drip: ", b"HTTP/1.1 2", b""])
    def test_a_head_that_drips_is_given_up_in_time(
        self, monkeypatch: pytest.MonkeyPatch, start: bytes
    ) -> None:
        monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", 0.5)
        with receiver(dripping(start)) as port:
            began = time.monotonic()
            with pytest.raises(DeliveryError):
                Webhook(f"http://127.0.0.1:{port}/", allowed=HERE).deliver(event())
            assert time.monotonic() - began < 3

    def test_a_body_is_neither_waited_for_nor_unpacked(self) -> None:
        bomb = gzip.compress(b"\0" * 50_000_000)
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99999999999\r\n\r\n"
        with receiver(dripping(head + bomb)) as port:
            began = time.monotonic()
            Webhook(f"http://127.0.0.1:{port}/", allowed=HERE).deliver(event())
            assert time.monotonic() - began < 3

    def test_user_and_password_of_the_address_are_sent_as_basic_authentication(self) -> None:
        heard: list[bytes] = []

        def answer(connection: socket.socket, _over: Event) -> None:
            heard.append(connection.recv(65_536))
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        with receiver(answer) as port:
            url = f"http://qa:p%40ss@127.0.0.1:{port}/hook?token=1"
            Webhook(url, allowed=HERE).deliver(event())
        assert b"Authorization: Basic cWE6cEBzcw==" in heard[0]
        assert f"Host: 127.0.0.1:{port}".encode() in heard[0]


class TestMail:
    def test_a_server_that_drips_is_given_up_in_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mail, "TOTAL_SECONDS", 0.5)
        with receiver(dripping(b"220-")) as port:
            began = time.monotonic()
            with pytest.raises(DeliveryError):
                MailServer("127.0.0.1", port, "qa@example.com").deliver(event(Destination.MAIL))
            assert time.monotonic() - began < 5


class TestTargets:
    @pytest.mark.parametrize(
        "host",
        [
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::10.0.0.1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:10.1.2.3",
            "fec0::1",
            "fc00::1",
            "fe80::5efe:10.0.0.1",
            "2001:0:0a00:1::1",
            "100.64.0.1",
            "192.168.3.4",
        ],
    )
    def test_that_lead_inside_by_a_detour_are_refused(self, host: str) -> None:
        url = f"http://[{host}]/" if ":" in host else f"http://{host}/"
        with pytest.raises(TargetRefusedError):
            AllowedTargets().resolve(url)

    @pytest.mark.parametrize("host", ["64:ff9b::8.8.8.8", "2606:4700::1111", "2002:808:808::1"])
    def test_that_are_public_are_allowed(self, host: str) -> None:
        assert AllowedTargets().resolve(f"http://[{host}]/").name == host

    def test_a_listed_network_does_not_open_the_metadata_service_behind_nat64(self) -> None:
        with pytest.raises(TargetRefusedError):
            AllowedTargets.of("64:ff9b::/96").resolve("http://[64:ff9b::a9fe:a9fe]/")

    def test_are_shown_without_what_is_secret(self) -> None:
        shown = shown_target("https://qa:secret@hooks.example.gov.cn:8443/T123/B456?token=abc")
        assert shown == "https://hooks.example.gov.cn:8443/…"
        assert shown_target("https://example.gov.cn") == "https://example.gov.cn"
        assert shown_target("") == ""
