"""Two entries joined into each other at the same time: one is, the other is told so."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from desk import MORNING, OPERATOR, Register, step
from sqlalchemy import Engine
from sqlmodel import select

from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.assignment import JoinRefusedError, join
from qa_service.ledger.workflow.steps import find_by_number
from qa_service.storage.engine import session_scope

ROUNDS = 10


def join_into_each_other(engine: Engine, enter: Register) -> list[str]:
    with session_scope(engine) as session:
        numbers = [enter(session, MORNING).number for _ in range(2)]
    barrier = Barrier(2)

    def join_one(entry: str, lead: str) -> str:
        with session_scope(engine) as session:
            found, other = find_by_number(session, entry), find_by_number(session, lead)
            barrier.wait(timeout=60)
            try:
                join(session, found, other, step(OPERATOR))
            except JoinRefusedError:
                return "refused"
        return "joined"

    with ThreadPoolExecutor(2) as pool:
        outcomes = pool.map(join_one, numbers, reversed(numbers))
        return sorted(outcomes)


@pytest.mark.postgres
def test_on_postgresql_one_is_joined(postgres_ledger: Engine, enter: Register) -> None:
    for _ in range(ROUNDS):
        assert join_into_each_other(postgres_ledger, enter) == ["joined", "refused"]
    with session_scope(postgres_ledger, read_only=True) as session:
        entries = session.exec(select(LedgerEntry)).all()
        leads = {entry.id for entry in entries if entry.joined_to_id is None}
        assert all(entry.joined_to_id in leads for entry in entries if entry.joined_to_id)
        assert len(leads) == ROUNDS
