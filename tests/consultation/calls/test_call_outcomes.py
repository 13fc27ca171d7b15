"""Transferred and dismissed questions: recorded with words, taken back, and no gap."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from actors import person
from sqlmodel import Session, select

from qa_service.consultation.calls.outcomes import OutcomeNoteError, dismiss, transfer
from qa_service.consultation.choosing import (
    AlreadyChosenError,
    ChoiceStandsError,
    choose,
    take_back,
)
from qa_service.consultation.gaps import find_gaps
from qa_service.consultation.inquiry import RegisterMode
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.consultation.queries import find_choice, unhandled_consultations
from qa_service.consultation.service import choose_none, find_consultation
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import entry_of_consultation
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.ledger.workflow.voiding import void
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, Role

Asking = Callable[..., Any]
TAKER = person("坐席甲")
UNKNOWN = "火星移民签证在哪个窗口盖章"


@pytest.fixture
def asked(asking: Asking) -> Consultation:
    """A question that nobody can answer, not registered."""
    held: Consultation = asking(UNKNOWN, register=RegisterMode.NEVER, actor=TAKER).consultation
    return held


def outcome_of(session: Session, held: Consultation) -> tuple[ChoiceOutcome, str] | None:
    choice = find_choice(session, held.id)
    return (choice.outcome, choice.note) if choice else None


class TestTransferred:
    def test_is_handled_without_an_entry(self, asked: Consultation, services: Services) -> None:
        now = services.clock.now()
        with session_scope(services.database) as session:
            held = find_consultation(session, asked.id)
            transfer(session, held, to="12333", actor=TAKER, now=now)
            assert outcome_of(session, asked) == (ChoiceOutcome.TRANSFERRED, "12333")
            assert session.exec(select(LedgerEntry)).first() is None
            since = now - timedelta(hours=1)
            assert unhandled_consultations(session, actor=TAKER, since=since, limit=9) == ()

    def test_needs_to_say_where_to(self, asked: Consultation, services: Services) -> None:
        with session_scope(services.database) as session, pytest.raises(OutcomeNoteError) as told:
            held = find_consultation(session, asked.id)
            transfer(session, held, to=" ", actor=TAKER, now=services.clock.now())
        assert [one.field for one in told.value.problems] == ["to"]

    def test_is_no_knowledge_gap(self, asked: Consultation, services: Services) -> None:
        now = services.clock.now()
        with session_scope(services.database) as session:
            assert find_gaps(session, services.tokenizer, now=now, days=30)
            held = find_consultation(session, asked.id)
            transfer(session, held, to="12345 交通", actor=TAKER, now=now)
            assert find_gaps(session, services.tokenizer, now=now, days=30) == []

    def test_pressed_twice_is_recorded_once_and_nothing_else_may_follow(
        self, asked: Consultation, services: Services
    ) -> None:
        now = services.clock.now()
        with session_scope(services.database) as session:
            held = find_consultation(session, asked.id)
            for _ in range(2):
                transfer(session, held, to="12333", actor=TAKER, now=now)
            with pytest.raises(AlreadyChosenError):
                dismiss(session, held, reason="误拨", actor=TAKER, now=now)
            with pytest.raises(AlreadyChosenError):
                choose_none(session, services.consultation, held, actor=TAKER, now=now)

    def test_is_what_became_of_a_question_whose_entry_was_voided(
        self, asked: Consultation, services: Services
    ) -> None:
        now = services.clock.now()
        with session_scope(services.database) as session:
            held = find_consultation(session, asked.id)
            number = choose_none(session, services.consultation, held, actor=TAKER, now=now)
            supervisor = person("督查甲").with_role(Role.SUPERVISOR)
            step = Command(supervisor, now, reason="误登记")
            void(session, find_by_number(session, number), step)
            transfer(session, held, to="12333", actor=TAKER, now=now)
            assert outcome_of(session, asked) == (ChoiceOutcome.TRANSFERRED, "12333")
            assert find_by_number(session, number).state is EntryState.VOIDED
            assert entry_of_consultation(session, asked.id) is None


class TestDismissed:
    def test_keeps_the_reason_without_personal_data(
        self, asked: Consultation, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            held = find_consultation(session, asked.id)
            reason = "误拨，机主13800001111"
            dismiss(session, held, reason=reason, actor=TAKER, now=services.clock.now())
        with session_scope(services.database, read_only=True) as session:
            kept = outcome_of(session, asked)
            assert kept is not None
            assert kept[0] is ChoiceOutcome.DISMISSED
            assert "13800001111" not in kept[1]

    def test_is_taken_back_by_its_actor_within_ten_minutes(
        self, asked: Consultation, services: Services
    ) -> None:
        now = services.clock.now()
        with session_scope(services.database) as session:
            held = find_consultation(session, asked.id)
            dismiss(session, held, reason="来电中断", actor=TAKER, now=now)
            late = now + timedelta(minutes=11)
            for actor, at in ((person("坐席乙"), now), (TAKER, late)):
                with pytest.raises(ChoiceStandsError):
                    take_back(session, held, actor=actor, now=at)
            take_back(session, held, actor=TAKER, now=now + timedelta(minutes=9))
            assert session.get(Choice, asked.id) is None


class TestShownForReference:
    def test_the_nearest_five_stand_beside_a_question_nothing_fits(
        self, asked: Consultation
    ) -> None:
        assert asked.candidates == ()
        assert 0 < len(asked.nearest) <= 5

    def test_one_of_them_can_be_told_after_reading_it(
        self, asked: Consultation, services: Services
    ) -> None:
        nearest = asked.nearest[0]
        with session_scope(services.database) as session:
            held = find_consultation(session, asked.id)
            choose(session, held, nearest.qa_id, actor=TAKER, now=services.clock.now())
            assert outcome_of(session, asked) == (ChoiceOutcome.TOLD, "")
