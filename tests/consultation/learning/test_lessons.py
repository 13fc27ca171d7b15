"""What operators did with a question becomes a lesson, as long as it stands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from actors import person
from desk import ANSWER, Desk
from reviewing import publish_pair
from sqlmodel import Session, select

from qa_service.clock import BEIJING
from qa_service.consultation.choosing import choose, take_back
from qa_service.consultation.learning.learning_set import LearningSet, learning_set
from qa_service.consultation.learning.lessons import Lesson, LessonOrigin, merged
from qa_service.consultation.models import Consultation
from qa_service.consultation.service import choose_none
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.knowledge.pairs.variants.deciding import accept_suggestion
from qa_service.knowledge.pairs.variants.suggested import open_suggestions
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.ledger.models import LedgerEntry
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import CallOutcome, EntryState

WORDING = "社保卡弄没了咋补一张"
LATER = datetime(2026, 11, 24, 10, 5, tzinfo=BEIJING)

Asking = Callable[..., Any]


@pytest.fixture
def held(asking: Asking) -> Consultation:
    """A question in words the bank does not hold, with candidates."""
    shown: Consultation = asking(WORDING).consultation
    assert len(shown.candidates) > 1
    return shown


def learnt(services: Services) -> LearningSet:
    with session_scope(services.database, read_only=True) as session:
        return learning_set(session)


def only_lesson(services: Services) -> tuple[str, JudgedQuery]:
    found = learnt(services)
    (query,), ((origin, count),) = found.judged.queries, found.origins.items()
    assert count == 1
    return origin.value, query


def tell(session: Session, held: Consultation, pair_id: int) -> None:
    choose(session, held, pair_id, actor=person("坐席乙"), now=LATER)


def register(session: Session, services: Services, held: Consultation) -> LedgerEntry:
    number = choose_none(
        session,
        services.consultation,
        session.merge(held),
        actor=person("坐席乙"),
        now=LATER,
    )
    return session.exec(select(LedgerEntry).where(LedgerEntry.number == number)).one()


class TestChoices:
    def test_teach_the_pair_that_was_told(self, held: Consultation, services: Services) -> None:
        told = held.candidates[1].qa_id
        with session_scope(services.database) as session:
            tell(session, held, told)
        origin, query = only_lesson(services)
        assert (origin, query.text) == ("chosen", WORDING)
        assert (query.relevant, query.near, query.kind) == (
            frozenset({told}),
            frozenset(),
            QuestionKind.WORDING,
        )

    def test_that_were_undone_teach_nothing_until_another_pair_is_told(
        self, held: Consultation, services: Services
    ) -> None:
        first, second = (candidate.qa_id for candidate in held.candidates[:2])
        with session_scope(services.database) as session:
            tell(session, held, first)
            take_back(session, held, actor=person("坐席乙"), now=LATER)
        assert learnt(services).size == 0
        with session_scope(services.database) as session:
            tell(session, session.merge(held), second)
        origin, query = only_lesson(services)
        assert origin == "corrected"
        assert (query.relevant, query.near) == (frozenset({second}), frozenset({first}))

    def test_are_read_with_personal_data_masked(self, asking: Asking, services: Services) -> None:
        shown = asking(f"{WORDING}，我的电话是13800000000").consultation
        with session_scope(services.database) as session:
            tell(session, shown, shown.candidates[0].qa_id)
        _, query = only_lesson(services)
        assert WORDING in query.text
        assert "1380" not in query.text

    def test_of_a_wording_the_bank_holds_teach_nothing(
        self, asking: Asking, services: Services
    ) -> None:
        shown = asking("社保卡丢了怎么补办").consultation
        with session_scope(services.database) as session:
            tell(session, shown, shown.candidates[0].qa_id)
        assert learnt(services).size == 0

    def test_of_a_pair_that_was_withdrawn_teach_nothing(
        self, held: Consultation, services: Services
    ) -> None:
        told = held.candidates[0].qa_id
        with session_scope(services.database) as session:
            tell(session, held, told)
            withdraw_pair(session, find_pair(session, told), "失效", by=person("甲"), now=LATER)
        assert learnt(services).size == 0

    def test_of_a_wording_that_was_accepted_count_once_and_are_no_variant_of_the_set(
        self, held: Consultation, asking: Asking, services: Services
    ) -> None:
        told = held.candidates[0].qa_id
        again = asking(f"{WORDING}？").consultation
        with session_scope(services.database) as session:
            tell(session, held, told)
            tell(session, again, told)
            offered = open_suggestions(session, told)[0]
            accept_suggestion(
                session, offered.id or 0, text_check=text_problems, by=person("编辑甲"), now=LATER
            )
        origin, query = only_lesson(services)
        assert (origin, query.relevant) == ("accepted", frozenset({told}))
        (pair,) = [one for one in learnt(services).judged.pairs if one.pair_id == told]
        assert WORDING not in pair.variants


class TestNoneOfThese:
    def test_teaches_nothing_while_it_is_not_known_what_comes_of_it(
        self, held: Consultation, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            register(session, services, held)
        assert learnt(services).size == 0

    def test_teaches_the_pair_that_was_made_of_the_reply(
        self, held: Consultation, services: Services
    ) -> None:
        reply = replace(ANSWER, question="社保卡能不能由家人代为补一张新的")
        with session_scope(services.database) as session:
            entry = register(session, services, held)
            Desk(session, LATER).answered(entry, reply)
            made = entry.pair_id or 0
        assert learnt(services).size == 0
        with session_scope(services.database) as session:
            publish_pair(session, find_pair(session, made), now=LATER)
        # The caller's wording became a variant of the new pair: it counts as accepted.
        origin, query = only_lesson(services)
        assert (origin, query.relevant) == ("accepted", frozenset({made}))
        assert query.near == {candidate.qa_id for candidate in held.candidates}

    def test_teaches_that_nothing_answers_once_it_is_closed_without_a_pair(
        self, held: Consultation, services: Services
    ) -> None:
        content = replace(ANSWER, is_public=False, private_reason="涉及个案")
        with session_scope(services.database) as session:
            entry = register(session, services, held)
            desk = Desk(session, LATER)
            desk.answered(entry, content)
            desk.call(entry, CallOutcome.NO_CONTACT)
            assert entry.state is EntryState.CLOSED
        origin, query = only_lesson(services)
        assert (origin, query.kind) == ("nothing_fits", QuestionKind.LOOK_ALIKE)
        assert query.relevant == frozenset()
        assert query.near == {candidate.qa_id for candidate in held.candidates}

    def test_of_an_entry_that_was_voided_teaches_nothing(
        self, held: Consultation, services: Services
    ) -> None:
        content = replace(ANSWER, is_public=False, private_reason="涉及个案")
        with session_scope(services.database) as session:
            entry = register(session, services, held)
            Desk(session, LATER).answered(entry, content)
            entry.state = EntryState.VOIDED
            session.add(entry)
        assert learnt(services).size == 0


class TestFreshLessons:
    def test_are_those_asked_and_accepted_since_the_last_run(
        self, held: Consultation, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            tell(session, held, held.candidates[0].qa_id)
        found = learnt(services)
        before, after = held.created_at - timedelta(hours=1), held.created_at + timedelta(hours=1)
        assert (found.fresh(before, {}), found.fresh(after, {})) == (1, 0)
        accepted = replace(found, origins={LessonOrigin.ACCEPTED: 5})
        assert accepted.fresh(after, {LessonOrigin.ACCEPTED: 3}) == 2


class TestMerging:
    def test_takes_for_right_what_answered_any_time(self) -> None:
        refused = Lesson("低保咋办", LessonOrigin.NOTHING_FITS, frozenset(), frozenset({1, 2}))
        chosen = Lesson("低保咋办？", LessonOrigin.CHOSEN, frozenset({1}))
        (found,) = merged([refused, chosen])
        assert found == Lesson("低保咋办？", LessonOrigin.CHOSEN, frozenset({1}), frozenset({2}))
