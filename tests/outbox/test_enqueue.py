from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from qa_service.clock import BEIJING
from qa_service.outbox.caller_events import AnswerSent, ReplyNoticed
from qa_service.outbox.events import (
    BankChanged,
    EntryMoved,
    EntryReminded,
    PairPublished,
    PairWithdrawn,
    UnitMail,
    UnitText,
    load_event,
)
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.outbox.payload import Event
from qa_service.outbox.service import enqueue, enqueue_all
from qa_service.storage.engine import session_scope

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
NUMBER = "ZX20261124-0001"
MOVED = EntryMoved("register", NUMBER, "assigned", NOW.date(), due_provisional=True)
CATALOGUE: list[tuple[Event, str, str]] = [
    (MOVED, "ledger.register", NUMBER),
    (
        EntryReminded(NUMBER, "today", "今日到期", NOW.date(), "2026-11-24:today"),
        "ledger.reminder",
        NUMBER,
    ),
    (PairPublished(7, "a", 2, 31), "pair.published", "qa-7"),
    (PairWithdrawn(7, "a", 2, 32), "pair.withdrawn", "qa-7"),
    (BankChanged(30), "bank.changed", "bank"),
    (UnitMail(NUMBER, "unit@example.com", "催办", "请办理"), "mail", NUMBER),
    (UnitText(NUMBER, "13800000000", "请答复", "https://qa.example/reply/1"), "text", NUMBER),
    (AnswerSent(3, Destination.ANSWER_SMS), "answer.sent", "sent-3"),
    (ReplyNoticed(4, Destination.ANSWER_MAIL), "reply.noticed", "notice-4"),
]


class TestEnqueue:
    def test_an_event_waits_to_be_delivered_from_now_on(self, database: Engine) -> None:
        with session_scope(database) as session:
            enqueue(session, MOVED, now=NOW)
        with session_scope(database, read_only=True) as session:
            waiting = session.exec(select(OutboxEvent)).one()
            assert (waiting.topic, waiting.subject) == ("ledger.register", NUMBER)
            assert waiting.payload == {
                "number": NUMBER,
                "state": "assigned",
                "due_on": "2026-11-24",
                "due_provisional": True,
                "next_role": "",
            }
            assert waiting.created_at == waiting.next_at == NOW
            assert (waiting.attempts, waiting.delivered_at) == (0, None)

    def test_events_keep_their_order(self, database: Engine) -> None:
        with session_scope(database) as session:
            ids = [enqueue(session, PairPublished(n, "a", 1, n), now=NOW).id for n in range(3)]
        with session_scope(database, read_only=True) as session:
            subjects = session.exec(select(OutboxEvent.subject).order_by(OutboxEvent.id)).all()
        assert ids == sorted(ids, key=lambda event_id: event_id or 0)
        assert subjects == ["qa-0", "qa-1", "qa-2"]

    def test_a_transaction_that_fails_sends_nothing(self, database: Engine) -> None:
        with pytest.raises(ZeroDivisionError), session_scope(database) as session:
            enqueue(session, MOVED, now=NOW)
            raise ZeroDivisionError
        with session_scope(database, read_only=True) as session:
            assert session.exec(select(OutboxEvent)).all() == []


class TestCatalogue:
    @pytest.mark.parametrize(("event", "topic", "subject"), CATALOGUE)
    def test_every_event_is_read_back_as_it_was_written(
        self, database: Engine, event: Event, topic: str, subject: str
    ) -> None:
        with session_scope(database) as session:
            enqueue(session, event, now=NOW)
            enqueue_all(session, [event], now=NOW)
        with session_scope(database, read_only=True) as session:
            for stored in session.exec(select(OutboxEvent)).all():
                assert (stored.topic, stored.subject) == (topic, subject)
                assert stored.destination is event.destination
                assert load_event(stored.topic, stored.subject, stored.payload) == event

    def test_only_mails_go_by_mail(self) -> None:
        by_mail = [topic for event, topic, _ in CATALOGUE if event.destination is Destination.MAIL]
        assert by_mail == ["mail"]

    def test_an_unknown_topic_is_refused(self) -> None:
        with pytest.raises(ValueError, match="unknown topic"):
            load_event("weather", "x", {})
