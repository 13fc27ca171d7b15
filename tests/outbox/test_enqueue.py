from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from qa_service.clock import BEIJING
from qa_service.outbox.models import OutboxEvent
from qa_service.outbox.service import enqueue
from qa_service.storage.engine import session_scope

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
PAYLOAD = {"number": "ZX20261124-0001", "单位": ["甲区税务局"], "n": 1, "none": None}


class TestEnqueue:
    def test_an_event_waits_to_be_delivered_from_now_on(self, database: Engine) -> None:
        with session_scope(database) as session:
            enqueue(session, "ledger.registered", "ZX20261124-0001", PAYLOAD, now=NOW)
        with session_scope(database, read_only=True) as session:
            waiting = session.exec(select(OutboxEvent)).one()
            assert (waiting.topic, waiting.subject) == ("ledger.registered", "ZX20261124-0001")
            assert waiting.payload == PAYLOAD
            assert waiting.created_at == waiting.next_at == NOW
            assert (waiting.attempts, waiting.delivered_at) == (0, None)

    def test_events_keep_their_order(self, database: Engine) -> None:
        with session_scope(database) as session:
            ids = [enqueue(session, "topic", str(n), {}, now=NOW).id for n in range(3)]
        with session_scope(database, read_only=True) as session:
            subjects = session.exec(select(OutboxEvent.subject).order_by(OutboxEvent.id)).all()
        assert ids == sorted(ids, key=lambda event_id: event_id or 0)
        assert subjects == ["0", "1", "2"]

    def test_a_transaction_that_fails_sends_nothing(self, database: Engine) -> None:
        with pytest.raises(ZeroDivisionError), session_scope(database) as session:
            enqueue(session, "ledger.registered", "ZX20261124-0001", PAYLOAD, now=NOW)
            raise ZeroDivisionError
        with session_scope(database, read_only=True) as session:
            assert session.exec(select(OutboxEvent)).all() == []
