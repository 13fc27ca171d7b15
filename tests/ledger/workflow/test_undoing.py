from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from desk import MORNING, OPERATOR, REVIEWER, SUPERVISOR, Desk, Register, member, step
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.knowledge.models import QAPair
from qa_service.ledger.deadlines.due_dates import ask_extension, extend
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.prior_values import PriorValues
from qa_service.ledger.queries import entry_events
from qa_service.ledger.workflow import assignment, closing, replies
from qa_service.ledger.workflow.steps import co_units
from qa_service.ledger.workflow.undoing import UndoRefusedError, undo, undoable_act
from qa_service.ledger.workflow.voiding import VoidRefusedError, void
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, CallOutcome, EntryState, PairStatus
from qa_service.workdays.calendar import WorkCalendar

SOON = MORNING + timedelta(minutes=9)
LATE = MORNING + timedelta(minutes=11)
KEPT = (
    "state",
    "unit_id",
    "assigned_at",
    "joined_to_id",
    "pair_id",
    "pair_declined",
    "extended_workdays",
    "due_on",
    "due_provisional",
    "informed_at",
    "closed_at",
    "extension_asked_at",
)

Act = Callable[[Session, LedgerEntry], object]
Task = tuple[Session, LedgerEntry, LedgerEntry]


def columns(entry: LedgerEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in KEPT}


ACTS: dict[str, tuple[EntryState, Act]] = {
    "accept": (EntryState.ASSIGNED, lambda s, e: Desk(s).accept(e)),
    "return": (
        EntryState.ASSIGNED,
        lambda s, e: assignment.return_entry(
            s,
            e,
            step(Desk(s).lead(e), reason="非本单位"),
            calendar=WorkCalendar({}),
            return_workdays=2,
        ),
    ),
    "assign": (
        EntryState.ASSIGNED,
        lambda s, e: assignment.assign(s, e, step(SUPERVISOR), unit="tax", helpers=["pensions"]),
    ),
    "draft": (EntryState.ACCEPTED, lambda s, e: Desk(s).draft(e)),
    "approve": (EntryState.DRAFTED, lambda s, e: Desk(s).approve(e)),
    "send_back": (
        EntryState.DRAFTED,
        lambda s, e: replies.send_back(s, e, step(REVIEWER, reason="请补依据"), reply=1),
    ),
    "inform": (EntryState.APPROVED, lambda s, e: Desk(s).call(e, CallOutcome.NO_CONTACT)),
    "decline": (
        EntryState.APPROVED,
        lambda s, e: closing.decline_draft(s, e, step(REVIEWER, reason="不宜入库")),
    ),
    "extend": (
        EntryState.ACCEPTED,
        lambda s, e: extend(
            s,
            e,
            step(SUPERVISOR, reason="情况复杂"),
            workdays=2,
            calendar=WorkCalendar({}),
            longest=10,
        ),
    ),
    "ask_extension": (
        EntryState.ACCEPTED,
        lambda s, e: ask_extension(s, e, step(Desk(s).lead(e), reason="需会商")),
    ),
    "void": (EntryState.APPROVED, lambda s, e: void(s, e, step(SUPERVISOR, reason="重复登记"))),
}


def lead_to(session: Session, entry: LedgerEntry, state: EntryState) -> None:
    desk = Desk(session)
    earlier = MORNING - timedelta(hours=1)
    desk.now = earlier
    for reached, act in (
        (EntryState.ACCEPTED, desk.accept),
        (EntryState.DRAFTED, desk.draft),
        (EntryState.APPROVED, desk.approve),
    ):
        if entry.state is state:
            return
        act(entry)
        assert entry.state is reached


class TestUndo:
    @pytest.mark.parametrize("name", list(ACTS))
    def test_restores_every_column(self, ledger: Engine, enter: Register, name: str) -> None:
        state, act = ACTS[name]
        with session_scope(ledger) as session:
            entry = enter(session, MORNING - timedelta(hours=2))
            lead_to(session, entry, state)
            before = columns(entry)
            pair_before = status_of_pair(session, entry)
            act(session, entry)
            assert columns(entry) != before
            actor = actor_of_last(session, entry)
            undo(session, entry, step(actor, SOON))
            assert columns(entry) == before
            assert status_of_pair(session, entry) == pair_before
            assert entry_events(session, entry.number)[-1].verb is Action.UNDO
            with pytest.raises(UndoRefusedError):
                undo(session, entry, step(actor, SOON))

    @pytest.mark.parametrize("name", list(ACTS))
    def test_is_of_its_actor_for_ten_minutes(
        self, ledger: Engine, enter: Register, name: str
    ) -> None:
        state, act = ACTS[name]
        with session_scope(ledger) as session:
            entry = enter(session, MORNING - timedelta(hours=2))
            lead_to(session, entry, state)
            act(session, entry)
            after, actor = columns(entry), actor_of_last(session, entry)
            for who, when in ((member(session, "tax", "旁人"), SOON), (actor, LATE)):
                assert undoable_act(session, entry, actor=who, now=when) is None
                with pytest.raises(UndoRefusedError):
                    undo(session, entry, step(who, when))
            assert columns(entry) == after

    def test_is_refused_when_somebody_went_on(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            assignment.assign(session, entry, step(SUPERVISOR), unit="tax")
            Desk(session).accept(entry)
            with pytest.raises(UndoRefusedError, match="本人"):
                undo(session, entry, step(SUPERVISOR, SOON))

    def test_of_a_call_lets_it_be_recorded_again(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING - timedelta(hours=2))
            lead_to(session, entry, EntryState.APPROVED)
            Desk(session).call(entry, CallOutcome.NO_CONTACT)
            undo(session, entry, step(OPERATOR, SOON))
            assert list(closing.callbacks(session, entry)) == []
            Desk(session, SOON).call(entry, CallOutcome.NO_CONTACT)
            assert [one.attempt for one in closing.callbacks(session, entry)] == [1]

    def test_of_an_approval_lets_another_approve(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING - timedelta(hours=2))
            lead_to(session, entry, EntryState.DRAFTED)
            Desk(session).approve(entry)
            undo(session, entry, step(REVIEWER, SOON))
            reply = replies.last_reply(session, entry)
            assert reply is not None
            assert reply.approved_by is None
            Desk(session, SOON).approve(entry)
            assert entry.state is EntryState.APPROVED

    def test_of_an_assignment_takes_the_helpers_back(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            assignment.assign(session, entry, step(SUPERVISOR), unit="tax", helpers=["pensions"])
            assert len(co_units(session, entry)) == 1
            undo(session, entry, step(SUPERVISOR, SOON))
            assert co_units(session, entry) == []

    def test_of_a_join_separates_the_entry_and_those_joined_to_it(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            hour_ago = MORNING - timedelta(hours=1)
            lead, entry, follower = (enter(session, hour_ago) for _ in range(3))
            early = step(OPERATOR, MORNING - timedelta(minutes=1))
            assignment.join(session, follower, entry, early)
            assignment.join(session, entry, lead, step(OPERATOR))
            assert follower.joined_to_id == lead.id
            undo(session, entry, step(OPERATOR, SOON))
            session.refresh(follower)
            assert (entry.joined_to_id, follower.joined_to_id) == (None, entry.id)

    def test_of_a_task_moves_the_joined_entries_back(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            lead, follower = (enter(session, MORNING - timedelta(hours=2)) for _ in range(2))
            assignment.join(session, follower, lead, step(OPERATOR, MORNING - timedelta(hours=1)))
            Desk(session).accept(lead)
            undo(session, lead, step(Desk(session).lead(lead), SOON))
            session.refresh(follower)
            assert lead.state is follower.state is EntryState.ASSIGNED


class TestVoidedFollower:
    @pytest.fixture
    def task(self, ledger: Engine, enter: Register) -> Iterator[Task]:
        """A lead, and an entry joined to it that was just voided."""
        with session_scope(ledger) as session:
            lead, follower = (enter(session, MORNING - timedelta(hours=2)) for _ in range(2))
            assignment.join(session, follower, lead, step(OPERATOR, MORNING - timedelta(hours=1)))
            void(session, follower, step(SUPERVISOR, reason="重复登记"))
            yield session, lead, follower

    def test_follows_its_lead_again_if_that_stands_where_it_stood(self, task: Task) -> None:
        session, lead, follower = task
        undo(session, follower, step(SUPERVISOR, SOON))
        Desk(session).accept(lead)
        session.refresh(follower)
        assert (follower.state, follower.joined_to_id) == (EntryState.ACCEPTED, lead.id)

    @pytest.mark.parametrize("move", ["accept", "assign", "void", "join"])
    def test_stays_voided_once_its_lead_went_on_without_it(
        self, task: Task, enter: Register, move: str
    ) -> None:
        session, lead, follower = task
        supervisor = step(SUPERVISOR, reason="另行办理")
        if move == "accept":
            Desk(session).accept(lead)
        elif move == "assign":
            assignment.assign(session, lead, supervisor, unit="tax")
        elif move == "void":
            void(session, lead, supervisor)
        else:
            assignment.join(session, lead, enter(session, MORNING), supervisor)
        assert undoable_act(session, follower, actor=SUPERVISOR, now=SOON) is None
        with pytest.raises(UndoRefusedError, match=f"主案 {lead.number} 已另有办理"):
            undo(session, follower, step(SUPERVISOR, SOON))
        assert follower.state is EntryState.VOIDED


class TestVoid:
    def test_keeps_the_number_and_withdraws_the_draft(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            Desk(session).answered(entry)
            number = entry.number
            void(session, entry, step(SUPERVISOR, reason="重复登记"))
            assert (entry.number, entry.state) == (number, EntryState.VOIDED)
            assert status_of_pair(session, entry) is PairStatus.WITHDRAWN

    def test_makes_joined_entries_tasks_of_their_own(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            lead, follower = enter(session, MORNING), enter(session, MORNING)
            assignment.join(session, follower, lead, step(OPERATOR))
            Desk(session).accept(lead)
            Desk(session).draft(lead)
            void(session, lead, step(SUPERVISOR, reason="重复登记"))
            session.refresh(follower)
            assert (follower.joined_to_id, follower.state) == (None, EntryState.ACCEPTED)
            Desk(session).draft(follower)

    def test_is_refused_while_others_wait_for_its_reply(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            lead, follower = enter(session, MORNING), enter(session, MORNING)
            assignment.join(session, follower, lead, step(OPERATOR))
            Desk(session).answered(lead)
            with pytest.raises(VoidRefusedError, match=follower.number):
                void(session, lead, step(SUPERVISOR, reason="重复登记"))


def test_prior_values_are_read_back_as_they_were(ledger: Engine, enter: Register) -> None:
    with session_scope(ledger) as session:
        entry = enter(session, MORNING)
        prior = PriorValues.replaced_by(dict.fromkeys(KEPT), entry)
        assert PriorValues.load(prior.dump()).values == prior.values


def status_of_pair(session: Session, entry: LedgerEntry) -> PairStatus | None:
    pair = session.get(QAPair, entry.pair_id) if entry.pair_id else None
    return pair.status if pair else None


def actor_of_last(session: Session, entry: LedgerEntry) -> Actor:
    """The person of the last event that a person caused."""
    event = next(e for e in reversed(entry_events(session, entry.number)) if e.actor_person_id)
    people = (SUPERVISOR, REVIEWER, OPERATOR, Desk(session).lead(entry))
    return next(one for one in people if one.person_id == event.actor_person_id)
