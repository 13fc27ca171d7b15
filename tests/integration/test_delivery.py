import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from qa_service.clock import BEIJING
from qa_service.integration.delivery import Delivered, deliver_due
from qa_service.integration.mail import MailServer
from qa_service.integration.webhook import Webhook
from qa_service.outbox.models import Destination, OutboxEvent, Outcome
from qa_service.outbox.service import ATTEMPTS, LEASE, claim, enqueue
from qa_service.storage.engine import session_scope
from qa_service.storage.migrate import upgrade

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
SECRET = "shared"


class Receiver(ThreadingHTTPServer):
    """Another system: remembers what it is told and answers as it is set to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceivingHandler)
        self.status = 204
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

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def put(engine: Engine, count: int = 1, destination: Destination = Destination.WEBHOOK) -> None:
    payload = {"to": "unit@example.com", "subject": "催办", "text": "请办理"}
    with session_scope(engine) as session:
        for at in range(count):
            subject = f"ZX20261124-{at:04d}"
            enqueue(session, "t", subject, payload, now=NOW, destination=destination)


def events(engine: Engine) -> list[OutboxEvent]:
    with session_scope(engine, read_only=True) as session:
        found = list(session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id))).all())
        session.expunge_all()
        return found


class TestWebhook:
    def test_posts_each_event_once_and_signed(self, database: Engine, receiver: Receiver) -> None:
        put(database, 3)
        carriers = {Destination.WEBHOOK: Webhook(receiver.url, SECRET)}
        assert deliver_due(database, carriers, now=NOW) == Delivered(arrived=3)
        assert deliver_due(database, carriers, now=NOW + timedelta(days=1)) == Delivered()
        assert len(receiver.got) == 3
        headers, body = receiver.got[0]
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert headers["X-QA-Signature"] == f"sha256={expected}"
        told = json.loads(body)
        assert headers["X-QA-Event-Id"] == str(told["id"])
        assert (told["topic"], told["subject"]) == ("t", "ZX20261124-0000")
        assert {event.outcome for event in events(database)} == {Outcome.DELIVERED}

    def test_tries_again_later_and_later_when_it_is_refused(
        self, database: Engine, receiver: Receiver
    ) -> None:
        put(database)
        carriers = {Destination.WEBHOOK: Webhook(receiver.url)}
        receiver.status = 500
        now = NOW
        pauses = []
        for _ in range(4):
            assert deliver_due(database, carriers, now=now) == Delivered(failed=1)
            (event,) = events(database)
            assert event.next_at is not None
            assert event.last_error == "HTTP 500"
            pauses.append((event.next_at - now).total_seconds())
            assert deliver_due(database, carriers, now=now) == Delivered()
            now = event.next_at
        assert pauses == [30, 60, 120, 240]
        receiver.status = 200
        assert deliver_due(database, carriers, now=now) == Delivered(arrived=1)

    def test_gives_up_in_the_end_and_says_so(self, database: Engine) -> None:
        put(database)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            carriers = {Destination.WEBHOOK: Webhook(f"http://127.0.0.1:{unused.getsockname()[1]}")}
        for attempt in range(ATTEMPTS):
            deliver_due(database, carriers, now=NOW + timedelta(days=attempt))
        (event,) = events(database)
        assert (event.outcome, event.attempts) == (Outcome.GIVEN_UP, ATTEMPTS)


class TestClaim:
    def test_an_event_is_one_workers_until_its_lease_ends(self, database: Engine) -> None:
        put(database)
        with session_scope(database) as session:
            assert len(claim(session, now=NOW, limit=10)) == 1
        with session_scope(database) as session:
            assert claim(session, now=NOW + LEASE - timedelta(seconds=1), limit=10) == []
            assert len(claim(session, now=NOW + LEASE, limit=10)) == 1

    @pytest.mark.postgres
    def test_two_open_transactions_never_hold_the_same_event(
        self, postgres_database: Engine
    ) -> None:
        upgrade(postgres_database)
        put(postgres_database, 6)
        with session_scope(postgres_database) as one:
            mine = {event.id for event in claim(one, now=NOW, limit=3)}
            one.commit()
            with session_scope(postgres_database) as other:
                theirs = {event.id for event in claim(other, now=NOW, limit=10)}
        assert len(mine) == len(theirs) == 3
        assert mine.isdisjoint(theirs)


class TestNowhere:
    def test_an_event_without_a_destination_is_skipped_and_kept(self, database: Engine) -> None:
        put(database)
        put(database, destination=Destination.MAIL)
        assert deliver_due(database, {}, now=NOW) == Delivered(skipped=2)
        assert {event.outcome for event in events(database)} == {Outcome.SKIPPED}


class TestMail:
    def test_goes_to_the_unit_with_an_id_of_its_own(self, database: Engine) -> None:
        put(database, destination=Destination.MAIL)
        with MailReceiver() as server:
            carriers = {Destination.MAIL: MailServer("127.0.0.1", server.port, "qa@example.com")}
            assert deliver_due(database, carriers, now=NOW) == Delivered(arrived=1)
        (mail,) = server.mails
        assert "To: unit@example.com" in mail
        assert "Message-ID: <qa-event-1@example.com>" in mail

    def test_that_no_server_takes_is_tried_again(self, database: Engine) -> None:
        put(database, destination=Destination.MAIL)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        carriers = {Destination.MAIL: MailServer("127.0.0.1", port, "qa@example.com")}
        assert deliver_due(database, carriers, now=NOW) == Delivered(failed=1)


class MailReceiver:
    """As much of SMTP (RFC 5321) as one mail needs."""

    def __init__(self) -> None:
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
