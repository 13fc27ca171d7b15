"""A question that comes again under its external id is not lost, and its answer is of today."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from actors import person
from sqlalchemy import update
from sqlmodel import func, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.models import AuditEvent
from qa_service.clock import BEIJING
from qa_service.consultation.choosing import choose, take_back
from qa_service.consultation.duplicates.received_again import ExternalIdTakenError
from qa_service.consultation.duplicates.repeats import note_repeat
from qa_service.consultation.entry_undoing import undo_on_entry
from qa_service.consultation.inquiry import RegisterMode
from qa_service.consultation.models import Consultation
from qa_service.consultation.retention import erase_askers
from qa_service.consultation.service import choose_none, find_consultation
from qa_service.consultation.telling import AnswerOutdatedError, AnswerUnfilledError
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.ledger.askers.details import AskerDetails, InvalidContactError
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.ledger.queries import entry_events
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.ledger.workflow.undoing import UndoRefusedError, undoable_act
from qa_service.ledger.workflow.voiding import void
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, AuditAction, EntryState, PolicyArea, Role, Verdict

MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
QUESTION = "社保卡丢了怎么补办？"
UNKNOWN = {"question": "外商投资项目怎么备案？", "area": PolicyArea.INVESTMENT}
CALL = {**UNKNOWN, "external_id": "T-1"}
PHONE, OTHER_PHONE = "13800000000", "13900000000"
CALLED = {**CALL, "asker": AskerDetails("司徒测试", PHONE)}
LATER = MORNING + timedelta(days=20)
SHORTLY = timedelta(minutes=5)
OPERATOR = person("坐席甲")

Asking = Callable[..., Any]


def withdraw(services: Services, pair_id: int) -> None:
    with session_scope(services.database) as session:
        pair = find_pair(session, pair_id)
        withdraw_pair(session, pair, "标准已调整", by=person("管理员"), now=MORNING)


def entries(services: Services) -> list[LedgerEntry]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(LedgerEntry).order_by(LedgerEntry.number)).all())


def void_entry(services: Services, number: str) -> None:
    with session_scope(services.database) as session:
        supervisor = person("督查甲").with_role(Role.SUPERVISOR)
        step = Command(supervisor, MORNING, reason="误登记")
        void(session, find_by_number(session, number), step)


def register_by_hand(services: Services, consultation_id: str) -> str:
    with session_scope(services.database) as session:
        held = find_consultation(session, consultation_id)
        deps = services.consultation
        return choose_none(session, deps, held, actor=OPERATOR, now=MORNING)


def with_key(key_id: int) -> Actor:
    return replace(OPERATOR, api_key_id=key_id)


class TestRegistration:
    def test_left_open_at_first_is_made_up_for(self, asking: Asking, services: Services) -> None:
        first = asking(**CALL, register=RegisterMode.NEVER)
        again = asking(**CALL, now=MORNING + timedelta(hours=2))
        assert (first.entry, again.is_new) == (None, False)
        assert again.consultation.id == first.consultation.id
        assert again.entry.number == "ZX20261124-0001"
        assert again.entry.received_at == MORNING
        assert asking(**CALL).entry.number == again.entry.number
        assert len(entries(services)) == 1

    def test_that_was_taken_back_is_made_again(self, asking: Asking, services: Services) -> None:
        first = asking(**CALL)
        with session_scope(services.database) as session:
            held = find_consultation(session, first.consultation.id)
            take_back(session, held, actor=OPERATOR, now=MORNING)
        assert asking(**CALL, register=RegisterMode.NEVER).entry is None
        assert asking(**CALL).entry.number == "ZX20261124-0002"
        assert [one.state for one in entries(services)] == [EntryState.VOIDED, EntryState.ASSIGNED]


class TestVoided:
    """A question whose entry was voided is not lost with it when it comes again."""

    def test_is_registered_anew_from_the_day_it_comes_again(
        self, asking: Asking, services: Services
    ) -> None:
        first = asking(**CALLED)
        void_entry(services, first.entry.number)
        again = asking(**CALLED, now=LATER)
        assert again.consultation.id == first.consultation.id
        assert again.entry.number == "ZX20261214-0001"
        assert again.entry.received_at == LATER
        assert again.entry.asker_id == first.entry.asker_id
        assert [one.state for one in entries(services)] == [EntryState.VOIDED, EntryState.ASSIGNED]
        with session_scope(services.database, read_only=True) as session:
            (begun, _) = entry_events(session, again.entry.number)
            assert begun.reason == f"{first.entry.number} 作废后再次提交，重新登记"
            assert entry_events(session, first.entry.number)[-1].verb is Action.VOID
        assert asking(**CALLED, now=LATER).entry.number == again.entry.number

    def test_stays_voided_once_another_was_registered_in_its_place(
        self, asking: Asking, services: Services
    ) -> None:
        first = asking(**CALLED).entry.number
        void_entry(services, first)
        supervisor, soon = person("督查甲").with_role(Role.SUPERVISOR), MORNING + SHORTLY
        with session_scope(services.database, read_only=True) as session:
            entry = find_by_number(session, first)
            assert undoable_act(session, entry, actor=supervisor, now=soon) is not None
        second = asking(**CALLED, now=soon).entry.number
        with session_scope(services.database) as session:
            entry = find_by_number(session, first)
            assert undoable_act(session, entry, actor=supervisor, now=soon) is None
            with pytest.raises(UndoRefusedError, match=f"已另行登记为 {second}"):
                undo_on_entry(session, entry, Command(supervisor, soon))
        assert [one.state for one in entries(services)] == [EntryState.VOIDED, EntryState.ASSIGNED]

    def test_is_registered_by_whoever_registers_it_by_hand(
        self, asking: Asking, services: Services
    ) -> None:
        held = asking(**CALL, register=RegisterMode.NEVER).consultation
        first = register_by_hand(services, held.id)
        assert register_by_hand(services, held.id) == first
        void_entry(services, first)
        assert register_by_hand(services, held.id) != first
        void_entry(services, entries(services)[1].number)
        assert asking(**CALL).entry.number == entries(services)[2].number

    def test_that_was_noted_as_a_repeat_on_it_is_registered(
        self, asking: Asking, services: Services
    ) -> None:
        lead = asking(**UNKNOWN).entry.number
        held = asking(**CALL, register=RegisterMode.NEVER).consultation
        with session_scope(services.database) as session:
            noted = find_consultation(session, held.id)
            note_repeat(session, noted, lead, actor=OPERATOR, now=MORNING)
        assert asking(**CALL).entry is None
        void_entry(services, lead)
        again = asking(**CALL)
        assert (again.consultation.repeat_of, again.entry.state) == (None, EntryState.ASSIGNED)

    def test_whose_contact_was_erased_since_keeps_the_one_given_now(
        self, asking: Asking, services: Services
    ) -> None:
        void_entry(services, asking(**CALLED).entry.number)
        late = MORNING + timedelta(days=100)
        with session_scope(services.database) as session:
            assert erase_askers(session, now=late, days=30)[0] == 1
        again = asking(**CALLED, now=late)
        with session_scope(services.database, read_only=True) as session:
            kept = session.get_one(Asker, again.entry.asker_id)
            assert (kept.contact_masked, kept.purge_on) == ("138******00", None)

    def test_is_of_its_key_alone(self, asking: Asking, services: Services) -> None:
        first = asking(**CALL, actor=with_key(1))
        void_entry(services, first.entry.number)
        with pytest.raises(ExternalIdTakenError, match="已被占用"):
            asking(**CALL, actor=with_key(2))
        assert asking(**CALL, actor=with_key(1)).entry.number != first.entry.number

    def test_that_can_be_answered_now_is_answered(self, asking: Asking, services: Services) -> None:
        with session_scope(services.database) as session:
            session.execute(update(QAPair).values(effective_from=MORNING.date() + timedelta(1)))
        void_entry(services, asking(QUESTION, external_id="T-1").entry.number)
        again = asking(QUESTION, external_id="T-1", now=MORNING + timedelta(days=1))
        assert (again.consultation.verdict, again.entry) == (Verdict.ANSWERED, None)


class TestContact:
    def test_given_later_is_kept_with_the_question_and_its_entry(
        self, asking: Asking, services: Services
    ) -> None:
        first = asking(**CALL)
        assert first.entry.asker_id is None
        again = asking(**CALL, asker=AskerDetails("司徒测试", PHONE))
        assert again.entry.asker_id == again.consultation.asker_id is not None
        with session_scope(services.database, read_only=True) as session:
            assert session.get_one(Asker, again.entry.asker_id).contact_masked == "138******00"
            assert entry_events(session, again.entry.number)[-1].verb is Action.CORRECT_CONTACT
        asking(**CALL, asker=AskerDetails("司徒测试", PHONE))
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(func.count()).select_from(Asker)).one() == 1
            assert len(entry_events(session, again.entry.number)) == 3

    def test_given_later_is_kept_before_the_question_is_registered(
        self, asking: Asking, services: Services
    ) -> None:
        asking(**CALL, asker=AskerDetails("司徒测试"), register=RegisterMode.NEVER)
        asking(**CALL, asker=AskerDetails(None, PHONE), register=RegisterMode.NEVER)
        again = asking(**CALL)
        with session_scope(services.database, read_only=True) as session:
            asker = session.exec(select(Asker)).one()
            assert again.entry.asker_id == asker.id
            assert services.cipher.decrypt(asker.name_sealed or "") == "司徒测试"
            assert services.cipher.decrypt(asker.contact_sealed or "") == PHONE

    @pytest.mark.parametrize("mode", RegisterMode)
    @pytest.mark.parametrize(
        ("held", "given"),
        [
            (AskerDetails("司徒测试", PHONE), AskerDetails("司徒测试", OTHER_PHONE)),
            (AskerDetails("司徒测试"), AskerDetails("欧阳测试")),
            (AskerDetails("司徒测试"), AskerDetails("欧阳测试", OTHER_PHONE)),
        ],
    )
    def test_of_another_caller_is_refused(
        self, asking: Asking, mode: RegisterMode, held: AskerDetails, given: AskerDetails
    ) -> None:
        asking(**CALL, asker=held, register=mode)
        with pytest.raises(ExternalIdTakenError, match="另一位来电人"):
            asking(**CALL, asker=given)
        assert asking(**{**CALL, "external_id": "T-2"}, asker=given).is_new

    def test_said_in_the_question_by_another_caller_is_refused(self, asking: Asking) -> None:
        asked = f"外商投资项目怎么备案？回电{PHONE}"
        asking(**{**CALL, "question": asked})
        with pytest.raises(ExternalIdTakenError, match="另一位来电人"):
            asking(**{**CALL, "question": asked.replace(PHONE, OTHER_PHONE)})

    def test_given_after_the_first_was_erased_is_kept_until_it_is_erased_too(
        self, asking: Asking, services: Services
    ) -> None:
        asker = AskerDetails("司徒测试", PHONE)
        asking(**CALL, asker=asker, register=RegisterMode.NEVER)
        with session_scope(services.database) as session:
            assert erase_askers(session, now=MORNING + timedelta(days=31), days=30)[0] == 1
        again = asking(**CALL, asker=asker)
        with session_scope(services.database, read_only=True) as session:
            kept = session.get_one(Asker, again.entry.asker_id)
            assert (kept.contact_masked, kept.purge_on) == ("138******00", None)
            assert again.consultation.asker_id == kept.id
            assert session.exec(select(func.count()).select_from(Asker)).one() == 2

    def test_that_looks_wrong_is_refused(self, asking: Asking, services: Services) -> None:
        asking(**CALL)
        with pytest.raises(InvalidContactError):
            asking(**CALL, asker=AskerDetails(None, "123"))


class TestAnotherKey:
    @pytest.mark.parametrize("question", [UNKNOWN["question"], "低保怎么申请？"])
    def test_learns_nothing_of_the_record(self, asking: Asking, question: str) -> None:
        asking(**CALL, actor=with_key(1))
        with pytest.raises(ExternalIdTakenError) as refused:
            asking(**{**CALL, "question": question}, actor=with_key(2))
        assert str(refused.value) == "编号 T-1 已被占用，请换一个 external_id 后重新提交"
        assert not asking(**CALL, actor=with_key(1)).is_new


class TestAnswer:
    def test_no_longer_told_is_searched_for_anew(self, asking: Asking, services: Services) -> None:
        first = asking(QUESTION, external_id="T-1")
        told = first.consultation.candidates[0].qa_id
        withdraw(services, told)
        again = asking(QUESTION, external_id="T-1")
        assert again.consultation.id == first.consultation.id
        assert told not in [one.qa_id for one in again.consultation.candidates]
        assert again.consultation.verdict is not Verdict.ANSWERED
        with session_scope(services.database, read_only=True) as session:
            searched = select(AuditEvent).where(AuditEvent.action == AuditAction.SEARCH_AGAIN)
            (kept,) = session.exec(searched).all()
        assert kept.details["verdict"] == "answered"
        assert kept.details["shown"].startswith(f"{told}:1")

    def test_no_longer_told_leaves_the_question_to_be_registered(
        self, asking: Asking, services: Services
    ) -> None:
        shown = asking(QUESTION, external_id="T-1").consultation
        with session_scope(services.database) as session:
            session.execute(update(QAPair).values(expires_on=MORNING.date() - timedelta(days=1)))
        again = asking(QUESTION, external_id="T-1")
        assert again.consultation.id == shown.id
        assert again.consultation.verdict is Verdict.UNMATCHED
        assert again.entry is not None

    def test_found_since_is_given_instead_of_a_registration(
        self, asking: Asking, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            session.execute(update(QAPair).values(effective_from=MORNING.date() + timedelta(1)))
        first = asking(QUESTION, external_id="T-1", register=RegisterMode.NEVER)
        assert first.consultation.verdict is Verdict.UNMATCHED
        again = asking(QUESTION, external_id="T-1", now=MORNING + timedelta(days=1))
        assert again.consultation.verdict is Verdict.ANSWERED
        assert again.entry is None

    def test_recorded_as_told_stays_in_the_record(self, asking: Asking, services: Services) -> None:
        first = asking(QUESTION, external_id="T-1").consultation
        told = first.candidates[0].qa_id
        with session_scope(services.database) as session:
            held = find_consultation(session, first.id)
            choose(session, held, told, actor=OPERATOR, now=MORNING)
        withdraw(services, told)
        again = asking(QUESTION, external_id="T-1")
        assert again.consultation.candidates == first.candidates
        assert again.entry is None


class TestTelling:
    @pytest.fixture
    def shown(self, asking: Asking) -> Consultation:
        held: Consultation = asking(QUESTION).consultation
        return held

    def tell(self, services: Services, shown: Consultation, place: int = 0) -> None:
        with session_scope(services.database) as session:
            held = find_consultation(session, shown.id)
            pair_id = held.candidates[place].qa_id
            choose(session, held, pair_id, actor=OPERATOR, now=MORNING)

    @pytest.mark.parametrize("place", [0, 1])
    def test_an_answer_withdrawn_since_is_refused(
        self, shown: Consultation, services: Services, place: int
    ) -> None:
        withdraw(services, shown.candidates[place].qa_id)
        with pytest.raises(AnswerOutdatedError, match="重新提问"):
            self.tell(services, shown, place)
        self.tell(services, shown, 1 - place)

    def test_an_answer_corrected_since_is_refused(
        self, shown: Consultation, services: Services
    ) -> None:
        pair_id = shown.candidates[0].qa_id
        with session_scope(services.database) as session:
            current = find_pair(session, pair_id).current_version_id
            session.execute(update(QAVersion).where(QAVersion.id == current).values(number=2))
        with pytest.raises(AnswerOutdatedError):
            self.tell(services, shown)

    def test_an_answer_with_blanks_is_refused_and_they_are_named(
        self, asking: Asking, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            session.execute(update(QAVersion).values(answer="补贴【本地：每户补助，元】起"))
        shown = asking(QUESTION).consultation
        with pytest.raises(AnswerUnfilledError, match="每户补助，元"):
            self.tell(services, shown)
