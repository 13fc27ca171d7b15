"""What a change of the bank closes in the ledger: entries of its own pairs, and no others."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from actors import person
from desk import ANSWER, MORNING, Desk, Register
from ended_policy import end_policy_with_entries
from reviewing import publish_pair
from sqlalchemy import Engine, update
from sqlmodel import Session, col

from qa_service.clock import FixedClock
from qa_service.jobs.duty import JobContext
from qa_service.jobs.ledger import closing
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.knowledge.policies.service import add_policy
from qa_service.ledger.askers.details import AskerDetails, keep_asker
from qa_service.ledger.bank_changes import withdraw_pair
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.closing import close_completed, close_for_pairs
from qa_service.settings import Settings
from qa_service.storage.encryption import load_cipher
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, PairStatus, Validity
from qa_service.workdays.calendar import WorkCalendar

RULE = PolicyContent("备案办法", "备案办法", "令1号", "国务院", Validity.IN_FORCE)


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with session_scope(ledger) as opened:
        yield opened


@pytest.fixture
def informed(session: Session, enter: Register, settings: Settings) -> list[LedgerEntry]:
    """Two entries whose askers know the reply; their pairs wait to be published."""
    add_policy(session, RULE, now=MORNING)
    cipher, found = load_cipher(settings.data_dir), []
    for number in (1, 2):
        asker = keep_asker(session, AskerDetails(phone=f"1380000000{number}"), cipher=cipher)
        entry = enter(session, MORNING, asker_id=asker)
        # Each pair gets its caller's wording, and no two pairs may have the same.
        entry.question = f"第{number}类项目备案找谁？"
        desk = Desk(session)
        content = replace(
            ANSWER,
            question=f"第{number}类项目怎么备案？",
            basis=(Basis(RULE.key),),
            no_basis_reason="",
        )
        desk.answered(entry, content)
        desk.call(entry)
        assert entry.state is EntryState.INFORMED
        found.append(entry)
    return found


def states(session: Session, entries: list[LedgerEntry]) -> list[EntryState]:
    for entry in entries:
        session.refresh(entry)
    return [entry.state for entry in entries]


def test_a_withdrawal_closes_the_entries_of_its_pair_only(
    session: Session, informed: list[LedgerEntry]
) -> None:
    first, second = (find_pair(session, entry.pair_id or 0) for entry in informed)
    publish_pair(session, second, now=MORNING)
    withdraw_pair(session, first, "重复", by=person("甲"), now=MORNING)
    assert states(session, informed) == [EntryState.CLOSED, EntryState.INFORMED]
    assert close_completed(session, now=MORNING) == 1
    assert states(session, informed) == [EntryState.CLOSED, EntryState.CLOSED]


def test_a_policy_that_ends_closes_what_its_pairs_kept_open(
    session: Session, informed: list[LedgerEntry]
) -> None:
    for entry in informed:
        publish_pair(session, find_pair(session, entry.pair_id or 0), now=MORNING)
    withdrawn = end_policy_with_entries(session, RULE.key, now=MORNING)
    assert withdrawn == [entry.pair_id for entry in informed]
    assert states(session, informed) == [EntryState.CLOSED, EntryState.CLOSED]


def test_an_entry_that_somebody_else_moves_is_left_and_stops_nobody(
    session: Session, informed: list[LedgerEntry]
) -> None:
    for entry in informed:
        publish_pair(session, find_pair(session, entry.pair_id or 0), now=MORNING)
    # As a reader on PostgreSQL sees it: the row of another version than is stored.
    stale = informed[0].version
    moved = update(LedgerEntry).where(col(LedgerEntry.id) == informed[0].id)
    session.connection().execute(moved.values(version=stale + 1))
    assert informed[0].version == stale
    ids = [entry.pair_id or 0 for entry in informed]
    assert close_for_pairs(session, ids, now=MORNING) == 1
    assert states(session, informed) == [EntryState.INFORMED, EntryState.CLOSED]
    assert close_for_pairs(session, ids, now=MORNING) == 1


def test_entries_that_lack_something_do_not_keep_the_others_waiting(
    session: Session, enter: Register, informed: list[LedgerEntry]
) -> None:
    waiting = [enter(session, MORNING) for _ in range(3)]
    for entry in informed:
        publish_pair(session, find_pair(session, entry.pair_id or 0), now=MORNING)
    assert [close_completed(session, now=MORNING, limit=1) for _ in range(3)] == [1, 1, 0]
    assert all(state is not EntryState.CLOSED for state in states(session, waiting))
    assert find_pair(session, informed[0].pair_id or 0).status is PairStatus.PUBLISHED


def test_the_scheduled_job_goes_on_until_no_completed_entry_is_left(
    session: Session,
    informed: list[LedgerEntry],
    ledger: Engine,
    settings: Settings,
    calendar: WorkCalendar,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for entry in informed:
        publish_pair(session, find_pair(session, entry.pair_id or 0), now=MORNING)
    session.commit()
    monkeypatch.setattr(closing, "BATCH", 1)
    assert closing.close_entries(JobContext(settings, FixedClock(MORNING), ledger, calendar)) == 2
    assert states(session, informed) == [EntryState.CLOSED, EntryState.CLOSED]
