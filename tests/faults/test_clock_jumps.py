"""A clock that was wrong for a while, ahead or behind, and is set right again."""

from datetime import UTC, datetime, timedelta

import pytest
from actors import person
from sqlalchemy import Engine
from sqlmodel import select

from qa_service.accounts.audit import record, verify
from qa_service.accounts.authentication.throttle import (
    ACCOUNT_FAILURES,
    TooManyAttemptsError,
    count_attempt,
)
from qa_service.accounts.models import SignInFailure
from qa_service.accounts.units import UnitContent, store_unit
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration, register
from qa_service.outbox.events import EntryMoved
from qa_service.outbox.models import Destination
from qa_service.outbox.service import claim, enqueue
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction
from qa_service.workdays.calendar import WorkCalendar

pytestmark = pytest.mark.faults

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
JUMPS = [timedelta(days=-3), timedelta(hours=-2), timedelta(hours=2), timedelta(days=400)]


@pytest.mark.parametrize("jump", JUMPS)
class TestAfterAJump:
    def test_events_are_delivered_in_order_and_none_waits_for_the_wrong_time(
        self, database: Engine, jump: timedelta
    ) -> None:
        event = EntryMoved("register", "ZX20261124-0001", "assigned", NOW.date(), False)
        for now in (NOW, NOW + jump, NOW):
            with session_scope(database) as session:
                enqueue(session, event, now=now)
        delivered = []
        with session_scope(database) as session:
            for _ in range(3):
                (event,) = claim(
                    session, Destination.WEBHOOK, now=NOW + timedelta(seconds=1), limit=10
                )
                delivered.append(event.id)
                event.next_at = None
                session.add(event)
                session.flush()
        assert delivered == sorted(delivered)

    def test_entries_keep_numbers_of_their_own_and_deadlines_of_their_day(
        self, database: Engine, calendar: WorkCalendar, jump: timedelta
    ) -> None:
        with session_scope(database) as session:
            store_unit(session, UnitContent("office", "政务服务办", (), is_default=True))
        for now in (NOW, NOW + jump, NOW, NOW + jump):
            with session_scope(database) as session:
                unit = route(session, area=None, nearest_unit=None)
                registration = Registration("外商投资项目怎么备案？", None, None, None, now)
                register(
                    session,
                    registration,
                    route=unit,
                    calendar=calendar,
                    workdays=5,
                    actor=person("甲"),
                    now=now,
                )
        with session_scope(database, read_only=True) as session:
            entries = session.exec(select(LedgerEntry)).all()
            assert len({entry.number for entry in entries}) == 4
            assert all(entry.due_on > entry.received_at.date() for entry in entries)

    def test_nobody_is_kept_out_longer_than_the_longest_wait(
        self, database: Engine, jump: timedelta
    ) -> None:
        with session_scope(database) as session:
            for _ in range(ACCOUNT_FAILURES + 5):
                try:
                    count_attempt(session, "zhang", "192.0.2.1", now=NOW + jump)
                except TooManyAttemptsError:
                    break
            count_attempt(session, "zhang", "192.0.2.1", now=NOW)
            counted = session.exec(select(SignInFailure)).all()
            assert {failure.last_at for failure in counted} == {NOW}

    def test_the_audit_trail_is_still_whole(self, database: Engine, jump: timedelta) -> None:
        for now in (NOW, NOW + jump, NOW):
            with session_scope(database) as session:
                record(session, AuditAction.EDIT, actor=person("甲"), now=now)
        with session_scope(database, read_only=True) as session:
            assert verify(session) is None
