from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from actors import person
from sqlalchemy import update
from sqlmodel import Session, func, select

from qa_service.accounts.authority import Authority
from qa_service.accounts.models import AuditEvent
from qa_service.clock import BEIJING
from qa_service.consultation.choosing import (
    AlreadyChosenError,
    ChoiceStandsError,
    NotACandidateError,
    choose,
    take_back,
)
from qa_service.consultation.duplicates.repeats import RepeatRefusedError, note_repeat, repeats_of
from qa_service.consultation.entry_voiding import void_unless_awaited
from qa_service.consultation.inquiry import RegisterMode
from qa_service.consultation.models import Choice, Consultation
from qa_service.consultation.queries import find_choice
from qa_service.consultation.service import (
    ConsultationNotFoundError,
    choose_none,
    find_consultation,
)
from qa_service.knowledge.models import SuggestionState
from qa_service.knowledge.pairs.variants.deciding import accept_suggestion
from qa_service.knowledge.pairs.variants.suggested import open_suggestions
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.ledger.askers.details import AskerDetails
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.ledger.queries import entry_events
from qa_service.ledger.workflow.steps import Command
from qa_service.ledger.workflow.undoing import UndoRefusedError, undoable_act
from qa_service.ledger.workflow.voiding import VoidRefusedError
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, AuditAction, EntryState, PolicyArea, Role

MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
QUESTION = "社保卡丢了怎么补办？"
UNKNOWN = {"question": "外商投资项目怎么备案？", "area": PolicyArea.INVESTMENT}
LATER = MORNING + timedelta(days=1)

Asking = Callable[..., Any]


@pytest.fixture
def shown(asking: Asking) -> Consultation:
    """A question with candidates to choose from."""
    held: Consultation = asking(QUESTION).consultation
    assert held.candidates
    return held


def tell(session: Session, held: Consultation, pair_id: int) -> Choice:
    return choose(session, held, pair_id, actor=person("坐席乙"), now=LATER)


def register(
    session: Session, services: Services, held: Consultation, asker: AskerDetails | None = None
) -> str:
    consultation = find_consultation(session, held.id)
    details = {"asker": asker} if asker else {}
    return choose_none(
        session, services.consultation, consultation, actor=person("坐席乙"), now=LATER, **details
    )


class TestChoose:
    def test_keeps_which_version_was_told_by_whom_and_when(
        self, shown: Consultation, services: Services
    ) -> None:
        told = shown.candidates[0]
        with session_scope(services.database) as session:
            tell(session, shown, told.qa_id)
        with session_scope(services.database, read_only=True) as session:
            kept = find_choice(session, shown.id)
            assert kept is not None
            assert (kept.pair_id, kept.version) == (told.qa_id, told.version)
            assert (kept.operator, kept.created_at) == ("坐席乙", LATER)

    def test_the_same_choice_again_changes_nothing(
        self, shown: Consultation, services: Services
    ) -> None:
        pair_id = shown.candidates[0].qa_id
        with session_scope(services.database) as session:
            first = tell(session, shown, pair_id)
        with session_scope(services.database) as session:
            again = choose(session, shown, pair_id, actor=person("坐席丙"), now=LATER)
            assert again.operator == first.operator
            assert session.exec(select(func.count()).select_from(Choice)).one() == 1

    def test_another_choice_is_refused(self, shown: Consultation, services: Services) -> None:
        first, second = (candidate.qa_id for candidate in shown.candidates[:2])
        with session_scope(services.database) as session:
            tell(session, shown, first)
            with pytest.raises(AlreadyChosenError):
                tell(session, shown, second)

    def test_a_pair_that_was_not_shown_is_refused(
        self, shown: Consultation, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            with pytest.raises(NotACandidateError) as refused:
                tell(session, shown, 10_000)
            assert find_choice(session, shown.id) is None
        assert [problem.field for problem in refused.value.problems] == ["qa_id"]

    def test_after_it_nothing_is_registered(self, shown: Consultation, services: Services) -> None:
        with session_scope(services.database) as session:
            tell(session, shown, shown.candidates[0].qa_id)
            with pytest.raises(AlreadyChosenError):
                register(session, services, shown)
            assert session.exec(select(LedgerEntry)).all() == []

    def test_a_registered_question_cannot_be_answered_any_more(
        self, shown: Consultation, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            register(session, services, shown)
            with pytest.raises(AlreadyChosenError):
                tell(session, shown, shown.candidates[0].qa_id)


class TestTakeBack:
    def undo(self, session: Session, held: Consultation, now: datetime = LATER) -> None:
        take_back(session, held, actor=person("坐席乙"), now=now)

    def test_lets_another_candidate_be_told(self, shown: Consultation, services: Services) -> None:
        first, second = (candidate.qa_id for candidate in shown.candidates[:2])
        with session_scope(services.database) as session:
            tell(session, shown, first)
            self.undo(session, shown)
            assert find_choice(session, shown.id) is None
            assert tell(session, shown, second).pair_id == second

    def test_lets_the_question_be_registered(self, shown: Consultation, services: Services) -> None:
        with session_scope(services.database) as session:
            tell(session, shown, shown.candidates[0].qa_id)
            self.undo(session, shown)
            assert register(session, services, shown) == "ZX20261124-0001"

    def test_writes_down_what_had_been_told_and_by_whom(
        self, shown: Consultation, services: Services
    ) -> None:
        told = shown.candidates[0]
        with session_scope(services.database) as session:
            tell(session, shown, told.qa_id)
            self.undo(session, shown)
        with session_scope(services.database, read_only=True) as session:
            (event,) = session.exec(
                select(AuditEvent).where(AuditEvent.action == AuditAction.TAKE_BACK.value)
            ).all()
            assert (event.actor, event.subject) == ("坐席乙", f"咨询 {shown.id}")
            assert event.details == {
                "pair": told.qa_id,
                "version": told.version,
                "told_by": "坐席乙",
            }

    def test_offers_the_wording_no_longer(self, asking: Asking, services: Services) -> None:
        once, twice = (asking("社保卡弄没了咋补一张").consultation for _ in range(2))
        pair_id = once.candidates[0].qa_id
        with session_scope(services.database) as session:
            for held in (once, twice):
                tell(session, held, pair_id)
            self.undo(session, once)
            (offered,) = open_suggestions(session, pair_id)
            assert offered.times == 1
            self.undo(session, twice)
            assert not open_suggestions(session, pair_id)

    def test_leaves_a_wording_that_was_accepted(self, asking: Asking, services: Services) -> None:
        held = asking("社保卡弄没了咋补一张").consultation
        pair_id = held.candidates[0].qa_id
        with session_scope(services.database) as session:
            tell(session, held, pair_id)
            (offered,) = open_suggestions(session, pair_id)
            accept_suggestion(
                session,
                offered.id or 0,
                text_check=text_problems,
                by=person("编辑甲"),
                now=LATER,
            )
            self.undo(session, held)
            assert offered.state is SuggestionState.ACCEPTED

    def test_of_nothing_changes_nothing(self, shown: Consultation, services: Services) -> None:
        with session_scope(services.database) as session:
            self.undo(session, shown)
            taken_back = select(AuditEvent).where(AuditEvent.action == AuditAction.TAKE_BACK.value)
            assert session.exec(taken_back).all() == []

    def test_is_of_ten_minutes(self, shown: Consultation, services: Services) -> None:
        with session_scope(services.database) as session:
            tell(session, shown, shown.candidates[0].qa_id)
            with pytest.raises(ChoiceStandsError, match="10 分钟"):
                self.undo(session, shown, LATER + timedelta(minutes=10, seconds=1))
            assert find_choice(session, shown.id) is not None
            self.undo(session, shown, LATER + timedelta(minutes=10))
            assert find_choice(session, shown.id) is None

    def test_is_of_its_actor(self, shown: Consultation, services: Services) -> None:
        with session_scope(services.database) as session:
            tell(session, shown, shown.candidates[0].qa_id)
            with pytest.raises(ChoiceStandsError):
                take_back(session, shown, actor=person("坐席丙"), now=LATER)

    def test_is_a_supervisors_later_with_a_reason(
        self, shown: Consultation, services: Services
    ) -> None:
        supervisor = person("督查甲", Authority.of({Role.SUPERVISOR}))
        next_week = LATER + timedelta(days=7)
        with session_scope(services.database) as session:
            tell(session, shown, shown.candidates[0].qa_id)
            with pytest.raises(ChoiceStandsError):
                take_back(session, shown, actor=supervisor, now=next_week)
            take_back(session, shown, actor=supervisor, now=next_week, reason="记错了人")
            assert find_choice(session, shown.id) is None

    def test_of_a_registration_voids_the_entry_and_frees_the_question(
        self, shown: Consultation, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            first = register(session, services, shown)
            self.undo(session, find_consultation(session, shown.id))
            entry = session.exec(select(LedgerEntry)).one()
            assert (entry.number, entry.state) == (first, EntryState.VOIDED)
            assert entry_events(session, first)[-1].verb is Action.UNDO
            assert register(session, services, shown) == "ZX20261124-0002"

    @pytest.mark.parametrize(
        ("name", "minutes"), [("坐席丙", 1), ("坐席乙", 11)], ids=["another", "too late"]
    )
    def test_of_a_registration_is_of_its_actor_for_ten_minutes(
        self, shown: Consultation, services: Services, name: str, minutes: int
    ) -> None:
        with session_scope(services.database) as session:
            register(session, services, shown)
            late = LATER + timedelta(minutes=minutes)
            with pytest.raises(ChoiceStandsError, match="台账"):
                take_back(session, shown, actor=person(name), now=late)
            assert session.exec(select(LedgerEntry.state)).one() is EntryState.ASSIGNED


class TestChooseNone:
    def test_registers_the_question_as_it_came_in(
        self, shown: Consultation, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            number = register(session, services, shown)
        with session_scope(services.database, read_only=True) as session:
            entry = session.exec(select(LedgerEntry)).one()
            assert entry.number == number == "ZX20261124-0001"
            assert (entry.question, entry.received_at) == (QUESTION, MORNING)
            assert entry.consultation_id == shown.id
            choice = find_choice(session, shown.id)
            assert choice is not None
            assert choice.pair_id is None
            for event in entry_events(session, number):
                assert (event.actor, event.occurred_at) == ("坐席乙", LATER)

    def test_again_it_gives_the_same_entry(self, shown: Consultation, services: Services) -> None:
        numbers = set()
        for _ in range(3):
            with session_scope(services.database) as session:
                numbers.add(register(session, services, shown))
        with session_scope(services.database, read_only=True) as session:
            assert len(session.exec(select(LedgerEntry)).all()) == len(numbers) == 1

    def test_a_question_registered_at_once_keeps_its_entry(
        self, asking: Asking, services: Services
    ) -> None:
        asked = asking(**UNKNOWN)
        with session_scope(services.database) as session:
            assert register(session, services, asked.consultation) == asked.entry.number

    def test_registers_what_was_not_registered_at_once(
        self, asking: Asking, services: Services
    ) -> None:
        asked = asking(**UNKNOWN, register=RegisterMode.NEVER)
        with session_scope(services.database) as session:
            assert register(session, services, asked.consultation) == "ZX20261124-0001"

    def test_an_asker_given_now_is_kept(self, shown: Consultation, services: Services) -> None:
        with session_scope(services.database) as session:
            register(session, services, shown, AskerDetails(phone="13800000000"))
        with session_scope(services.database, read_only=True) as session:
            asker = session.exec(select(Asker)).one()
            assert session.exec(select(LedgerEntry.asker_id)).one() == asker.id
            assert find_consultation(session, shown.id).asker_id == asker.id

    def test_an_asker_known_before_stays(self, asking: Asking, services: Services) -> None:
        asked = asking(
            **UNKNOWN, asker=AskerDetails(phone="13800000000"), register=RegisterMode.NEVER
        )
        with session_scope(services.database) as session:
            register(session, services, asked.consultation, AskerDetails(phone="13900000000"))
            assert session.exec(select(Asker.contact_masked)).all() == ["138******00"]


class TestFindConsultation:
    @pytest.mark.parametrize("consultation_id", ["", "unknown", "x" * 1000])
    def test_an_unknown_id_is_told(self, services: Services, consultation_id: str) -> None:
        with (
            session_scope(services.database, read_only=True) as session,
            pytest.raises(ConsultationNotFoundError),
        ):
            find_consultation(session, consultation_id)


class TestRepeat:
    def test_is_taken_back_and_the_history_of_the_entry_says_so(
        self, asking: Asking, services: Services
    ) -> None:
        entry = asking(**UNKNOWN, register=RegisterMode.AUTO).entry
        again = asking(**UNKNOWN, register=RegisterMode.NEVER).consultation
        operator = person("坐席乙")
        with session_scope(services.database) as session:
            held = find_consultation(session, again.id)
            note_repeat(session, held, entry.number, actor=operator, now=LATER)
        with session_scope(services.database) as session:
            held = find_consultation(session, again.id)
            with pytest.raises(ChoiceStandsError):
                take_back(session, held, actor=person("坐席丙"), now=LATER)
            take_back(session, held, actor=operator, now=LATER + timedelta(minutes=1))
            assert held.repeat_of is None
            assert find_choice(session, again.id) is None
            repeat, undone = entry_events(session, entry.number)[-2:]
            assert (repeat.verb, undone.verb) == (Action.REPEAT, Action.UNDO)
            assert undone.reason == "撤销“记录再次来电”"
            assert undone.details.undone == repeat.id
            assert undone.to_state is EntryState.ASSIGNED
            register(session, services, held)

    def test_that_was_taken_back_leaves_earlier_acts_to_be_undone(
        self, asking: Asking, services: Services
    ) -> None:
        entry = asking(**UNKNOWN, register=RegisterMode.AUTO).entry
        again = asking(**UNKNOWN, register=RegisterMode.NEVER).consultation
        operator = person("坐席甲")
        with session_scope(services.database) as session:
            held = find_consultation(session, again.id)
            note_repeat(session, held, entry.number, actor=operator, now=MORNING)
            take_back(session, held, actor=operator, now=MORNING)
            stored = session.get_one(LedgerEntry, entry.id)
            act = undoable_act(session, stored, actor=operator, now=MORNING)
            assert act is not None
            assert act.is_registration

    def test_keeps_the_registration_it_rests_on(self, asking: Asking, services: Services) -> None:
        first = asking(**UNKNOWN, register=RegisterMode.AUTO)
        again = asking(**UNKNOWN, register=RegisterMode.NEVER).consultation
        operator = person("坐席甲")
        with session_scope(services.database) as session:
            held = find_consultation(session, again.id)
            note_repeat(session, held, first.entry.number, actor=operator, now=MORNING)
            registered = find_consultation(session, first.consultation.id)
            with pytest.raises(UndoRefusedError, match="再次来电"):
                take_back(session, registered, actor=operator, now=MORNING)
            take_back(session, held, actor=operator, now=MORNING)
            take_back(session, registered, actor=operator, now=MORNING)
            assert session.exec(select(LedgerEntry.state)).one() is EntryState.VOIDED

    def test_keeps_the_entry_from_being_voided_until_a_supervisor_takes_it_back(
        self, asking: Asking, services: Services
    ) -> None:
        entry = asking(**UNKNOWN, register=RegisterMode.AUTO).entry
        again = asking(**UNKNOWN, register=RegisterMode.NEVER).consultation
        supervisor = person("督查甲", Authority.of({Role.SUPERVISOR}))
        step = Command(supervisor, LATER, reason="重复登记")
        with session_scope(services.database) as session:
            held, stored = (
                find_consultation(session, again.id),
                session.get_one(LedgerEntry, entry.id),
            )
            note_repeat(session, held, entry.number, actor=person("坐席乙"), now=MORNING)
            with pytest.raises(VoidRefusedError, match="再次来电（11-24 10:00）尚待按本案答复"):
                void_unless_awaited(session, stored, step)
            take_back(session, held, actor=supervisor, now=LATER, reason="另行登记")
            void_unless_awaited(session, stored, step)
            assert stored.state is EntryState.VOIDED
            assert register(session, services, held) == "ZX20261124-0002"

    @pytest.mark.parametrize("state", [EntryState.CLOSED, EntryState.INFORMED])
    def test_of_an_entry_nobody_works_on_is_refused_and_can_be_registered(
        self, asking: Asking, services: Services, state: EntryState
    ) -> None:
        entry = asking(**UNKNOWN, register=RegisterMode.AUTO).entry
        again = asking(**UNKNOWN, register=RegisterMode.NEVER).consultation
        with session_scope(services.database) as session:
            session.execute(update(LedgerEntry).values(state=state))
            held = find_consultation(session, again.id)
            (earlier,) = repeats_of(session, services.consultation, held, now=LATER)
            assert not earlier.can_repeat
            with pytest.raises(RepeatRefusedError, match="另行登记"):
                note_repeat(session, held, entry.number, actor=person("坐席乙"), now=LATER)
            assert register(session, services, held) == "ZX20261124-0002"
