"""Random people make random moves: no entry is lost, none is closed without a reply."""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from actors import person
from desk import ANSWER, MORNING, RULE, store_rule
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from ledger_fixtures import UNITS, make_registration
from reviewing import publish_pair
from sqlmodel import Session, col, func, select

from qa_service.accounts.authority import Authority
from qa_service.accounts.units import store_unit
from qa_service.errors import QAServiceError
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.queries import has_work
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.review.service import PrecheckFailedError
from qa_service.ledger.deadlines import due_dates
from qa_service.ledger.deadlines.reminders import urge
from qa_service.ledger.models import Callback, LedgerEntry, LedgerEvent, LedgerReply
from qa_service.ledger.queries import entry_events
from qa_service.ledger.routing import route
from qa_service.ledger.service import register
from qa_service.ledger.workflow import assignment, calling, closing, replies
from qa_service.ledger.workflow.steps import Command
from qa_service.ledger.workflow.transitions import TRANSITIONS
from qa_service.ledger.workflow.undoing import undo
from qa_service.ledger.workflow.voiding import void
from qa_service.outbox.models import OutboxEvent
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import upgrade
from qa_service.vocabulary import FINISHED, Action, CallOutcome, EntryState, Role, Statement
from qa_service.workdays.calendar import WorkCalendar

CALENDAR = WorkCalendar({})
NEXT = {
    EntryState.REGISTERED: Action.ASSIGN,
    EntryState.RETURNED: Action.ASSIGN,
    EntryState.ASSIGNED: Action.ACCEPT,
    EntryState.ACCEPTED: Action.DRAFT,
    EntryState.DRAFTED: Action.APPROVE,
    EntryState.APPROVED: Action.INFORM,
    EntryState.INFORMED: Action.DECLINE,
}
ROLES = st.sampled_from([Role.OPERATOR, Role.UNIT, Role.REVIEWER, Role.SUPERVISOR, Role.EDITOR])
PLACES = st.integers(min_value=0, max_value=5)
NAMES = st.sampled_from(["甲", "乙", "丙"])
REASONS = st.sampled_from(["", "理由充分"])
PASSED = st.sampled_from([timedelta(minutes=5), timedelta(days=1), timedelta(days=4)])


@pytest.fixture(scope="module", autouse=True)
def _template(tmp_path_factory: pytest.TempPathFactory) -> None:
    LedgerMachine.template = tmp_path_factory.mktemp("machine") / "empty.db"
    engine = open_engine(f"sqlite:///{LedgerMachine.template}")
    upgrade(engine)
    with session_scope(engine) as session:
        for unit in UNITS:
            store_unit(session, unit)
        store_rule(session)
    engine.dispose()


class LedgerMachine(RuleBasedStateMachine):
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        file = Path(self.folder) / "ledger.db"
        shutil.copy(self.template, file)
        self.engine = open_engine(f"sqlite:///{file}")
        self.now: datetime = MORNING
        self.registered: set[str] = set()

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        self.enter()

    @rule()
    def enter(self) -> None:
        with session_scope(self.engine) as session:
            entry = register(
                session,
                make_registration(self.now),
                route=route(session, area=None, nearest_unit=None),
                calendar=CALENDAR,
                workdays=5,
                actor=person("坐席"),
                now=self.now,
            )
            self.registered.add(entry.number)

    @rule(passed=PASSED)
    def wait(self, passed: timedelta) -> None:
        self.now += passed

    @rule(place=PLACES)
    def advance(self, place: int) -> None:
        """Whoever's turn it is does what is owed next, so that entries get to their end."""
        with session_scope(self.engine, read_only=True) as session:
            entries = session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id))).all()
            verb = NEXT.get(entries[place % len(entries)].state)
        if verb is not None:
            name = "审核人" if verb is Action.APPROVE else "承办人"
            role = min(TRANSITIONS[verb].roles)
            self.attempt(place, name, role, "理由充分", verb, 0, CallOutcome.NO_CONTACT)

    @rule(
        place=PLACES,
        name=NAMES,
        role=ROLES,
        reason=REASONS,
        verb=st.sampled_from([Action.UNDO, Action.VOID, *TRANSITIONS, Action.UNDO]),
        other=PLACES,
        outcome=st.sampled_from(list(CallOutcome)),
    )
    def move(self, **given: object) -> None:
        self.attempt(**given)

    def attempt(
        self,
        place: int,
        name: str,
        role: Role,
        reason: str,
        verb: Action,
        other: int,
        outcome: CallOutcome,
    ) -> None:
        with session_scope(self.engine) as session:
            entries = session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id))).all()
            entry = entries[place % len(entries)]
            lead = entries[other % len(entries)]
            actor = person(name, Authority.of({role}, entry.unit_id))
            step = Command(actor, self.now, entry.version, reason)
            before = self.facts(session, entry)
            try:
                with session.begin_nested():
                    self.act(session, entry, verb, step, lead, outcome)
            except QAServiceError:
                session.expire_all()
                assert self.facts(session, entry) == before
                return
            session.refresh(entry)
            after = self.facts(session, entry)
            assert after[1] > before[1], "a move without an event"
            assert after[2] > before[2], "a move that other systems are not told"
            assert entry.version > step.version

    def act(
        self,
        session: Session,
        entry: LedgerEntry,
        verb: Action,
        step: Command,
        lead: LedgerEntry,
        outcome: CallOutcome,
    ) -> None:
        content = replace(ANSWER, question=f"问题{entry.number}", basis=(Basis(RULE),))
        acts = {
            Action.ASSIGN: lambda: assignment.assign(
                session, entry, step, unit="tax", helpers=["pensions"]
            ),
            Action.ACCEPT: lambda: assignment.accept(session, entry, step),
            Action.RETURN: lambda: assignment.return_entry(
                session, entry, step, calendar=CALENDAR, return_workdays=2
            ),
            Action.CONTRIBUTE: lambda: assignment.contribute(session, entry, step, "意见"),
            Action.DRAFT: lambda: replies.draft_reply(session, entry, step, content),
            Action.APPROVE: lambda: replies.approve_reply(
                session,
                entry,
                step,
                reply=self.reply_number(session, entry),
                statements=list(Statement),
            ),
            Action.SEND_BACK: lambda: replies.send_back(
                session, entry, step, reply=self.reply_number(session, entry)
            ),
            Action.CALL: lambda: calling.record_call(session, entry, step, outcome=outcome),
            Action.INFORM: lambda: calling.record_call(session, entry, step, outcome=outcome),
            Action.DECLINE: lambda: closing.decline_draft(session, entry, step),
            Action.CLOSE: lambda: closing.close(session, entry, step),
            Action.EXTEND: lambda: due_dates.extend(
                session, entry, step, workdays=3, calendar=CALENDAR, longest=10
            ),
            Action.ASK_EXTENSION: lambda: due_dates.ask_extension(session, entry, step),
            Action.URGE: lambda: urge(session, entry, step),
            Action.JOIN: lambda: assignment.join(session, entry, lead, step),
            Action.REFUSE_EXTENSION: lambda: due_dates.refuse_extension(session, entry, step),
            Action.VOID: lambda: void(session, entry, step),
            Action.UNDO: lambda: undo(session, entry, step),
        }
        if verb in acts:
            acts[verb]()
        else:
            raise QAServiceError("没有这个事项")

    @rule(place=PLACES)
    def publish(self, place: int) -> None:
        with session_scope(self.engine) as session:
            entries = session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id))).all()
            entry = entries[place % len(entries)]
            if entry.pair_id is not None and not entry.pair_declined:
                pair = find_pair(session, entry.pair_id)
                # Another pair may have the same wording by now: then this one stays a draft.
                if has_work(pair):
                    with suppress(PrecheckFailedError):
                        publish_pair(session, pair, now=self.now)
                closing.close_completed(session, now=self.now)

    @invariant()
    def nothing_is_lost(self) -> None:
        with session_scope(self.engine, read_only=True) as session:
            assert set(session.exec(select(LedgerEntry.number)).all()) == self.registered

    @invariant()
    def nothing_is_closed_without_reply_call_and_a_settled_pair(self) -> None:
        with session_scope(self.engine, read_only=True) as session:
            closed = select(LedgerEntry).where(LedgerEntry.state == EntryState.CLOSED)
            for entry in session.exec(closed).all():
                reply = replies.last_reply(session, entry)
                assert reply is not None
                assert reply.approved_by not in (None, reply.author)
                assert entry.closed_at is not None
                assert entry.informed_at is not None
                assert entry.pair_declined or closing.is_pair_done(session, entry)
                calls = select(func.count()).where(Callback.entry_id == entry.id)
                assert session.exec(calls).one() >= 1

    @invariant()
    def nobody_waits_for_a_voided_entry(self) -> None:
        with session_scope(self.engine, read_only=True) as session:
            entries = session.exec(select(LedgerEntry)).all()
            voided = {entry.id for entry in entries if entry.state is EntryState.VOIDED}
            for entry in entries:
                assert entry.joined_to_id not in voided or entry.state in FINISHED
                assert entry.closed_at is not None or entry.state not in FINISHED

    @invariant()
    def the_last_event_tells_the_state(self) -> None:
        with session_scope(self.engine, read_only=True) as session:
            for entry in session.exec(select(LedgerEntry)).all():
                events = entry_events(session, entry.number)
                assert events[-1].to_state is entry.state
                for earlier, later in pairwise(events):
                    assert later.from_state is earlier.to_state

    @invariant()
    def only_an_extension_moves_the_deadline(self) -> None:
        with session_scope(self.engine, read_only=True) as session:
            for entry in session.exec(select(LedgerEntry)).all():
                assert (entry.due_on == entry.original_due_on) == (entry.extended_workdays == 0)
                events = entry_events(session, entry.number)
                undone = {event.details.undone for event in events}
                granted = [
                    event
                    for event in events
                    if event.verb == Action.EXTEND and event.id not in undone
                ]
                assert (
                    sum(event.details.workdays or 0 for event in granted) == entry.extended_workdays
                )
                assert all(event.reason and event.details.approver for event in granted)

    @staticmethod
    def reply_number(session: Session, entry: LedgerEntry) -> int:
        reply = replies.last_reply(session, entry)
        return reply.number if reply else 0

    @staticmethod
    def facts(session: Session, entry: LedgerEntry) -> tuple[EntryState, int, int, int]:
        events = select(func.count()).where(LedgerEvent.entry_id == entry.id)
        told = select(func.count()).where(OutboxEvent.subject == entry.number)
        replies = select(func.count()).where(LedgerReply.entry_id == entry.id)
        counts = (session.exec(statement).one() for statement in (events, told, replies))
        return (entry.state, *counts)


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=5, stateful_step_count=25, deadline=None)


@pytest.mark.slow
@pytest.mark.timeout(900)
class TestLongHistories(LedgerMachine.TestCase):
    settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
