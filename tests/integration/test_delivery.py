import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from receivers import MailReceiver, Receiver, receiving
from sqlalchemy import Engine
from sqlmodel import col, select

from qa_service.clock import BEIJING
from qa_service.integration import webhook
from qa_service.integration.circuit_breaker import FAILURES_IN_A_ROW, CircuitBreaker
from qa_service.integration.delivery import Delivered, DeliveryRound, deliver_due
from qa_service.integration.mail import MailServer
from qa_service.integration.targets import AllowedTargets, TargetRefusedError
from qa_service.integration.transport import Note
from qa_service.integration.webhook import Webhook, signature
from qa_service.outbox.dead_letters import dead_letters, last_attempts, send_again
from qa_service.outbox.events import EntryMoved, UnitMail
from qa_service.outbox.models import Destination, OutboxEvent, Outcome
from qa_service.outbox.service import (
    KEPT_FOR,
    LEASE,
    TRIED_FOR,
    claim,
    delete_delivered,
    enqueue,
)
from qa_service.storage.engine import session_scope

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
SECRET = "shared"
MOMENT = 1_764_000_000.5
HERE = AllowedTargets(("127.0.0.1",))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def put(engine: Engine, count: int = 1, destination: Destination = Destination.WEBHOOK) -> None:
    with session_scope(engine) as session:
        for at in range(count):
            number = f"ZX20261124-{at:04d}"
            if destination is Destination.MAIL:
                enqueue(session, UnitMail(number, "unit@example.com", "催办", "请办理"), now=NOW)
            else:
                enqueue(session, moved("register", number), now=NOW)


def moved(action: str, number: str) -> EntryMoved:
    return EntryMoved(action, number, "assigned", NOW.date(), due_provisional=False)


def events(engine: Engine) -> list[OutboxEvent]:
    with session_scope(engine, read_only=True) as session:
        found = list(session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id))).all())
        session.expunge_all()
        return found


class TestForgetting:
    def forget(self, engine: Engine, after: timedelta) -> int:
        with session_scope(engine) as session:
            return delete_delivered(session, now=NOW + after)

    def test_what_was_delivered_is_kept_for_its_time_and_then_gone(
        self, database: Engine, receiver: Receiver
    ) -> None:
        put(database, 3)
        deliver_due(database, {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}, now=NOW)
        assert self.forget(database, KEPT_FOR) == 0
        assert self.forget(database, KEPT_FOR + timedelta(seconds=1)) == 3
        assert events(database) == []
        with session_scope(database, read_only=True) as session:
            assert not last_attempts(session)

    def test_what_had_nowhere_to_go_is_gone_too(self, database: Engine) -> None:
        put(database)
        deliver_due(database, {}, now=NOW)
        assert self.forget(database, 2 * KEPT_FOR) == 1

    def test_what_waits_or_was_given_up_stays(self, database: Engine, receiver: Receiver) -> None:
        put(database)
        receiver.status = 500
        transports = {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}
        deliver_due(database, transports, now=NOW)
        assert self.forget(database, 2 * KEPT_FOR) == 0
        deliver_due(database, transports, now=NOW + TRIED_FOR)
        assert events(database)[0].outcome is Outcome.GIVEN_UP
        assert self.forget(database, 2 * KEPT_FOR) == 0


class TestWebhook:
    def test_posts_each_event_once_and_signed(self, database: Engine, receiver: Receiver) -> None:
        put(database, 3)
        transports = {Destination.WEBHOOK: Webhook(receiver.url, SECRET, HERE, lambda: MOMENT)}
        assert deliver_due(database, transports, now=NOW) == Delivered(arrived=3)
        assert deliver_due(database, transports, now=NOW + timedelta(days=1)) == Delivered()
        assert len(receiver.got) == 3
        headers, body = receiver.got[0]
        signed = b"1764000000." + body
        expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["X-QA-Signature"] == f"t=1764000000,v1={expected}"
        told = json.loads(body)
        assert headers["X-QA-Event-Id"] == str(told["id"])
        assert (told["topic"], told["subject"]) == ("ledger.register", "ZX20261124-0000")
        assert told["data"] == {
            "number": "ZX20261124-0000",
            "state": "assigned",
            "due_on": "2026-11-24",
            "due_provisional": False,
            "next_role": "",
        }
        assert {event.outcome for event in events(database)} == {Outcome.DELIVERED}

    def test_tries_again_later_and_later_when_it_is_refused(
        self, database: Engine, receiver: Receiver
    ) -> None:
        put(database)
        transports = {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}
        receiver.status = 500
        now = NOW
        pauses = []
        for _ in range(4):
            assert deliver_due(database, transports, now=now) == Delivered(failed=1)
            (event,) = events(database)
            assert event.next_at is not None
            assert event.last_error == "HTTP 500"
            pauses.append((event.next_at - now).total_seconds())
            assert deliver_due(database, transports, now=now) == Delivered()
            now = event.next_at
        fulls = (30, 60, 120, 240)
        assert all(full / 2 <= pause <= full for pause, full in zip(pauses, fulls, strict=True))
        receiver.status = 200
        assert deliver_due(database, transports, now=now) == Delivered(arrived=1)

    def test_is_parked_after_a_day_and_sent_again_by_hand(
        self, database: Engine, receiver: Receiver
    ) -> None:
        put(database)
        transports = {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}
        receiver.status = 500
        now, attempts = NOW, 0
        while (event := events(database)[0]).next_at is not None:
            now = event.next_at
            deliver_due(database, transports, now=now)
            attempts += 1
        assert TRIED_FOR <= now - NOW <= TRIED_FOR + timedelta(hours=1)
        assert 24 <= attempts <= 70
        receiver.status = 204
        with session_scope(database) as session:
            (parked,) = dead_letters(session)
            assert parked.last_error == "HTTP 500"
            assert len(last_attempts(session, limit=100)) == attempts
            send_again(session, parked.id or 0, now=now)
        assert deliver_due(database, transports, now=now) == Delivered(arrived=1)

    def test_of_one_entry_arrive_in_order_whatever_fails(
        self, database: Engine, receiver: Receiver
    ) -> None:
        with session_scope(database) as session:
            for number in range(3):
                for subject in ("A", "B"):
                    enqueue(session, moved(f"t{number}", subject), now=NOW)
        transports = {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}
        receiver.status = 500
        assert deliver_due(database, transports, now=NOW) == Delivered(failed=2)
        receiver.got.clear()
        receiver.status = 200
        later = NOW + timedelta(minutes=1)
        assert deliver_due(database, transports, now=later) == Delivered(arrived=6)
        told = [json.loads(body) for _, body in receiver.got]
        for subject in ("A", "B"):
            topics = [one["topic"] for one in told if one["subject"] == subject]
            assert topics == ["ledger.t0", "ledger.t1", "ledger.t2"]

    def test_that_hangs_is_given_up_and_tried_again(
        self, database: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", 0.2)
        put(database)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            transports = {Destination.WEBHOOK: Webhook(url, allowed=HERE)}
            assert deliver_due(database, transports, now=NOW) == Delivered(failed=1)
        assert events(database)[0].next_at is not None

    def test_follows_no_redirect(self, database: Engine, receiver: Receiver) -> None:
        put(database)
        receiver.status = 302
        transports = {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}
        assert deliver_due(database, transports, now=NOW) == Delivered(failed=1)
        assert len(receiver.got) == 1

    def test_signature_binds_time_and_body(self) -> None:
        one = signature(SECRET, b"{}", 1)
        assert one != signature(SECRET, b"{}", 2)
        assert one != signature(SECRET, b"{ }", 1)


class TestDeadReceiver:
    def breaking(
        self, database: Engine, receiver: Receiver, breaker: CircuitBreaker, after: timedelta
    ) -> Delivered:
        transports = {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}
        return DeliveryRound(database, transports, NOW + after, breaker=breaker).run()

    def test_is_asked_a_few_times_a_round_and_the_rest_waits(
        self, database: Engine, receiver: Receiver
    ) -> None:
        put(database, 40)
        receiver.status = 500
        done = self.breaking(database, receiver, CircuitBreaker(), timedelta())
        assert done == Delivered(failed=FAILURES_IN_A_ROW)
        assert len(receiver.got) == FAILURES_IN_A_ROW
        untried = events(database)[FAILURES_IN_A_ROW:]
        assert {(event.attempts, event.last_error) for event in untried} == {(0, None)}

    def test_is_left_alone_for_longer_and_longer_and_gets_everything_when_it_is_back(
        self, database: Engine, receiver: Receiver
    ) -> None:
        put(database, 10)
        receiver.status = 500
        breaker = CircuitBreaker()
        failed = [
            self.breaking(database, receiver, breaker, timedelta(seconds=seconds)).failed
            for seconds in (0, 30, 60, 150, 180)
        ]
        assert failed == [3, 0, 1, 0, 1]
        receiver.status = 204
        assert self.breaking(database, receiver, breaker, timedelta(hours=1)).arrived == 10

    def test_does_not_keep_mails_waiting(self, database: Engine, receiver: Receiver) -> None:
        put(database, 10)
        put(database, destination=Destination.MAIL)
        receiver.status = 500
        with MailReceiver() as server:
            transports = {
                Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE),
                Destination.MAIL: MailServer("127.0.0.1", server.port, "qa@example.com"),
            }
            done = deliver_due(database, transports, now=NOW)
        assert done == Delivered(arrived=1, failed=FAILURES_IN_A_ROW)


class TestRoundEnds:
    def test_after_its_time_with_the_rest_due_for_the_next(
        self, database: Engine, receiver: Receiver
    ) -> None:
        put(database, 5)
        transports = {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}
        seconds = iter([0.0, *(20.0 * at for at in range(100))])
        slow = DeliveryRound(database, transports, NOW, seconds=lambda: next(seconds))
        assert slow.run() == Delivered(arrived=2)
        assert deliver_due(database, transports, now=NOW) == Delivered(arrived=3)

    def test_when_the_service_stops(self, database: Engine, receiver: Receiver) -> None:
        put(database, 5)
        transports = {Destination.WEBHOOK: Webhook(receiver.url, allowed=HERE)}
        ending = DeliveryRound(database, transports, NOW, should_end=lambda: len(receiver.got) == 1)
        assert ending.run() == Delivered(arrived=1)


class TestTargets:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1/",
            "http://localhost:8012/",
            "http://[::1]/",
            "http://10.0.0.1/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://[fe80::1]/",
            "http://0.0.0.0/",
            "http://2130706433/",
            "http://[::ffff:127.0.0.1]/",
            "http://name.invalid/",
            "http:///",
        ],
    )
    def test_that_are_not_public_are_refused(self, url: str) -> None:
        with pytest.raises(TargetRefusedError):
            AllowedTargets().resolve(url)

    def test_are_allowed_by_name_or_network(self) -> None:
        pinned = AllowedTargets.of("localhost, 10.0.0.0/8").resolve("http://localhost:81/a?b=c")
        assert pinned.url in {"http://127.0.0.1:81/a?b=c", "http://[::1]:81/a?b=c"}
        assert (pinned.host, pinned.name) == ("localhost:81", "localhost")
        assert AllowedTargets.of("10.0.0.0/8").resolve("https://10.1.2.3/").url.endswith(":443/")

    def test_of_cloud_credentials_are_never_allowed(self) -> None:
        with pytest.raises(TargetRefusedError):
            AllowedTargets.of("169.254.0.0/16").resolve("http://169.254.169.254/")


class TestClaim:
    def test_an_event_is_one_workers_until_its_lease_ends(self, database: Engine) -> None:
        put(database)
        with session_scope(database) as session:
            assert len(claim(session, Destination.WEBHOOK, now=NOW, limit=10)) == 1
        with session_scope(database) as session:
            assert (
                claim(
                    session, Destination.WEBHOOK, now=NOW + LEASE - timedelta(seconds=1), limit=10
                )
                == []
            )
            assert len(claim(session, Destination.WEBHOOK, now=NOW + LEASE, limit=10)) == 1

    @pytest.mark.postgres
    def test_two_open_transactions_never_hold_the_same_event(
        self, migrated_postgres: Engine
    ) -> None:
        put(migrated_postgres, 6)
        with session_scope(migrated_postgres) as one:
            mine = {event.id for event in claim(one, Destination.WEBHOOK, now=NOW, limit=3)}
            one.commit()
            with session_scope(migrated_postgres) as other:
                theirs = {
                    event.id for event in claim(other, Destination.WEBHOOK, now=NOW, limit=10)
                }
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
            transports = {Destination.MAIL: MailServer("127.0.0.1", server.port, "qa@example.com")}
            assert deliver_due(database, transports, now=NOW) == Delivered(arrived=1)
        (mail,) = server.mails
        assert "To: unit@example.com" in mail
        assert "Message-ID: <qa-event-1@example.com>" in mail

    def test_that_no_server_takes_is_tried_again(self, database: Engine) -> None:
        put(database, destination=Destination.MAIL)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        transports = {Destination.MAIL: MailServer("127.0.0.1", port, "qa@example.com")}
        assert deliver_due(database, transports, now=NOW) == Delivered(failed=1)

    def test_that_cannot_be_written_is_tried_again_and_keeps_no_other_waiting(
        self, database: Engine
    ) -> None:
        with session_scope(database) as session:
            session.add(
                OutboxEvent(
                    topic=UnitMail.topic,
                    subject="ZX20261123-0001",
                    destination=Destination.MAIL,
                    created_at=NOW,
                    queued_at=NOW,
                    next_at=NOW,
                )
            )
        put(database, destination=Destination.MAIL)
        with MailReceiver() as server:
            transports = {Destination.MAIL: MailServer("127.0.0.1", server.port, "qa@example.com")}
            done = deliver_due(database, transports, now=NOW)
            assert done == Delivered(arrived=1, failed=1)
        broken, _ = events(database)
        assert (broken.attempts, broken.last_error) == (1, "KeyError")
        assert broken.next_at is not None
        assert broken.next_at > NOW
        deliver_due(database, transports, now=NOW + TRIED_FOR)
        assert events(database)[0].outcome is Outcome.GIVEN_UP


class TestNote:
    def test_that_fails_does_not_send_again_what_arrived(self, database: Engine) -> None:
        put(database, 2)
        sent: list[int | None] = []

        class Noting:
            def deliver(self, event: OutboxEvent) -> Note:
                sent.append(event.id)
                return lambda session: session.delete(session.get_one(OutboxEvent, 0))

        for after in (timedelta(), LEASE):
            deliver_due(database, {Destination.WEBHOOK: Noting()}, now=NOW + after)
        assert sent == [1, 2]
        assert {event.outcome for event in events(database)} == {Outcome.DELIVERED}
