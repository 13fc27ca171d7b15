"""Fifty writers at once: no entry lost, no number given twice, no locked database told."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from actors import person
from desk import MORNING, Register, step
from sqlalchemy import Engine
from sqlmodel import func, select

from qa_service.accounts.authority import Authority
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.ledger.workflow import assignment
from qa_service.ledger.workflow.steps import StaleEntryError, find_by_number
from qa_service.ledger.workflow.transitions import IllegalTransitionError
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

pytestmark = pytest.mark.slow

WRITERS = 50
EACH = 4


def write_at_once(engine: Engine, enter: Register) -> list[str]:
    barrier = Barrier(WRITERS)

    def write(_writer: int) -> list[str]:
        barrier.wait(timeout=120)
        numbers = []
        for _ in range(EACH):
            with session_scope(engine) as session:
                numbers.append(enter(session, MORNING).number)
        return numbers

    with ThreadPoolExecutor(WRITERS) as pool:
        return sorted(number for found in pool.map(write, range(WRITERS)) for number in found)


def check_registering(engine: Engine, enter: Register) -> None:
    expected = [f"ZX20261124-{last:04d}" for last in range(1, WRITERS * EACH + 1)]
    assert write_at_once(engine, enter) == expected
    with session_scope(engine, read_only=True) as session:
        stored = session.exec(select(LedgerEntry.number).order_by(LedgerEntry.number)).all()
        assert stored == expected
        assert session.exec(select(func.count()).select_from(LedgerEvent)).one() == 2 * len(
            expected
        )


def check_moving(engine: Engine, enter: Register) -> None:
    """Fifty people take the same entry on: one does, the others are told so."""
    with session_scope(engine) as session:
        entry = enter(session, MORNING)
        number, unit = entry.number, entry.unit_id
    barrier = Barrier(WRITERS)

    def accept(writer: int) -> str:
        actor = person(f"承办{writer}", Authority.of({Role.UNIT}, unit))
        barrier.wait(timeout=120)
        try:
            with session_scope(engine) as session:
                assignment.accept(session, find_by_number(session, number), step(actor))
        except (StaleEntryError, IllegalTransitionError):
            return "told"
        return "done"

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = list(pool.map(accept, range(WRITERS)))
    assert sorted(outcomes) == ["done"] + ["told"] * (WRITERS - 1)


class TestSQLite:
    def test_registering(self, ledger: Engine, enter: Register) -> None:
        check_registering(ledger, enter)

    def test_moving(self, ledger: Engine, enter: Register) -> None:
        check_moving(ledger, enter)


@pytest.mark.postgres
class TestPostgreSQL:
    def test_registering(self, postgres_ledger: Engine, enter: Register) -> None:
        check_registering(postgres_ledger, enter)

    def test_moving(self, postgres_ledger: Engine, enter: Register) -> None:
        check_moving(postgres_ledger, enter)
