"""Saving a year's holidays recounts every open entry, also when it corrects an earlier one."""

from datetime import date, datetime, timedelta

import pytest
from actors import person
from desk import SUPERVISOR, Register
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.audit import AuditFilter, list_events
from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import NotPermittedError
from qa_service.clock import BEIJING
from qa_service.ledger.deadlines.due_dates import proof_of
from qa_service.ledger.deadlines.holidays import (
    HolidaysNotFoundError,
    InvalidHolidaysError,
    drop_year,
    kept_years,
    note_counted,
    recount_is_due,
    save_year,
)
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import entry_events
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, AuditAction, EntryState, Role
from qa_service.workdays.announced import AnnouncedYear
from qa_service.workdays.calendar import CalendarSource, WorkCalendar

NOW = datetime(2026, 12, 28, 10, tzinfo=BEIJING)
NUMBER = "国办发明电〔2026〕0号"


def days(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(f"2027-{text}") for text in texts)


FIRST = AnnouncedYear(2027, NUMBER, days("01-01", "01-02", "01-03"), frozenset())
CORRECTED = AnnouncedYear(2027, NUMBER, days("01-01", "01-02", "01-03", "01-04"), days("01-09"))


def titles(session: Session) -> list[str]:
    """The subjects of the mails, the oldest first."""
    mails = select(OutboxEvent).where(OutboxEvent.destination == Destination.MAIL)
    found = session.exec(mails.order_by(col(OutboxEvent.id))).all()
    return [str(one.payload["subject"]) for one in found]


def save(session: Session, year: AnnouncedYear, calendar: WorkCalendar) -> int:
    saved = save_year(session, year, calendar=calendar, actor=SUPERVISOR, now=NOW)
    calendar.keep(saved.kept)
    return saved.recounted


class TestSaving:
    def test_a_first_notice_and_its_correction_each_recount_with_an_event(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, NOW)
            assert (entry.due_on, entry.due_provisional) == (date(2027, 1, 5), True)
            assert save(session, FIRST, calendar) == 1
            assert (entry.due_on, entry.due_provisional) == (date(2027, 1, 5), False)
            assert save(session, CORRECTED, calendar) == 1
            assert (entry.due_on, entry.due_provisional) == (date(2027, 1, 6), False)
            settled, corrected = entry_events(session, entry.number)[-2:]
            assert [one.verb for one in (settled, corrected)] == [Action.RECOUNT] * 2
            assert settled.reason == "放假安排公布，期限由 2027-01-05 确定为 2027-01-05"
            assert corrected.reason == "放假安排更正，期限由 2027-01-05 确定为 2027-01-06"
            assert corrected.details.due_to == entry.due_on
            assert proof_of(entry, calendar).due_on == entry.due_on

    def test_the_same_again_and_closed_entries_change_nothing(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, NOW)
            entry.state = EntryState.CLOSED
            session.add(entry)
            session.flush()
            assert save(session, CORRECTED, calendar) == 0
            assert save(session, CORRECTED, calendar) == 0
            assert entry.due_on == date(2027, 1, 5)

    def test_a_year_kept_by_mistake_can_be_dropped(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, NOW)
            save(session, CORRECTED, calendar)
            dropped = drop_year(session, 2027, calendar=calendar, actor=SUPERVISOR, now=NOW)
            assert (dropped.kept, dropped.recounted) == ({}, 1)
            assert (entry.due_on, entry.due_provisional) == (date(2027, 1, 5), True)
            with pytest.raises(HolidaysNotFoundError):
                drop_year(session, 2027, calendar=calendar, actor=SUPERVISOR, now=NOW)

    def test_mails_the_unit_an_earlier_day_alone(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry, told = enter(session, NOW), enter(session, NOW)
            session.get_one(Unit, entry.unit_id).email = "unit@gov.example"
            told.state, told.informed_at = EntryState.INFORMED, NOW
            session.add(told)
            before = titles(session)
            save(session, CORRECTED, calendar)
            assert (entry.due_on, titles(session)) == (date(2027, 1, 6), before)
            drop_year(session, 2027, calendar=calendar, actor=SUPERVISOR, now=NOW)
            assert entry.due_on == told.due_on == date(2027, 1, 5)
            mail = f"【政策咨询】放假安排更正，期限提前到 2027-01-05：{entry.number}"
            assert titles(session) == [*before, mail]

    def test_is_audited_with_the_notice_and_the_count(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            save(session, FIRST, calendar)
            save(session, CORRECTED, calendar)
            changes = list_events(session, AuditFilter(action=AuditAction.CALENDAR))
            assert [one.details["change"] for one in changes] == ["更正", "录入"]
            assert changes[0].details["notice"] == NUMBER

    def test_wrong_days_are_named_all_at_once_and_nothing_is_stored(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        wrong = AnnouncedYear(2027, " ", days("01-01"), days("01-01", "01-05"))
        with session_scope(ledger) as session:
            with pytest.raises(InvalidHolidaysError) as refused:
                save(session, wrong, calendar)
            told = "；".join(problem.message for problem in refused.value.problems)
            for part in ("文号", "既放假又上班", "本来就是工作日"):
                assert part in told
            assert kept_years(session) == {}

    def test_is_for_the_office_alone(self, ledger: Engine, calendar: WorkCalendar) -> None:
        operator = person("坐席甲", Authority.of({Role.OPERATOR}))
        with session_scope(ledger) as session, pytest.raises(NotPermittedError):
            save_year(session, FIRST, calendar=calendar, actor=operator, now=NOW)


class TestSources:
    def test_a_kept_year_goes_before_the_file(self) -> None:
        calendar = WorkCalendar({2027: FIRST})
        assert calendar.source(2027) is CalendarSource.FILE
        assert calendar.keep({2027: CORRECTED})
        assert not calendar.keep({2027: CORRECTED})
        assert calendar.source(2027) is CalendarSource.KEPT
        assert not calendar.day(date(2027, 1, 4)).is_workday
        assert calendar.source(2026) is CalendarSource.LIBRARY
        assert calendar.source(2090) is CalendarSource.STATUTE


class TestWhenToRecount:
    def test_once_for_each_calendar_and_once_more_when_all_processes_have_it(
        self, ledger: Engine
    ) -> None:
        calendar, settling = WorkCalendar({}), timedelta(minutes=5)
        with session_scope(ledger) as session:

            def due(later: timedelta) -> bool:
                return recount_is_due(session, calendar, now=NOW + later, settling=settling)

            assert due(timedelta())
            note_counted(session, calendar, now=NOW)
            assert not due(timedelta(minutes=1))
            assert due(settling)
            note_counted(session, calendar, now=NOW + settling)
            assert not due(timedelta(days=1))
            calendar.keep({2027: FIRST})
            assert due(timedelta(days=1))


weekdays_off = st.sets(st.integers(1, 28).map(lambda n: date(2027, 1, n)), min_size=1)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(weekdays_off, min_size=1, max_size=4))
def test_after_any_corrections_every_deadline_is_the_one_its_proof_counts(
    ledger: Engine, enter: Register, calendar: WorkCalendar, notices: list[set[date]]
) -> None:
    with session_scope(ledger) as session:
        entry = enter(session, NOW)
        for off in notices:
            before, events = entry.due_on, len(entry_events(session, entry.number))
            was_provisional = entry.due_provisional
            save(session, AnnouncedYear(2027, NUMBER, frozenset(off), frozenset()), calendar)
            session.refresh(entry)
            assert entry.due_on == proof_of(entry, calendar).due_on
            is_moved = entry.due_on != before or was_provisional
            assert len(entry_events(session, entry.number)) - events == int(is_moved)
        every = session.get_one(LedgerEntry, entry.id)
        assert every.original_due_on == every.due_on
