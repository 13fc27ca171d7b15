"""The engine on keywords, two matters, fillers and slips, with and without an encoder."""

from dataclasses import replace

import pytest

from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.ranking.answer import Answer
from qa_service.retrieval.ranking.calibration import ENCODER, TOKENIZER, load_calibration
from qa_service.retrieval.ranking.decision import allows_answer
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Verdict

PAIRS = [
    IndexedPair(1, "低保怎么申请？", ("最低生活保障去哪里办",), "向乡镇街道申请。", aspect="流程"),
    IndexedPair(2, "低保申请要带什么材料？", (), "带身份证、户口簿。", aspect="材料"),
    IndexedPair(
        3, "低保标准是每月多少钱？", ("低保一个月发多少",), "按公布的标准。", aspect="标准金额"
    ),
    IndexedPair(4, "低保申请材料在哪里下载？", (), "在政务服务网。", aspect="材料"),
    IndexedPair(5, "高龄津贴怎么领？", ("高龄补贴咋个领",), "到社区申请。", aspect="流程"),
    IndexedPair(6, "产假有多少天？", (), "98天。", aspect="期限"),
]
ASPECTS = {pair.pair_id: pair.aspect for pair in PAIRS}


class Slips(Tokenizer):
    """Hears 低保 in 底保, as pypinyin's readings do."""

    def heard(self, text: str) -> str:
        return text.replace("底保", "低保").replace("dibao", "低保")


def _engine(tokenizer: Tokenizer, encoder: Encoder | None) -> RetrievalEngine:
    shipped = load_calibration(default_calibration())
    engine = RetrievalEngine(tokenizer, encoder, shipped)
    recipe = engine.recipe()
    fitted = {**shipped.provenance, TOKENIZER: recipe.tokenizer, ENCODER: recipe.encoder}
    engine.calibration = replace(shipped, provenance=fitted)
    engine.upsert(PAIRS)
    return engine


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer, encoder: Encoder) -> RetrievalEngine:
    hearing = Slips.__new__(Slips)
    hearing._segmenter = tokenizer._segmenter
    return _engine(hearing, encoder)


@pytest.fixture(scope="module")
def without_encoder(tokenizer: Tokenizer) -> RetrievalEngine:
    return _engine(tokenizer, None)


def _asked(engine: RetrievalEngine, question: str) -> Answer:
    return engine.answer(
        question, everything, aspects=lambda ids: {one: ASPECTS[one] for one in ids}
    )


class TestKeyword:
    @pytest.mark.parametrize("keyword", ["低保", "产假", "高龄津贴", "低保 材料"])
    def test_is_offered_its_pairs(self, engine: RetrievalEngine, keyword: str) -> None:
        found = _asked(engine, keyword)
        assert found.decision.verdict is Verdict.CHOOSE
        assert found.pair_ids

    def test_lists_one_pair_of_each_aspect_first(self, engine: RetrievalEngine) -> None:
        shown = _asked(engine, "低保").pair_ids[:3]
        assert {ASPECTS[one] for one in shown} == {"流程", "材料", "标准金额"}

    def test_lists_pairs_without_it_last(self, engine: RetrievalEngine) -> None:
        assert set(_asked(engine, "低保").pair_ids[:4]) == {1, 2, 3, 4}

    def test_has_a_probability_for_each_pair(self, engine: RetrievalEngine) -> None:
        found = _asked(engine, "低保")
        assert len(found.decision.confidences) == len(found.ranked)


class TestTwoMatters:
    @pytest.mark.parametrize(
        "question", ["低保怎么申请，还有高龄津贴怎么领", "低保怎么申请？再问一下产假有多少天？"]
    )
    def test_are_both_shown_and_neither_answers(
        self, engine: RetrievalEngine, question: str
    ) -> None:
        found = _asked(engine, question)
        assert found.decision.verdict is Verdict.CHOOSE
        assert {1, 5 if "津贴" in question else 6} <= set(found.pair_ids[:3])

    def test_tell_which_clause_found_them(self, engine: RetrievalEngine) -> None:
        found = _asked(engine, "低保怎么申请，还有产假有多少天")
        asked = {one.asked for one in found.ranked[:3]}
        assert asked & {"低保怎么申请", "产假有多少天"}


class TestWriting:
    @pytest.mark.parametrize(
        "written",
        [
            "低保怎麼申請",
            "低保怎么申请！ ？？ 😀",
            "嗯，那个，请问一下低保怎么申请",
            "[电话]低保怎么申请",
        ],
    )
    def test_makes_no_difference(self, engine: RetrievalEngine, written: str) -> None:
        plain, found = _asked(engine, "低保怎么申请"), _asked(engine, written)
        assert plain.decision.verdict is Verdict.ANSWERED
        assert found.decision == plain.decision
        assert found.pair_ids == plain.pair_ids

    @pytest.mark.parametrize("slip", ["底保怎么申请", "dibao怎么申请"])
    def test_a_slip_is_offered_what_it_sounds_like(
        self, engine: RetrievalEngine, slip: str
    ) -> None:
        found = _asked(engine, slip)
        assert found.decision.verdict is Verdict.CHOOSE
        assert 1 in found.pair_ids[:2]


class TestWithoutAnEncoder:
    @pytest.mark.parametrize(
        "question", ["低保", "低保怎么申请", "低保怎么申请嘞", "产假有多少日", "高龄津贴怎么领呐"]
    )
    def test_words_propose(self, without_encoder: RetrievalEngine, question: str) -> None:
        assert _asked(without_encoder, question).decision.verdict is Verdict.CHOOSE

    def test_what_shares_no_word_is_unmatched(self, without_encoder: RetrievalEngine) -> None:
        found = _asked(without_encoder, "明天会不会下雨呀，出门带伞吗")
        assert found.decision.verdict is Verdict.UNMATCHED


def test_two_things_in_one_are_never_answered_by_the_answer_about_one(
    engine: RetrievalEngine,
) -> None:
    first = _asked(engine, "高龄津贴和护理补贴怎么领").ranked[0]
    assert first.pair_id == 5
    assert not allows_answer(first)
    assert any("护理补贴" in one for one in first.described.guards.warnings)


def test_two_questions_without_a_pause_lead_to_both_pairs(engine: RetrievalEngine) -> None:
    found = _asked(engine, "低保怎么申请要带什么材料")
    assert {one.pair_id for one in found.ranked[:2]} == {1, 2}
    assert found.decision.verdict is Verdict.CHOOSE
    assert found.is_divided
    assert {one.asked for one in found.ranked} & {"低保怎么申请", "低保要带什么材料"}


def test_of_two_things_in_one_each_leads_to_its_own_pair(engine: RetrievalEngine) -> None:
    found = _asked(engine, "低保和高龄津贴怎么申请")
    assert {one.pair_id for one in found.ranked[:3]} >= {1, 5}
    assert found.decision.verdict is Verdict.CHOOSE
    assert found.is_divided
    assert {one.asked for one in found.ranked} & {"低保怎么申请", "高龄津贴怎么申请"}


def test_anothers_leave_is_never_answered_by_the_days_of_the_one_who_has_it(
    engine: RetrievalEngine,
) -> None:
    first = _asked(engine, "丈夫产假有多少天").ranked[0]
    assert first.pair_id == 6
    assert not allows_answer(first)
    assert any("丈夫" in one for one in first.described.guards.warnings)
