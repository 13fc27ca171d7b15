from dataclasses import replace
from datetime import date, timedelta

import pytest
from actors import person
from reviewing import publish_pair
from sqlalchemy import update

from qa_service.clock import FixedClock, beijing_day
from qa_service.consultation.search.result import SearchResult
from qa_service.jobs.bank.contradictions import find_contradictions
from qa_service.jobs.duty import JobContext
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import QAPair, QuestionVariant
from qa_service.knowledge.pairs.overlap.contradiction_scan import next_to_compare
from qa_service.knowledge.pairs.overlap.contradictions import (
    CONTESTED,
    BothSides,
    open_contradictions,
    resolve,
)
from qa_service.knowledge.pairs.overlap.overlaps import find_overlaps
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair, edit_pair, find_pair, withdraw_pair
from qa_service.knowledge.upkeep_models import ContradictionKind
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea, Verdict

ONE = PairContent(
    area=PolicyArea.SOCIAL_ASSISTANCE,
    unit="civil-affairs",
    question="老旧小区加装电梯补助多少钱？",
    variants=(),
    answer="每台补助20万元，办理需要30个工作日。",
    phone_script="每台补助20万元。",
    effective_from=date(2026, 1, 1),
    basis=(Basis("社会救助暂行办法", "第九条"),),
)
OTHER = replace(
    ONE, question="老旧小区加装电梯补助是多少钱？", answer="每台补助15万元，办理需要30个工作日。"
)


def publish(services: Services, content: PairContent) -> int:
    with session_scope(services.database) as session:
        pair = draft_pair(session, content, by=person("甲"), now=services.clock.now())
        publish_pair(session, pair, now=services.clock.now())
        return pair.id or 0


def republish(services: Services, pair_id: int, content: PairContent) -> None:
    with session_scope(services.database) as session:
        pair = find_pair(session, pair_id)
        edit_pair(session, pair, content, by=person("甲"), now=services.clock.now())
        publish_pair(session, pair, now=services.clock.now())


def run(services: Services) -> None:
    """Rounds of the duty until every change was compared."""
    while True:
        find_contradictions(JobContext.of(services))
        with session_scope(services.database, read_only=True) as session:
            if not next_to_compare(session, up_to=services.index_sync.revision, limit=1):
                return


def listed(services: Services) -> list[BothSides]:
    with session_scope(services.database, read_only=True) as session:
        return open_contradictions(session, now=services.clock.now())


def ask(services: Services, question: str) -> SearchResult:
    day = beijing_day(services.clock.now())
    return services.searcher.search(question, area=None, day=day)


@pytest.fixture
def both(services: Services) -> tuple[int, int]:
    """Two published pairs that answer nearly the same question otherwise, compared."""
    ids = publish(services, ONE), publish(services, OTHER)
    run(services)
    return ids


def settle(services: Services) -> None:
    with session_scope(services.database) as session:
        for one in open_contradictions(session, now=services.clock.now()):
            number = one.contradiction.id or 0
            resolve(session, number, "两项并行", by=person("乙"), now=services.clock.now())


class TestOpenContradiction:
    def test_keeps_both_sides_from_being_told_until_it_is_settled(
        self, services: Services, both: tuple[int, int]
    ) -> None:
        for question in (ONE.question, OTHER.question):
            found = ask(services, question)
            assert found.verdict is Verdict.CHOOSE
            assert CONTESTED in found.candidates[0].why.differences
        settle(services)
        found = ask(services, ONE.question)
        assert found.verdict is Verdict.ANSWERED
        assert CONTESTED not in found.candidates[0].why.differences

    def test_ends_by_itself_once_the_answers_agree(
        self, services: Services, both: tuple[int, int]
    ) -> None:
        republish(services, both[1], replace(OTHER, answer=ONE.answer))
        run(services)
        assert listed(services) == []
        assert ask(services, ONE.question).verdict is Verdict.ANSWERED

    def test_no_longer_counts_when_a_side_is_withdrawn_or_has_expired(
        self, services: Services, clock: FixedClock
    ) -> None:
        last = beijing_day(clock.now())
        publish(services, ONE)
        publish(services, replace(OTHER, expires_on=last))
        run(services)
        assert ask(services, ONE.question).verdict is Verdict.CHOOSE
        clock.instant += timedelta(days=1)
        assert ask(services, ONE.question).verdict is Verdict.ANSWERED

    def test_of_a_withdrawn_side_leaves_the_other_told(
        self, services: Services, both: tuple[int, int]
    ) -> None:
        with session_scope(services.database) as session:
            pair = find_pair(session, both[1])
            withdraw_pair(session, pair, "重复", by=person("乙"), now=services.clock.now())
        assert ask(services, ONE.question).verdict is Verdict.ANSWERED

    def test_once_settled_opens_again_with_another_version_only(
        self, services: Services, both: tuple[int, int]
    ) -> None:
        settle(services)
        run(services)
        assert listed(services) == []
        republish(services, both[0], replace(ONE, answer="每台补助25万元。"))
        run(services)
        (one,) = listed(services)
        assert one.contradiction.differences == ["数字不同：25万元 / 15万元"]


class TestComparing:
    def test_is_done_once_for_each_change(self, services: Services, both: tuple[int, int]) -> None:
        assert len(listed(services)) == 1
        assert find_contradictions(JobContext.of(services)) == 0

    def test_finds_a_wording_that_is_another_pairs_question(self, services: Services) -> None:
        publish(services, ONE)
        taken = replace(
            OTHER,
            question="小区停车收费标准是什么？",
            variants=(ONE.question,),
            audience="退役军人",
        )
        publish(services, taken)
        run(services)
        (one,) = listed(services)
        assert one.contradiction.kind is ContradictionKind.WORDING
        assert ask(services, ONE.question).verdict is Verdict.CHOOSE
        # Settled, both may stay; which of the two is meant is still for the operator to say.
        settle(services)
        assert ask(services, ONE.question).verdict is Verdict.CHOOSE

    def test_leaves_neighbours_with_another_group_of_people_alone(self, services: Services) -> None:
        publish(services, replace(ONE, question="低保老人的住院护理补贴是多少？"))
        publish(services, replace(OTHER, question="低保儿童的住院护理补贴是多少？"))
        run(services)
        assert listed(services) == []

    def test_of_the_test_bank_finds_nothing(self, services: Services) -> None:
        run(services)
        assert listed(services) == []

    def test_gives_wordings_of_an_earlier_release_their_key(self, services: Services) -> None:
        publish(services, replace(ONE, variants=("装电梯补贴几多钱",)))
        with session_scope(services.database) as session:
            for table in (QAPair, QuestionVariant):
                session.execute(update(table).values(wording_key=""))
        find_contradictions(JobContext.of(services))
        with session_scope(services.database, read_only=True) as session:
            asked = replace(OTHER, question="装电梯补贴几多钱呢")
            found = find_overlaps(session, None, asked, day=date(2026, 11, 24))
            assert [one.kind for one in found] == [ContradictionKind.WORDING]

    def test_waits_for_a_round_with_an_index(self, services: Services) -> None:
        publish(services, ONE)
        publish(services, OTHER)
        context = replace(JobContext.of(services), index_sync=None)
        assert find_contradictions(context) == 0
        run(services)
        assert len(listed(services)) == 1
