from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from desk import MORNING, SUPERVISOR, Desk, Register, step
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from qa_service.clock import BEIJING
from qa_service.ledger.deadlines.due_dates import (
    AlreadyInformedError,
    ExtensionTooLongError,
    ask_extension,
    extend,
    proof_of,
    recount_open,
)
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import entry_events
from qa_service.ledger.rules import LedgerRules
from qa_service.ledger.workflow.steps import ReasonNeededError
from qa_service.ledger.workflow.transitions import TransitionNotPermittedError
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import CallOutcome, EntryKind, EntryState
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import due_date_from_day

NEW_YEARS_EVE = datetime(2026, 12, 31, 10, tzinfo=BEIJING)
NOTICE = """
notice: 国办发明电〔2026〕9号
days_off: [2027-01-01, 2027-01-02, 2027-01-03]
make_up_days: [2027-01-09]
"""


class TestExtension:
    def test_keeps_the_first_date_and_tells_who_granted_it_and_why(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            granted = step(SUPERVISOR, reason="需会商上级部门")
            extend(session, entry, granted, workdays=3, calendar=calendar, longest=10)
            assert (entry.original_due_on, entry.due_on) == (date(2026, 12, 1), date(2026, 12, 4))
            event = entry_events(session, entry.number)[-1]
            assert (event.actor, event.reason) == ("督查甲", "需会商上级部门")
            assert (event.details.due_from, event.details.due_to) == (
                date(2026, 12, 1),
                date(2026, 12, 4),
            )
            proof = proof_of(entry, calendar).proof
            assert sum(day.counted for day in proof) == 8
            assert proof[-1].day == entry.due_on

    def test_is_not_for_the_unit_to_grant(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            lead = step(Desk(session).lead(entry), reason="来不及")
            with pytest.raises(TransitionNotPermittedError):
                extend(session, entry, lead, workdays=1, calendar=calendar, longest=10)
            ask_extension(session, entry, lead)
            assert entry.due_on == entry.original_due_on

    def test_needs_a_reason(self, ledger: Engine, enter: Register, calendar: WorkCalendar) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            with pytest.raises(ReasonNeededError):
                extend(session, entry, step(SUPERVISOR), workdays=1, calendar=calendar, longest=10)

    def test_has_a_limit_in_all(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            why = step(SUPERVISOR, reason="情况复杂")
            extend(session, entry, why, workdays=7, calendar=calendar, longest=10)
            with pytest.raises(ExtensionTooLongError, match="还可延 3 个"):
                extend(session, entry, why, workdays=4, calendar=calendar, longest=10)
            extend(session, entry, why, workdays=3, calendar=calendar, longest=10)

    def test_is_refused_once_the_asker_knows(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            desk = Desk(session)
            desk.answered(entry)
            desk.call(entry, CallOutcome.NO_CONTACT)
            with pytest.raises(AlreadyInformedError):
                extend(
                    session,
                    entry,
                    step(SUPERVISOR, reason="迟了"),
                    workdays=1,
                    calendar=calendar,
                    longest=10,
                )

    @given(
        first=st.integers(1, 20),
        more=st.integers(1, 20),
        start=st.dates(date(2004, 1, 1), date(2026, 10, 1)),
    )
    def test_days_granted_one_after_another_are_the_days_granted_at_once(
        self, first: int, more: int, start: date
    ) -> None:
        calendar = WorkCalendar({})
        at_once = due_date_from_day(start, days=first + more, calendar=calendar).due_on
        half_way = due_date_from_day(start, days=first, calendar=calendar).due_on
        assert due_date_from_day(half_way, days=more, calendar=calendar).due_on == at_once


class TestNotice:
    def test_settles_open_entries_with_an_event_and_leaves_closed_ones(
        self, ledger: Engine, enter: Register, tmp_path: Path
    ) -> None:
        folder = tmp_path / "announced"
        folder.mkdir()
        calendar = WorkCalendar.load(folder)
        with session_scope(ledger) as session:
            entry, closed = (enter(session, NEW_YEARS_EVE) for _ in range(2))
            assert entry.due_provisional
            provisional = entry.due_on
            closed.state = EntryState.CLOSED
            session.add(closed)
        (folder / "2027.yaml").write_text(NOTICE, encoding="utf-8")
        assert calendar.reload()
        assert not calendar.reload()
        with session_scope(ledger) as session:
            assert recount_open(session, calendar=calendar, now=MORNING).moved == 1
            assert recount_open(session, calendar=calendar, now=MORNING).moved == 0
        with session_scope(ledger, read_only=True) as session:
            entry = session.get_one(LedgerEntry, entry.id)
            closed = session.get_one(LedgerEntry, closed.id)
            settled = due_date_from_day(NEW_YEARS_EVE.date(), days=5, calendar=calendar).due_on
            assert (entry.due_on, entry.due_provisional) == (settled, False)
            assert settled == date(2027, 1, 8)
            assert (closed.due_on, closed.due_provisional) == (provisional, True)
            event = entry_events(session, entry.number)[-1]
            assert (event.verb, event.from_state, event.to_state) == (
                "recount",
                EntryState.ASSIGNED,
                EntryState.ASSIGNED,
            )
            assert event.details.dump() == {
                "from": provisional.isoformat(),
                "to": settled.isoformat(),
                "provisional": False,
            }

    def test_a_faulty_file_leaves_the_calendar_as_it_was(self, tmp_path: Path) -> None:
        calendar = WorkCalendar.load(tmp_path)
        (tmp_path / "2027.yaml").write_text("notice: [", encoding="utf-8")
        with pytest.raises(Exception, match=r"2027\.yaml"):
            calendar.reload()
        assert calendar.day(date(2027, 1, 1)).provisional


class TestLimit:
    def test_is_a_setting_of_each_kind(self) -> None:
        rules = LedgerRules(answer_workdays=5, kind_workdays={EntryKind.CORRECTION: 3})
        assert rules.limit_of(EntryKind.CONSULTATION) == 5
        assert rules.limit_of(EntryKind.CORRECTION) == 3

    def test_runs_from_receipt_however_late_it_is_registered(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING, now=MORNING + timedelta(days=3))
            assert entry.due_on == date(2026, 12, 1)
