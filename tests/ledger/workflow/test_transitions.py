from datetime import timedelta

import pytest
from actors import person
from desk import (
    ANSWER,
    MORNING,
    OPERATOR,
    REVIEWER,
    SUPERVISOR,
    Desk,
    Register,
    member,
    step,
    unit_id,
)
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from qa_service.accounts.authority import Authority
from qa_service.ledger.askers.details import AskerDetails, keep_asker
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.ledger.queries import entry_events
from qa_service.ledger.workflow import assignment, calling, closing, replies
from qa_service.ledger.workflow.assignment import (
    JoinRefusedError,
    OpinionNeededError,
    ReturnTooLateError,
    UnknownUnitError,
)
from qa_service.ledger.workflow.steps import (
    JoinedEntryError,
    ReasonNeededError,
    StaleEntryError,
    find_by_number,
)
from qa_service.ledger.workflow.transitions import (
    TRANSITIONS,
    IllegalTransitionError,
    TransitionNotPermittedError,
)
from qa_service.ledger.workflow.voiding import void
from qa_service.settings import Settings
from qa_service.storage.encryption import load_cipher
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import FINISHED, Action, CallOutcome, EntryState, PolicyArea, Role
from qa_service.workdays.calendar import WorkCalendar

PENSIONS = PolicyArea.ELDERLY_CARE


class TestTable:
    def test_every_state_but_the_last_can_be_left(self) -> None:
        left = {state for move in TRANSITIONS.values() if move.target for state in move.sources}
        assert left == set(EntryState) - set(FINISHED)

    def test_every_state_but_the_first_can_be_reached(self) -> None:
        reached = {move.target for move in TRANSITIONS.values() if move.target}
        assert reached == set(EntryState) - {EntryState.REGISTERED}

    def test_nothing_happens_to_a_closed_entry(self) -> None:
        assert not [move for move in TRANSITIONS.values() if EntryState.CLOSED in move.sources]

    def test_an_entry_is_closed_only_after_an_approved_reply(self) -> None:
        closing_moves = [move for move in TRANSITIONS.values() if move.target is EntryState.CLOSED]
        sources = {state for move in closing_moves for state in move.sources}
        assert sources == {EntryState.APPROVED, EntryState.INFORMED}


class TestWay:
    def test_an_entry_goes_from_receipt_to_the_asker(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            desk = Desk(session)
            desk.answered(entry)
            assert entry.state is EntryState.APPROVED
            desk.call(entry, CallOutcome.NO_CONTACT)
            assert entry.state is EntryState.INFORMED
            states = [event.to_state for event in entry_events(session, entry.number)]
        assert states == [
            EntryState.REGISTERED,
            EntryState.ASSIGNED,
            EntryState.ACCEPTED,
            EntryState.DRAFTED,
            EntryState.APPROVED,
            EntryState.INFORMED,
        ]

    def test_a_move_the_state_does_not_allow_names_those_it_does(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            with pytest.raises(IllegalTransitionError) as refused:
                closing.close(session, entry, step(OPERATOR))
            assert "现为“待签收”，不能销号" in refused.value.message
            assert "签收" in refused.value.message
            assert "退回" in refused.value.message

    def test_a_move_is_for_its_roles_alone(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            with pytest.raises(TransitionNotPermittedError, match="应由承办单位办理"):
                assignment.accept(session, entry, step(OPERATOR))

    def test_a_unit_moves_its_own_entries_only(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING, area=PENSIONS)
            with pytest.raises(TransitionNotPermittedError):
                assignment.accept(session, entry, step(member(session, "tax")))
            assignment.accept(session, entry, step(member(session, "pensions")))

    def test_of_two_people_who_saw_the_same_entry_one_is_told(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            seen = entry.version
            lead = Desk(session).lead(entry)
            assignment.accept(session, entry, step(lead, version=seen))
            with pytest.raises(StaleEntryError, match="刚被他人办理"):
                assignment.return_entry(
                    session,
                    entry,
                    step(lead, version=seen, reason="不属本单位职责"),
                    calendar=WorkCalendar({}),
                    return_workdays=2,
                )
            assert entry.state is EntryState.ACCEPTED

    @pytest.mark.postgres
    def test_on_postgresql_the_later_of_two_open_transactions_is_told(
        self, postgres_ledger: Engine, enter: Register
    ) -> None:
        with session_scope(postgres_ledger) as session:
            number = enter(session, MORNING).number
        with session_scope(postgres_ledger) as first, session_scope(postgres_ledger) as second:
            mine, theirs = find_by_number(first, number), find_by_number(second, number)
            assignment.accept(first, mine, step(Desk(first).lead(mine)))
            first.commit()
            with pytest.raises(StaleEntryError):
                assignment.accept(second, theirs, step(Desk(second).lead(theirs)))


class TestEvents:
    @pytest.mark.parametrize(
        "change", ["UPDATE ledger_event SET reason = ''", "DELETE FROM ledger_event"]
    )
    def test_cannot_be_changed_or_deleted(
        self, ledger: Engine, enter: Register, change: str
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
        with pytest.raises(DBAPIError), session_scope(ledger) as session:
            session.execute(text(change))

    @pytest.mark.postgres
    def test_cannot_be_changed_on_postgresql_either(
        self, postgres_ledger: Engine, enter: Register
    ) -> None:
        with session_scope(postgres_ledger) as session:
            enter(session, MORNING)
        for change in ("UPDATE ledger_event SET reason = ''", "DELETE FROM ledger_event"):
            with pytest.raises(DBAPIError), session_scope(postgres_ledger) as session:
                session.execute(text(change))


class TestReturn:
    def return_entry(self, desk: Desk, entry: LedgerEntry, calendar: WorkCalendar) -> None:
        assignment.return_entry(
            desk.session,
            entry,
            step(desk.lead(entry), desk.now, reason="属税务局职责"),
            calendar=calendar,
            return_workdays=2,
        )

    def test_is_possible_for_two_working_days_after_assignment(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            late = Desk(session, MORNING + timedelta(days=3))
            with pytest.raises(ReturnTooLateError, match="2026-11-26"):
                self.return_entry(late, entry, calendar)
            self.return_entry(Desk(session, MORNING + timedelta(days=2)), entry, calendar)
            assert entry.state is EntryState.RETURNED

    def test_needs_a_reason(self, ledger: Engine, enter: Register, calendar: WorkCalendar) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            with pytest.raises(ReasonNeededError, match="退回须说明理由"):
                assignment.return_entry(
                    session,
                    entry,
                    step(Desk(session).lead(entry)),
                    calendar=calendar,
                    return_workdays=2,
                )

    def test_neither_it_nor_assignment_anew_moves_the_deadline(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            due_on = entry.due_on
            later = MORNING + timedelta(days=2)
            self.return_entry(Desk(session, later), entry, calendar)
            assignment.assign(session, entry, step(SUPERVISOR, later), unit="tax")
            assert (entry.state, entry.due_on) == (EntryState.ASSIGNED, due_on)
            assignment.accept(session, entry, step(member(session, "tax"), later))

    def test_the_days_to_return_begin_anew_with_the_new_unit(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            later = MORNING + timedelta(days=6)
            assignment.assign(session, entry, step(SUPERVISOR, later), unit="tax")
            self.return_entry(Desk(session, later + timedelta(days=1)), entry, calendar)
            assert entry.state is EntryState.RETURNED


class TestHelpers:
    def test_give_opinions_for_the_one_reply_of_the_lead_unit(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            assignment.assign(session, entry, step(SUPERVISOR), unit="tax", helpers=["pensions"])
            helper = member(session, "pensions")
            assignment.contribute(session, entry, step(helper), "涉及社保的部分请咨询我局")
            with pytest.raises(TransitionNotPermittedError):
                assignment.accept(session, entry, step(helper))
            assignment.accept(session, entry, step(member(session, "tax")))
            with pytest.raises(TransitionNotPermittedError):
                replies.draft_reply(session, entry, step(helper), ANSWER)
            with pytest.raises(OpinionNeededError):
                assignment.contribute(session, entry, step(helper), "  ")

    @pytest.mark.parametrize("helpers", [["nobody"], ["tax"]])
    def test_must_be_other_units_of_the_directory(
        self, ledger: Engine, enter: Register, helpers: list[str]
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            with pytest.raises(UnknownUnitError):
                assignment.assign(session, entry, step(SUPERVISOR), unit="tax", helpers=helpers)


class TestJoining:
    def test_askers_share_one_reply_and_each_is_called_back(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            lead, other = enter(session, MORNING), enter(session, MORNING + timedelta(days=1))
            due_on = other.due_on
            assignment.join(session, other, lead, step(OPERATOR))
            desk = Desk(session)
            desk.answered(lead)
            assert other.state is EntryState.APPROVED
            assert other.pair_id == lead.pair_id
            assert other.due_on == due_on
            desk.call(lead, CallOutcome.NO_CONTACT)
            assert other.state is EntryState.APPROVED
            desk.call(other, CallOutcome.NO_CONTACT)
            assert other.state is EntryState.INFORMED

    def test_a_joined_entry_is_handled_on_its_lead(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            lead, other = enter(session, MORNING), enter(session, MORNING)
            assignment.join(session, other, lead, step(OPERATOR))
            with pytest.raises(JoinedEntryError, match=lead.number):
                assignment.accept(session, other, step(Desk(session).lead(other)))

    def test_what_was_joined_to_an_entry_follows_it(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            first, second, third = (enter(session, MORNING) for _ in range(3))
            assignment.join(session, third, second, step(OPERATOR))
            assignment.join(session, second, first, step(OPERATOR))
            Desk(session).answered(first)
            assert third.state is EntryState.APPROVED

    def test_a_voided_one_joined_to_an_entry_stays_voided(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            first, second, third = (enter(session, MORNING) for _ in range(3))
            assignment.join(session, third, second, step(OPERATOR))
            void(session, third, step(SUPERVISOR, reason="重复登记"))
            assignment.join(session, second, first, step(SUPERVISOR))
            session.refresh(third)
            assert (third.state, third.joined_to_id) == (EntryState.VOIDED, second.id)

    def test_a_unit_joins_its_entry_to_a_lead_of_its_own_alone(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            own, lead, entry = (enter(session, MORNING, area=PENSIONS) for _ in range(3))
            assignment.assign(session, lead, step(SUPERVISOR), unit="tax", helpers=["pensions"])
            unit = member(session, "pensions")
            with pytest.raises(TransitionNotPermittedError, match="请退回并说明理由"):
                assignment.join(session, entry, lead, step(unit))
            assert (entry.state, entry.joined_to_id) == (EntryState.ASSIGNED, None)
            assignment.join(session, entry, own, step(unit))
            assert entry.joined_to_id == own.id

    @pytest.mark.parametrize("limits", [{}, {Role.SUPERVISOR: ("pensions",)}])
    def test_a_supervisor_of_the_entry_joins_it_to_any_lead(
        self, ledger: Engine, enter: Register, limits: dict[Role, tuple[str, ...]]
    ) -> None:
        with session_scope(ledger) as session:
            lead, entry = enter(session, MORNING), enter(session, MORNING, area=PENSIONS)
            within = {
                role: [unit_id(session, key) for key in keys] for role, keys in limits.items()
            }
            supervisor = person("督查乙", Authority.of({Role.SUPERVISOR}, limits=within))
            assert lead.unit_id != entry.unit_id
            assignment.join(session, entry, lead, step(supervisor))
            assert (entry.joined_to_id, entry.unit_id) == (lead.id, lead.unit_id)

    def test_an_entry_joins_a_reply_that_is_approved_already(
        self, ledger: Engine, enter: Register
    ) -> None:
        with session_scope(ledger) as session:
            lead, other = enter(session, MORNING), enter(session, MORNING)
            desk = Desk(session)
            desk.answered(lead)
            desk.call(lead, CallOutcome.NO_CONTACT)
            assignment.join(session, other, lead, step(OPERATOR))
            assert (other.state, other.pair_id) == (EntryState.APPROVED, lead.pair_id)

    def test_not_to_itself_nor_to_a_joined_one(self, ledger: Engine, enter: Register) -> None:
        with session_scope(ledger) as session:
            lead, other, third = (enter(session, MORNING) for _ in range(3))
            with pytest.raises(JoinRefusedError, match="自身"):
                assignment.join(session, lead, lead, step(OPERATOR))
            assignment.join(session, other, lead, step(OPERATOR))
            with pytest.raises(JoinRefusedError, match="主案"):
                assignment.join(session, third, other, step(OPERATOR))


class TestReveal:
    def test_shows_whom_to_call_and_keeps_who_looked(
        self, ledger: Engine, enter: Register, settings: Settings
    ) -> None:
        cipher = load_cipher(settings.data_dir)
        with session_scope(ledger) as session:
            details = AskerDetails(name="张女士", phone="13800000000")
            asker = keep_asker(session, details, cipher=cipher)
            entry = enter(session, MORNING, asker_id=asker)
            shown = calling.reveal_contact(
                session, entry, step(OPERATOR, reason="回复咨询人"), cipher=cipher
            )
            assert (shown.name, shown.phone) == ("张女士", "13800000000")
            last = entry_events(session, entry.number)[-1]
            assert (last.verb, last.actor) == (Action.REVEAL, "坐席甲")
            assert "13800000000" not in str(session.exec(select(LedgerEvent)).all())

    def test_is_not_for_the_unit(self, ledger: Engine, enter: Register, settings: Settings) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            someone = person("承办甲", Authority.of({Role.UNIT, Role.REVIEWER}, entry.unit_id))
            with pytest.raises(TransitionNotPermittedError):
                calling.reveal_contact(
                    session, entry, step(someone), cipher=load_cipher(settings.data_dir)
                )
            assert REVIEWER.authority.roles.isdisjoint(TRANSITIONS[Action.REVEAL].roles)
