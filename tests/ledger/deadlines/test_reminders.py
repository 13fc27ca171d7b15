from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from actors import person
from desk import MORNING, SUPERVISOR, Desk, Register, step, unit_id
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit
from qa_service.ledger.deadlines.reminders import (
    STAGES,
    ReminderNotFoundError,
    mark_seen,
    remind_due,
    stages_reached,
    unseen_reminders,
    urge,
)
from qa_service.ledger.models import Reminder, ReminderKind
from qa_service.ledger.queries import entry_events
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import CallOutcome, Role
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import workdays_left

TWO_DAYS_BEFORE = datetime.fromisoformat("2026-11-27T09:00:00+08:00")
"""Friday: the deadline, Tuesday 1 December, is two working days away."""


def remind(engine: Engine, calendar: WorkCalendar, now: datetime) -> int:
    with session_scope(engine) as session:
        return remind_due(session, calendar=calendar, now=now)[0]


def kept(session: Session) -> Sequence[Reminder]:
    return session.exec(select(Reminder).order_by(col(Reminder.id))).all()


def told(session: Session) -> list[str]:
    statement = select(OutboxEvent).where(OutboxEvent.topic == "ledger.reminder")
    return [event.payload["kind"] for event in session.exec(statement).all()]


class TestStages:
    def test_are_told_one_a_day_and_each_once(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
        assert remind(ledger, calendar, MORNING) == 0
        for day in (0, 1, 2, 3, 4, 5, 6):
            for hour in (0, 6):
                remind(ledger, calendar, TWO_DAYS_BEFORE + timedelta(days=day, hours=hour))
        with session_scope(ledger, read_only=True) as session:
            # Overdue since Wednesday, told again on Thursday.
            assert told(session) == [*STAGES, ReminderKind.OVERDUE]
            assert not any(reminder.superseded for reminder in kept(session))

    def test_passed_while_nobody_was_running_are_kept_but_only_the_last_is_told(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
        assert remind(ledger, calendar, TWO_DAYS_BEFORE + timedelta(days=30)) == 1
        with session_scope(ledger, read_only=True) as session:
            reminders = [one for one in kept(session) if one.audience is not Role.SUPERVISOR]
            assert [(one.kind, one.superseded) for one in reminders] == [
                ("in_two_days", True),
                ("tomorrow", True),
                ("today", True),
                ("overdue", False),
            ]
            assert told(session) == ["overdue"]

    def test_a_clock_put_back_repeats_nothing(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
        for days in (9, 0, 3, 4, 9):
            remind(ledger, calendar, TWO_DAYS_BEFORE + timedelta(days=days))
        with session_scope(ledger, read_only=True) as session:
            assert len(kept(session)) == len(STAGES) + 1
            assert told(session) == ["overdue"]

    def test_an_informed_asker_needs_no_reminder(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            Desk(session).answered(entry)
            Desk(session).call(entry, CallOutcome.NO_CONTACT)
        assert remind(ledger, calendar, TWO_DAYS_BEFORE + timedelta(days=9)) == 0

    @given(today=st.dates(date(2026, 1, 1), date(2026, 12, 20)), ahead=st.integers(-20, 20))
    def test_grow_by_one_as_the_working_days_left_shrink(self, today: date, ahead: int) -> None:
        calendar = WorkCalendar({})
        due_on = today + timedelta(days=ahead)
        reached = stages_reached(today, due_on, calendar)
        left = workdays_left(today, due_on, calendar)
        assert len(reached) == (4 if today > due_on else max(0, 3 - left))
        assert (
            stages_reached(today + timedelta(days=1), due_on, calendar)[: len(reached)] == reached
        )


def remind_at_once(engine: Engine, calendar: WorkCalendar, workers: int) -> int:
    barrier = Barrier(workers)

    def work(_worker: int) -> int:
        barrier.wait(timeout=60)
        return remind(engine, calendar, TWO_DAYS_BEFORE)

    with ThreadPoolExecutor(workers) as pool:
        return max(pool.map(work, range(workers)))


class TestSeveralWorkers:
    def test_on_sqlite_write_each_reminder_once(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        self.check(ledger, enter, calendar)

    @pytest.mark.postgres
    def test_on_postgresql_write_each_reminder_once(
        self, postgres_ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        self.check(postgres_ledger, enter, calendar)

    def check(self, engine: Engine, enter: Register, calendar: WorkCalendar) -> None:
        with session_scope(engine) as session:
            for _ in range(20):
                enter(session, MORNING)
        assert remind_at_once(engine, calendar, workers=4) == 20
        with session_scope(engine, read_only=True) as session:
            assert len(kept(session)) == len(told(session)) == 20


class TestBatches:
    def test_cover_every_entry_once(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            for _ in range(7):
                enter(session, MORNING)
        reminded = []
        after: int | None = 0
        while after is not None:
            with session_scope(ledger) as session:
                count, after = remind_due(
                    session, calendar=calendar, now=TWO_DAYS_BEFORE, after=after, limit=3
                )
                reminded.append(count)
        assert reminded == [3, 3, 1]
        with session_scope(ledger, read_only=True) as session:
            assert len(kept(session)) == len(told(session)) == 7


class TestUrging:
    def test_is_recorded_and_told_every_time(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            for _ in range(2):
                urge(session, entry, step(SUPERVISOR, reason="群众再次来电"))
            assert told(session) == ["urged", "urged"]
            assert [event.verb for event in entry_events(session, entry.number)][-2:] == [
                "urge",
                "urge",
            ]
            assert kept(session)[0].text == "督查催办：群众再次来电"


class TestInbox:
    def test_holds_what_the_unit_has_not_seen(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
        remind(ledger, calendar, TWO_DAYS_BEFORE)
        with session_scope(ledger) as session:
            office = frozenset({unit_id(session, "office")})
            other = frozenset({unit_id(session, "tax")})
            (reminder,) = unseen_reminders(session, office)
            with pytest.raises(ReminderNotFoundError):
                mark_seen(session, reminder.id or 0, other, actor=person("承办"), now=MORNING)
            mark_seen(session, reminder.id or 0, office, actor=person("承办"), now=MORNING)
            assert unseen_reminders(session, office) == []

    def test_a_unit_with_an_address_gets_a_mail_too(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            unit = session.exec(select(Unit).where(Unit.key == "office")).one()
            unit.email = "office@example.com"
            session.add(unit)
            enter(session, MORNING)
        remind(ledger, calendar, TWO_DAYS_BEFORE)
        with session_scope(ledger, read_only=True) as session:
            mails = session.exec(
                select(OutboxEvent).where(OutboxEvent.destination == Destination.MAIL)
            ).all()
            assert [mail.payload["to"] for mail in mails] == ["office@example.com"] * 2
            assert "还有 2 个工作日到期" in mails[-1].payload["subject"]
