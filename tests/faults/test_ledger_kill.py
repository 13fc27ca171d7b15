"""Killed between any two writes, a move is there with its event and its message, or not at all."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scratch_service import lay_test_corpus

pytestmark = pytest.mark.faults

PROGRAM = """
import os, signal, sys
from datetime import date, datetime, timedelta
from sqlalchemy import event
from sqlmodel import select
from qa_service.accounts.authority import Authority
from qa_service.vocabulary import Role, Statement
from qa_service.accounts.units import UnitContent, store_unit
from qa_service.clock import BEIJING
from qa_service.ledger.workflow import assignment, calling, closing, replies
from qa_service.ledger.models import CallOutcome, EntryState, LedgerEntry
from qa_service.accounts.actor import Actor, ActorKind
from qa_service.ledger.workflow.steps import Command
from qa_service.ledger.deadlines.reminders import remind_due
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration, register
from qa_service.outbox.models import OutboxEvent
from qa_service.services import open_calendar, open_database
from qa_service.vocabulary import PolicyArea
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
def step(role, name, entry, reason="个案"):
    authority = Authority.of({role}, entry.unit_id)
    actor = Actor(ActorKind.PERSON, name, authority, person_id=[*Role].index(role) + 1)
    return Command(actor, NOW, entry.version, reason)

def enter(session, _entry):
    calendar = open_calendar(Settings(_env_file=None))
    registration = Registration("外商投资项目怎么备案？", None, None, None, NOW)
    unit = route(session, area=None, nearest_unit=None)
    register(session, registration, route=unit, calendar=calendar, workdays=5, now=NOW,
        actor=Actor.clockwork("甲"))

def draft(session, entry):
    content = replies.ReplyContent(
        area=PolicyArea.INVESTMENT, question="怎样备案", answer="网上填报。",
        phone_script="网上填报。", effective_from=date(2026, 1, 1), no_basis_reason="操作指引",
    )
    replies.draft_reply(session, entry, step(Role.UNIT, "承办", entry), content)

TRANSITIONS = {
    None: enter,
    EntryState.ASSIGNED: lambda s, e: assignment.accept(s, e, step(Role.UNIT, "承办", e)),
    EntryState.ACCEPTED: draft,
    EntryState.DRAFTED: lambda s, e: replies.approve_reply(
        s, e, step(Role.REVIEWER, "审核", e, ""), reply=1, statements=list(Statement)),
    EntryState.APPROVED: lambda s, e: calling.record_call(
        s, e, step(Role.OPERATOR, "坐席", e), outcome=CallOutcome.NO_CONTACT),
    EntryState.INFORMED: lambda s, e: closing.decline_draft(s, e, step(Role.REVIEWER, "审核", e)),
}
def work(left):
    settings = Settings(_env_file=None)
    database = open_database(settings)
    calendar = open_calendar(settings)
    with session_scope(database) as session:
        store_unit(session, UnitContent("office", "政务服务办", (), is_default=True))

    @event.listens_for(database, "after_cursor_execute")
    def die(_connection, _cursor, statement, *_rest):
        nonlocal left
        if statement.split()[0] in {"INSERT", "UPDATE", "DELETE"}:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    while True:
        with session_scope(database) as session:
            entry = session.exec(select(LedgerEntry)).first()
            state = entry.state if entry else None
            if state is EntryState.CLOSED:
                break
            TRANSITIONS[state](session, entry)
        with session_scope(database) as session:
            remind_due(session, calendar=calendar, now=NOW + timedelta(days=7))


# Everything is imported once; each attempt is a process of its own that can be killed.
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        folder, writes = line.split()
        os.chdir(folder)
        try:
            work(int(writes))
        except BaseException:
            # A child that failed must end at once: its locks are those of a process with threads.
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

MISPLACED = """
SELECT count(*) FROM ledger_entry AS entry WHERE entry.state != (
    SELECT to_state FROM ledger_event WHERE entry_id = entry.id ORDER BY id DESC LIMIT 1
)
"""
EVENTS = "SELECT count(*) FROM ledger_event"
MESSAGES = "SELECT count(*) FROM outbox_event "
MESSAGES += "WHERE topic LIKE 'ledger.%' AND topic != 'ledger.reminder'"
TOLD_REMINDERS = "SELECT count(*) FROM outbox_event WHERE topic = 'ledger.reminder'"
DUE_REMINDERS = "SELECT count(*) FROM reminder WHERE NOT superseded"
GAPS = """
SELECT (SELECT coalesce(sum(last), 0) FROM ledger_sequence) - (SELECT count(*) FROM ledger_entry)
"""
MISSING_REPLIES = """
SELECT count(*) FROM ledger_entry WHERE state NOT IN ('registered', 'assigned', 'accepted')
AND id NOT IN (SELECT entry_id FROM ledger_reply)
"""
MISSING_PAIRS = """
SELECT count(*) FROM ledger_entry WHERE state IN ('approved', 'informed', 'closed')
AND pair_id NOT IN (SELECT id FROM qa_pair WHERE origin = ledger_entry.number)
"""


@dataclass(frozen=True)
class Attempts:
    """Runs the program in one folder again and again, killed at a given write."""

    nursery: subprocess.Popen[str]
    folder: Path

    def run(self, writes: int) -> int:
        """How the attempt ended: 0 when it came to the end, else the signal, negative."""
        assert self.nursery.stdin
        assert self.nursery.stdout
        print(self.folder, writes, file=self.nursery.stdin, flush=True)
        return int(self.nursery.stdout.readline())


def count(folder: Path, statement: str) -> int:
    with sqlite3.connect(folder / "data" / "qa_service.db") as connection:
        return int(connection.execute(statement).fetchone()[0])


def check(folder: Path) -> None:
    assert count(folder, MISPLACED) == 0
    assert count(folder, EVENTS) == count(folder, MESSAGES)
    assert count(folder, TOLD_REMINDERS) == count(folder, DUE_REMINDERS)
    assert count(folder, GAPS) == 0
    assert count(folder, MISSING_REPLIES) == 0
    assert count(folder, MISSING_PAIRS) == 0


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """A process that has imported everything and starts the attempts."""
    own = {"QA_DATA_DIR": "data", "QA_CORPUS_DIR": "corpus", "QA_INDEX_DIR": "index"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@pytest.fixture
def attempts(nursery: subprocess.Popen[str], migrated: Path, tmp_path: Path) -> Attempts:
    lay_test_corpus(tmp_path / "corpus")
    (tmp_path / "data").mkdir()
    shutil.copy(migrated, tmp_path / "data" / "qa_service.db")
    return Attempts(nursery, tmp_path)


class TestKilledBetweenWrites:
    def test_nothing_is_half_done_and_the_rest_goes_on(self, attempts: Attempts) -> None:
        killed = 0
        # Each restart goes on from where the one before was killed.
        for writes in (1, 3, 5, 7, 9, 11, 13):
            ended = attempts.run(writes)
            check(attempts.folder)
            if ended == 0:
                break
            assert ended == -signal.SIGKILL
            killed += 1
        assert killed >= 4
        assert attempts.run(10_000) == 0
        check(attempts.folder)
        assert count(attempts.folder, "SELECT count(*) FROM ledger_entry") == 1
        assert count(attempts.folder, "SELECT count(*) FROM callback") == 1
        assert count(attempts.folder, "SELECT count(*) FROM ledger_reply") == 1

    @pytest.mark.parametrize("writes", range(2, 32, 3))
    def test_from_the_beginning_at_any_write(self, attempts: Attempts, writes: int) -> None:
        assert attempts.run(writes) == -signal.SIGKILL
        check(attempts.folder)
        assert attempts.run(10_000) == 0
        check(attempts.folder)
