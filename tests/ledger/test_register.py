from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, func, select

from qa_service.clock import BEIJING
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.ledger.queries import entry_events
from qa_service.outbox.models import OutboxEvent
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, PolicyArea

Register = Callable[..., LedgerEntry]
MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)

WRITERS = 6
ENTRIES_EACH = 4


def rows(session: Session) -> tuple[int, int, int]:
    tables = (LedgerEntry, LedgerEvent, OutboxEvent)
    counts = [session.exec(select(func.count()).select_from(table)).one() for table in tables]
    return counts[0], counts[1], counts[2]


class Abandoned(Exception):
    """Ends a transaction that must leave nothing."""


class TestNumber:
    def test_entries_of_a_day_are_numbered_from_one(self, ledger: Engine, enter: Register) -> None:
        numbers = []
        for minute in range(3):
            with session_scope(ledger) as session:
                numbers.append(enter(session, MORNING + timedelta(minutes=minute)).number)
        assert numbers == ["ZX20261124-0001", "ZX20261124-0002", "ZX20261124-0003"]

    def test_the_day_is_beijings_also_across_midnight(
        self, ledger: Engine, enter: Register
    ) -> None:
        last_minute = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)
        with session_scope(ledger) as session:
            before = enter(session, last_minute).number
            after = enter(session, last_minute + timedelta(seconds=1)).number
            late = enter(session, last_minute).number
        assert (before, after) == ("ZX20261124-0001", "ZX20261125-0001")
        assert late == "ZX20261124-0002"

    def test_a_day_with_more_than_9999_entries_goes_on(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            session.execute(text("INSERT INTO ledger_sequence VALUES ('2026-11-24', 9999)"))
            assert enter(session, MORNING).number == "ZX20261124-10000"

    def test_a_transaction_that_fails_leaves_no_gap(self, ledger: Engine, enter: Register) -> None:
        with pytest.raises(Abandoned), session_scope(ledger) as session:
            enter(session, MORNING)
            raise Abandoned
        with session_scope(ledger) as session:
            assert enter(session, MORNING).number == "ZX20261124-0001"


class TestEntry:
    def test_is_due_five_working_days_after_the_day_of_receipt(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
        assert entry.due_on == entry.original_due_on == date(2026, 12, 1)
        assert not entry.due_provisional
        assert entry.state is EntryState.ASSIGNED
        assert entry.version == 2

    def test_a_deadline_in_a_year_not_yet_announced_is_provisional(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, datetime(2026, 12, 31, 10, tzinfo=BEIJING))
        assert entry.due_on.year == 2027
        assert entry.due_provisional

    def test_its_event_tells_who_registered_it_and_when(
        self, ledger: Engine, enter: Register
    ) -> None:
        registered_at = MORNING + timedelta(days=1)
        with session_scope(ledger) as session:
            number = enter(session, MORNING, now=registered_at).number
        with session_scope(ledger, read_only=True) as session:
            first, second = entry_events(session, number)
            assert (first.actor, first.reason) == ("坐席甲", "首次登记")
            assert (first.from_state, first.to_state) == (None, EntryState.REGISTERED)
            assert first.occurred_at == second.occurred_at == registered_at

    def test_it_is_handed_to_its_unit_in_the_same_breath(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            number = enter(session, MORNING, area=PolicyArea.ELDERLY_CARE).number
        with session_scope(ledger, read_only=True) as session:
            handed = entry_events(session, number)[-1]
            assert (handed.verb, handed.to_state) == ("assign", EntryState.ASSIGNED)
            assert handed.reason == "交甲区社保局办理"

    def test_other_systems_are_told_its_number_and_due_date(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING, area=PolicyArea.ELDERLY_CARE)
        with session_scope(ledger, read_only=True) as session:
            told = session.exec(select(OutboxEvent)).all()
            assert [event.topic for event in told] == ["ledger.register", "ledger.assign"]
            assert {event.subject for event in told} == {"ZX20261124-0001"}
            assert told[-1].payload == {
                "number": "ZX20261124-0001",
                "state": "assigned",
                "due_on": "2026-12-01",
                "due_provisional": False,
                "next_role": "unit",
            }


class TestTransaction:
    def test_entry_event_and_message_are_there_together(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
        with session_scope(ledger, read_only=True) as session:
            assert rows(session) == (1, 2, 2)

    def test_or_none_of_them(self, ledger: Engine, enter: Register) -> None:
        with pytest.raises(Abandoned), session_scope(ledger) as session:
            enter(session, MORNING)
            assert rows(session) == (1, 2, 2)
            raise Abandoned
        with session_scope(ledger, read_only=True) as session:
            assert rows(session) == (0, 0, 0)


def register_at_once(engine: Engine, enter: Register) -> list[str]:
    barrier = Barrier(WRITERS)

    def write(writer: int) -> list[str]:
        barrier.wait(timeout=60)
        return [_one(engine, enter, abandon=writer == 0) for _ in range(ENTRIES_EACH)]

    with ThreadPoolExecutor(WRITERS) as pool:
        numbers = [number for found in pool.map(write, range(WRITERS)) for number in found]
    return sorted(number for number in numbers if number)


def _one(engine: Engine, enter: Register, *, abandon: bool) -> str:
    try:
        with session_scope(engine) as session:
            number = enter(session, MORNING).number
            if abandon:
                raise Abandoned
    except Abandoned:
        return ""
    return number


EXPECTED = [f"ZX20261124-{last:04d}" for last in range(1, (WRITERS - 1) * ENTRIES_EACH + 1)]


class TestConcurrency:
    """One of the writers gives up each time, and must leave no gap."""

    @pytest.mark.postgres
    def test_writers_on_postgresql_get_each_number_once(
        self, postgres_ledger: Engine, enter: Register
    ) -> None:
        assert register_at_once(postgres_ledger, enter) == EXPECTED
        with session_scope(postgres_ledger, read_only=True) as session:
            assert rows(session) == (len(EXPECTED), 2 * len(EXPECTED), 2 * len(EXPECTED))

    def test_writers_on_sqlite_get_each_number_once(self, ledger: Engine, enter: Register) -> None:
        assert register_at_once(ledger, enter) == EXPECTED
