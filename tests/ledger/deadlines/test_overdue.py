from datetime import date, datetime, timedelta

import pytest
from actors import person
from desk import MORNING, OPERATOR, SUPERVISOR, Desk, Register, step
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Unit
from qa_service.ledger.deadlines.due_dates import (
    NoExtensionAskedError,
    OverdueExtensionError,
    ask_extension,
    extend,
    mark_overdue,
    refuse_extension,
)
from qa_service.ledger.deadlines.reminders import (
    mark_seen,
    overdue_day,
    remind_due,
    unseen_reminders,
)
from qa_service.ledger.entry_filter import DueFilter, EntryFilter
from qa_service.ledger.models import LedgerEntry, Reminder
from qa_service.ledger.queries import entry_events, list_entries
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.reporting.board import open_board
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, CallOutcome, Role
from qa_service.workdays.calendar import WorkCalendar

DUE = date(2026, 12, 1)
"""The deadline, a Tuesday, of what came in on the morning of 24 November."""
AFTER = datetime.fromisoformat("2026-12-03T09:00:00+08:00")
ADMIN = person("管理员", Authority.of({Role.ADMIN}))


def grant(
    session: Session,
    entry: LedgerEntry,
    calendar: WorkCalendar,
    actor: Actor = SUPERVISOR,
    now: datetime = AFTER,
) -> None:
    reason = "情况复杂"
    given = step(actor, now, reason=reason)
    extend(session, entry, given, workdays=5, calendar=calendar, longest=10)


def name_in_charge(session: Session, *, email: str | None) -> None:
    office = session.exec(select(Unit).where(Unit.key == "office")).one()
    office.person_in_charge, office.phone, office.email = "王某", "023-00000000", email
    session.add(office)
    session.flush()


def overdue_mails() -> SelectOfScalar[OutboxEvent]:
    return select(OutboxEvent).where(
        OutboxEvent.destination == Destination.MAIL, OutboxEvent.created_at == AFTER
    )


class TestWasOverdue:
    def test_survives_an_extension(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            grant(session, entry, calendar)
            assert entry.due_on > AFTER.date()
            assert entry.was_overdue_on == DUE
            assert entry_events(session, entry.number)[-1].details.after_due is True
            wanted = EntryFilter(due=DueFilter.WAS_OVERDUE)
            found = list_entries(session, wanted, today=AFTER.date(), calendar=calendar).items
            assert [view.was_overdue_on for view in found] == [DUE]
            board = open_board(session, today=AFTER.date(), calendar=calendar)
            assert board.once_overdue == 1

    def test_is_told_of_a_late_reply(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            Desk(session).answered(entry)
            Desk(session, AFTER).call(entry, CallOutcome.NO_CONTACT)
            assert entry.was_overdue_on == DUE

    def test_is_marked_by_the_clock_once(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            assert mark_overdue(session, now=AFTER - timedelta(days=2)) == 0
            assert [mark_overdue(session, now=AFTER) for _ in range(2)] == [1, 0]
            session.refresh(entry)
            assert entry.was_overdue_on == DUE

    def test_is_not_so_within_the_limit(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            grant(session, entry, calendar, actor=ADMIN, now=MORNING)
            assert entry.was_overdue_on is None
            assert entry_events(session, entry.number)[-1].details.after_due is None


class TestExtension:
    def test_after_the_due_day_needs_a_supervisor(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            with pytest.raises(OverdueExtensionError):
                grant(session, entry, calendar, actor=ADMIN)
            assert entry.due_on == DUE

    def test_asked_for_waits_until_it_is_decided(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            refusal = step(SUPERVISOR, reason="请按期办理")
            with pytest.raises(NoExtensionAskedError):
                refuse_extension(session, entry, refusal)
            for decide in (
                lambda: refuse_extension(session, entry, refusal),
                lambda: grant(session, entry, calendar, now=MORNING),
            ):
                ask_extension(session, entry, step(Desk(session).lead(entry), reason="需会商"))
                assert entry.extension_asked_at == MORNING
                decide()
                assert entry.extension_asked_at is None


class TestTelling:
    def test_goes_on_every_working_day_to_unit_and_supervisor_and_is_recorded(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            number = enter(session, MORNING).number
        # Wednesday 2 December to Tuesday 8 December, over a weekend.
        for days in range(1, 8):
            with session_scope(ledger) as session:
                now = datetime.fromisoformat("2026-12-01T09:00:00+08:00") + timedelta(days=days)
                remind_due(session, calendar=calendar, now=now)
                remind_due(session, calendar=calendar, now=now)
        with session_scope(ledger, read_only=True) as session:
            for role in (Role.UNIT, Role.SUPERVISOR):
                overdue = select(Reminder).where(
                    Reminder.audience == role, Reminder.kind == "overdue"
                )
                assert len(session.exec(overdue).all()) == 5
            steps = [e for e in entry_events(session, number) if e.verb is Action.ESCALATE]
            assert len(steps) == 5
            assert "甲区政务服务办" in steps[0].reason
            assert "督查" in steps[0].reason
            assert "已超期 5 个工作日" in steps[-1].reason

    def test_goes_to_operators_once_the_reply_is_approved(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            Desk(session).answered(entry)
            remind_due(session, calendar=calendar, now=AFTER)
            assert unseen_reminders(session, None) == []
            (reminder,) = unseen_reminders(session, None, audience=Role.OPERATOR)
            mark_seen(
                session,
                reminder.id or 0,
                None,
                actor=OPERATOR,
                now=AFTER,
                audience=Role.OPERATOR,
            )
            assert unseen_reminders(session, None, audience=Role.OPERATOR) == []

    def test_names_the_person_in_charge_in_the_mail_the_history_and_to_supervisors(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            name_in_charge(session, email="office@example.com")
            number = enter(session, MORNING).number
            remind_due(session, calendar=calendar, now=AFTER)
            (mail,) = session.exec(overdue_mails()).all()
            assert mail.payload["to"] == "office@example.com"
            assert mail.payload["text"].startswith("甲区政务服务办责任人王某：")
            assert "已超期 2 个工作日" in mail.payload["subject"]
            recorded = entry_events(session, number)[-1]
            assert recorded.verb is Action.ESCALATE
            assert "甲区政务服务办（责任人王某，邮件）" in recorded.reason
            (told,) = unseen_reminders(session, None, audience=Role.SUPERVISOR)
            assert "责任人王某，023-00000000" in told.text

    def test_of_a_unit_without_an_address_asks_to_telephone_the_person_in_charge(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            name_in_charge(session, email=None)
            number = enter(session, MORNING).number
            remind_due(session, calendar=calendar, now=AFTER)
            assert session.exec(overdue_mails()).all() == []
            recorded = entry_events(session, number)[-1].reason
            assert "责任人王某，未登记邮箱，请电话通知" in recorded

    def test_leaves_the_unit_alone_while_the_operator_has_to_call(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            name_in_charge(session, email="office@example.com")
            entry = enter(session, MORNING)
            Desk(session).answered(entry)
            remind_due(session, calendar=calendar, now=AFTER)
            assert session.exec(overdue_mails()).all() == []
            assert "王某" not in entry_events(session, entry.number)[-1].reason

    @given(due=st.dates(date(2026, 1, 1), date(2026, 12, 1)), late=st.integers(1, 25))
    def test_is_for_a_working_day_or_the_day_after_the_deadline(self, due: date, late: int) -> None:
        calendar, today = WorkCalendar({}), due + timedelta(days=late)
        day = overdue_day(today, due, calendar)
        assert due < day <= today
        assert calendar.day(day).is_workday or day == due + timedelta(days=1)
