from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.clock import BEIJING
from qa_service.ledger.askers.details import AskerDetails, keep_asker
from qa_service.ledger.entry_filter import DueFilter, EntryFilter
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import (
    DueStatus,
    EntryView,
    entry_events,
    entry_of_consultation,
    find_entry,
    list_entries,
)
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, PolicyArea
from qa_service.workdays.calendar import WorkCalendar

Register = Callable[..., LedgerEntry]
MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)  # a Tuesday
DUE = date(2026, 12, 1)


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with session_scope(ledger) as opened:
        yield opened


@pytest.fixture
def seen(session: Session, calendar: WorkCalendar) -> Callable[[str, date], EntryView]:
    """An entry as it is seen on a day."""

    def find(number: str, today: date) -> EntryView:
        view = find_entry(session, number, today=today, calendar=calendar)
        assert view is not None
        return view

    return find


class TestDeadline:
    @pytest.mark.parametrize(
        ("today", "days_left", "status"),
        [
            (date(2026, 11, 24), 5, DueStatus.ON_TIME),
            (date(2026, 11, 26), 3, DueStatus.ON_TIME),
            (date(2026, 11, 27), 2, DueStatus.SOON),
            (date(2026, 11, 28), 2, DueStatus.SOON),
            (date(2026, 11, 30), 1, DueStatus.SOON),
            (DUE, 0, DueStatus.TODAY),
            (date(2026, 12, 2), -1, DueStatus.OVERDUE),
            (date(2026, 12, 6), -3, DueStatus.OVERDUE),
        ],
    )
    def test_is_told_in_working_days_left(
        self,
        session: Session,
        enter: Register,
        seen: Callable[[str, date], EntryView],
        today: date,
        days_left: int,
        status: DueStatus,
    ) -> None:
        view = seen(enter(session, MORNING).number, today)
        assert (view.due_on, view.days_left, view.due_status) == (DUE, days_left, status)

    def test_a_closed_entry_is_never_due(
        self,
        session: Session,
        enter: Register,
        calendar: WorkCalendar,
        seen: Callable[[str, date], EntryView],
    ) -> None:
        entry = enter(session, MORNING)
        entry.state = EntryState.CLOSED
        session.flush()
        for today in (DUE - timedelta(days=1), DUE, DUE + timedelta(days=1)):
            assert seen(entry.number, today).due_status is DueStatus.CLOSED
            for due in DueFilter:
                page = list_entries(session, EntryFilter(due=due), today=today, calendar=calendar)
                assert page.items == ()

    def test_the_filters_find_what_the_status_says_on_every_day(
        self, session: Session, enter: Register, calendar: WorkCalendar
    ) -> None:
        for day in range(14):
            enter(session, MORNING + timedelta(days=day))
        # As if the due day had been announced a day off after the fact.
        moved = session.exec(select(LedgerEntry).where(LedgerEntry.due_on == DUE)).first()
        assert moved is not None
        moved.due_on = date(2026, 12, 5)
        session.flush()
        for ahead in range(25):
            today = MORNING.date() + timedelta(days=ahead)
            everything = list_entries(session, today=today, calendar=calendar).items
            for due in DueFilter:
                found = list_entries(
                    session, EntryFilter(due=due), today=today, calendar=calendar
                ).items
                missed = due is DueFilter.WAS_OVERDUE
                expected = [
                    view
                    for view in everything
                    if (view.was_overdue_on if missed else view.due_status == due.value)
                ]
                assert list(found) == expected, (today, due)


class TestFind:
    def test_shows_the_unit_and_the_masked_contact(
        self, session: Session, enter: Register, seen: Callable[[str, date], EntryView]
    ) -> None:
        details = AskerDetails(name="测试来电人", phone="13800000000")
        asker_id = keep_asker(session, details, cipher=FieldCipher.of(b"k" * 32))
        entry = enter(session, MORNING, area=PolicyArea.TAXATION, asker_id=asker_id)
        view = seen(entry.number, MORNING.date())
        assert (view.unit_key, view.unit_name, view.routed_by) == ("tax", "甲区税务局", "field")
        assert view.contact_masked == "138******00"
        assert view.received_at == MORNING

    def test_an_unknown_number_is_absent(self, session: Session, calendar: WorkCalendar) -> None:
        unknown = find_entry(session, "ZX20261124-0001", today=DUE, calendar=calendar)
        assert unknown is None
        assert list(entry_events(session, "ZX20261124-0001")) == []
        assert entry_of_consultation(session, "no-such-consultation") is None


class TestFilters:
    def test_by_unit(self, session: Session, enter: Register, calendar: WorkCalendar) -> None:
        enter(session, MORNING)
        tax = enter(session, MORNING, area=PolicyArea.TAXATION).number
        page = list_entries(session, EntryFilter(unit="tax"), today=DUE, calendar=calendar)
        assert [view.number for view in page.items] == [tax]

    def test_by_state(self, session: Session, enter: Register, calendar: WorkCalendar) -> None:
        enter(session, MORNING)
        accepted = enter(session, MORNING)
        accepted.state = EntryState.ACCEPTED
        session.flush()
        page = list_entries(
            session, EntryFilter(state=EntryState.ACCEPTED), today=DUE, calendar=calendar
        )
        assert [view.number for view in page.items] == [accepted.number]

    @pytest.mark.parametrize("typed", ["报税 网上", "報稅", "裡面", "里面"])
    def test_by_words_in_either_characters_of_a_question_stored_as_it_came(
        self, session: Session, enter: Register, calendar: WorkCalendar, typed: str
    ) -> None:
        enter(session, MORNING)
        asked = enter(session, MORNING)
        asked.question = "網上報稅在系統裡面找不到入口"
        session.flush()
        page = list_entries(session, EntryFilter(words=typed), today=DUE, calendar=calendar)
        assert [view.number for view in page.items] == [asked.number]

    def test_together(self, session: Session, enter: Register, calendar: WorkCalendar) -> None:
        enter(session, MORNING, area=PolicyArea.TAXATION)
        enter(session, MORNING + timedelta(days=1))
        wanted = enter(session, MORNING + timedelta(days=1), area=PolicyArea.TAXATION).number
        due = date(2026, 12, 2)
        page = list_entries(
            session, EntryFilter(unit="tax", due=DueFilter.TODAY), today=due, calendar=calendar
        )
        assert [view.number for view in page.items] == [wanted]


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
    def test_neither_skip_nor_repeat_while_entries_come_in(
        self, session: Session, enter: Register, calendar: WorkCalendar, limit: int
    ) -> None:
        numbers = [enter(session, MORNING + timedelta(days=n // 3)).number for n in range(7)]
        seen: list[str] = []
        after, pages = None, 0
        while pages == 0 or after is not None:
            page = list_entries(session, today=DUE, calendar=calendar, after=after, limit=limit)
            assert 1 <= len(page.items) <= limit
            seen += [view.number for view in page.items]
            after, pages = page.next_after, pages + 1
            enter(session, MORNING + timedelta(days=9))
        assert seen == sorted(numbers, reverse=True)

    def test_a_last_page_that_is_just_full_has_no_next(
        self, session: Session, enter: Register, calendar: WorkCalendar
    ) -> None:
        for _ in range(4):
            enter(session, MORNING)
        page = list_entries(session, today=DUE, calendar=calendar, limit=4)
        assert len(page.items) == 4
        assert page.next_after is None

    def test_an_empty_ledger_is_one_empty_page(
        self, session: Session, calendar: WorkCalendar
    ) -> None:
        page = list_entries(session, today=DUE, calendar=calendar)
        assert (page.items, page.next_after) == ((), None)
