"""Hit test: signals in words, a draft before and after, and nothing recorded."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from actors import person
from reviewing import publish_pair
from sqlmodel import func, select

from qa_service.clock import BEIJING
from qa_service.consultation.models import Consultation
from qa_service.consultation.trials import hit_test
from qa_service.consultation.trials.hit_test import (
    Outcome,
    PairCheck,
    Placed,
    check_pair,
    draft_bank,
    try_question,
)
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair, edit_pair, find_pair
from qa_service.ledger.models import LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea, Verdict

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
TODAY = NOW.date()
AUTHOR = person("编辑甲")
QUESTION = "百岁老人长寿金每月发多少？"
NEAR = "百岁老人长寿金怎么申请？"

CONTENT = PairContent(
    area=PolicyArea.ELDERLY_CARE,
    unit="human-resources",
    question=QUESTION,
    variants=("满一百岁的老人长寿金有多少钱",),
    answer="每人每月发放五百元，由镇街代发。",
    phone_script="每月五百元。",
    effective_from=date(2025, 1, 1),
    basis=(Basis("社会保险法", "第一条"),),
    expected_questions=("满一百岁的老人长寿金有多少钱", "长寿金找哪个领"),
)
OTHER = replace(
    CONTENT,
    question=NEAR,
    variants=("长寿金找哪个领", "领长寿金要去哪里办手续"),
    answer="由本人或者家属向户籍所在地镇街申请，带身份证。",
    phone_script="向镇街申请，带身份证。",
    expected_questions=("长寿金找哪个领",),
)


def write(services: Services, content: PairContent, *, is_published: bool = True) -> int:
    with session_scope(services.database) as session:
        pair = draft_pair(session, content, by=AUTHOR, now=NOW)
        if is_published:
            publish_pair(session, pair, now=NOW)
        assert pair.id is not None
        return pair.id


def redraft(services: Services, pair_id: int, content: PairContent) -> None:
    with session_scope(services.database) as session:
        assert edit_pair(session, find_pair(session, pair_id), content, by=AUTHOR, now=NOW)


def check(services: Services, pair_id: int, *, start: int = 0) -> PairCheck:
    with session_scope(services.database, read_only=True) as session:
        pair = find_pair(session, pair_id)
        bank = draft_bank(session, services.index_sync, pair, day=TODAY)
        return check_pair(session, services.searcher, pair, bank, day=TODAY, start=start)


def outcome(placed: Placed | None) -> Outcome | None:
    return placed.outcome if placed else None


def rows(services: Services) -> list[int]:
    with session_scope(services.database, read_only=True) as session:
        counted = (select(func.count()).select_from(one) for one in (Consultation, LedgerEntry))
        return [session.exec(one).one() for one in counted]


class TestTrial:
    def test_records_nothing_and_finds_what_a_question_finds(self, services: Services) -> None:
        pair_id, before = write(services, CONTENT), rows(services)
        trial = try_question(services.searcher, QUESTION, day=TODAY)
        assert trial.result.verdict is Verdict.ANSWERED
        assert trial.result.candidates[0].qa_id == pair_id
        assert trial.reasons == ()
        assert rows(services) == before

    def test_says_in_words_why_a_question_is_not_answered_outright(
        self, services: Services
    ) -> None:
        write(services, CONTENT)
        trial = try_question(services.searcher, "2019年百岁老人长寿金每月发多少？", day=TODAY)
        assert trial.result.verdict is not Verdict.ANSWERED
        assert any("年" in reason and "与第一条的差别" in reason for reason in trial.reasons)

    def test_says_why_even_of_a_question_that_passes_the_threshold(
        self, services: Services
    ) -> None:
        asked = "失业保险金"
        trial = try_question(services.searcher, asked, day=TODAY)
        assert trial.result.verdict is Verdict.CHOOSE
        assert trial.result.confidence > services.searcher.thresholds(asked)[0]
        assert any("问法太简略" in reason for reason in trial.reasons)

    def test_measures_a_letter_by_the_threshold_of_letters(self, services: Services) -> None:
        verdict = services.index_sync.engine.calibration.verdict
        assert verdict is not None
        letter = (
            "您好，我母亲今年一百岁，住在镇上，一直由我照顾，家里事情多，跑了几趟也没问清楚。" * 3
        )
        assert services.searcher.thresholds(letter)[0] == verdict.letter_threshold
        assert services.searcher.thresholds(QUESTION)[0] == verdict.answer_threshold
        assert verdict.letter_threshold != verdict.answer_threshold

    def test_shows_the_nearest_pairs_of_an_unmatched_question_too(self, services: Services) -> None:
        trial = try_question(services.searcher, "火星移民签证在哪个窗口盖章", day=TODAY)
        assert trial.result.verdict is Verdict.UNMATCHED
        assert trial.result.nearest
        assert any("不到列出候选的门槛" in reason for reason in trial.reasons)


class TestDraft:
    def test_a_new_pair_is_found_with_its_draft_alone_and_not_by_the_service(
        self, services: Services
    ) -> None:
        pair_id = write(services, CONTENT, is_published=False)
        with session_scope(services.database, read_only=True) as session:
            pair = find_pair(session, pair_id)
            bank = draft_bank(session, services.index_sync, pair, day=TODAY)
        assert bank is not None
        after = try_question(services.searcher, QUESTION, day=TODAY, bank=bank)
        assert (after.result.verdict, after.result.candidates[0].qa_id) == (
            Verdict.ANSWERED,
            pair_id,
        )
        now = try_question(services.searcher, QUESTION, day=TODAY)
        assert pair_id not in [one.qa_id for one in now.result.candidates]
        assert pair_id not in services.index_sync.engine.index.pair_ids()

    def test_expected_questions_are_asked_before_and_after_the_draft(
        self, services: Services
    ) -> None:
        asked = replace(CONTENT, expected_questions=("村里那个老寿星的红包有多大",))
        pair_id = write(services, asked)
        found = check(services, pair_id)
        assert [one.after for one in found.own] == [None], "there is no draft"
        redraft(services, pair_id, replace(asked, variants=asked.expected_questions))
        first = check(services, pair_id).own[0]
        assert outcome(first.before) is not Outcome.HIT
        assert outcome(first.after) is Outcome.HIT
        assert first.is_changed

    def test_expected_questions_do_not_make_a_pair_found(self, services: Services) -> None:
        pair_id = write(
            services, replace(CONTENT, expected_questions=("火星移民签证在哪个窗口盖章",))
        )
        trial = try_question(services.searcher, "火星移民签证在哪个窗口盖章", day=TODAY)
        assert trial.result.verdict is Verdict.UNMATCHED
        assert check(services, pair_id).own[0].before is not None

    def test_what_it_changes_for_other_pairs_is_listed(self, services: Services) -> None:
        other = write(services, OTHER)
        pair_id = write(services, CONTENT)
        taken = replace(CONTENT, variants=(*CONTENT.variants, "长寿金找哪个领"))
        redraft(services, pair_id, taken)
        found = check(services, pair_id)
        [changed] = [one for one in found.changed if one.expected.question == "长寿金找哪个领"]
        assert changed.expected.pair_id == other
        assert outcome(changed.before) is Outcome.HIT
        assert outcome(changed.after) is not Outcome.HIT

    def test_a_draft_that_changes_nothing_elsewhere_says_how_many_were_asked(
        self, services: Services
    ) -> None:
        write(services, OTHER)
        pair_id = write(services, CONTENT)
        redraft(services, pair_id, replace(CONTENT, phone_script="每月五百元，镇街代发。"))
        found = check(services, pair_id)
        assert found.changed == ()
        assert found.checked == found.total == found.until > 1

    def test_many_questions_are_asked_in_parts_and_none_is_left_out(
        self, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(services, OTHER)
        pair_id = write(services, CONTENT)
        taken = replace(CONTENT, variants=(*CONTENT.variants, "长寿金找哪个领"))
        redraft(services, pair_id, taken)
        whole = check(services, pair_id)
        monkeypatch.setattr(hit_test, "QUESTIONS_AT_ONCE", 2)
        found, start = [], 0
        while start < whole.total:
            part = check(services, pair_id, start=start)
            assert part.checked <= 2
            found += [one.expected for one in part.changed]
            start = part.until
        assert found == [one.expected for one in whole.changed]
