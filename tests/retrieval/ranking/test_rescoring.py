"""What is read beside the question changes order and verdict; guards and silence stay."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.ranking.calibration import ENCODER, RERANKER, TOKENIZER, load_calibration
from qa_service.retrieval.ranking.decision import Doubt
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.ranking.unsaid import FULL
from qa_service.retrieval.ranking.verdict_model import VERDICT_FEATURES, Length, VerdictModel
from qa_service.retrieval.reranking.models import Pair
from qa_service.retrieval.reranking.reranker import Reranker
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Verdict

PAIRS = [
    IndexedPair(1, "社保卡丢了怎么补办？", ("社保卡遗失补领",), "带身份证到银行网点补办。"),
    IndexedPair(2, "社保卡补办要带什么材料？", ("补社保卡需要哪些证件",), "带身份证原件。"),
    IndexedPair(3, "老年人优待证怎么办理？", (), "到社区办理。"),
]
ASKED = "我的社保卡找不到了，想再办一张"

Build = Callable[..., RetrievalEngine]


class Reader:
    """Scores a pair by the words that its candidate contains; remembers what it read."""

    def __init__(self, liked: str, *, disliked: str = "无", fails: bool = False) -> None:
        self.liked, self.disliked, self.fails = liked, disliked, fails
        self.read: list[Pair] = []

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        self.read += pairs
        if self.fails:
            raise MemoryError
        return [
            9.0 if self.liked in text and self.disliked not in text else -9.0 for _, text in pairs
        ]


@pytest.fixture(scope="module")
def build(tokenizer: Tokenizer, encoder: Encoder) -> Build:
    """Builds an engine whose verdict is the score alone, read by a ``Reader`` or nobody."""
    model = VerdictModel(
        mean=np.zeros(len(VERDICT_FEATURES)),
        scale=np.ones(len(VERDICT_FEATURES)),
        weights=np.tile([float(name == "score") for name in VERDICT_FEATURES], (len(Length), 1)),
        bias=np.zeros(len(Length)),
        answer_threshold=0.9,
        letter_threshold=0.9,
        choose_threshold=0.0001,
        score_weight=4.0,
        least_log_odds=-99.0,
        least_elsewhere=-99.0,
    )
    shipped = load_calibration(default_calibration())
    fitted_with = {
        TOKENIZER: tokenizer.fingerprint,
        ENCODER: encoder.fingerprint,
        RERANKER: "reader",
    }
    calibration = replace(shipped, verdict=model, provenance=fitted_with)

    def built(reader: Reader | None, name: str = "reader", **changed: object) -> RetrievalEngine:
        reranker = Reranker(reader, name) if reader else None
        verdict = replace(model, **changed)  # type: ignore[arg-type]
        engine = RetrievalEngine(
            tokenizer, encoder, replace(calibration, verdict=verdict), reranker=reranker
        )
        engine.upsert(PAIRS)
        return engine

    return built


class TestReading:
    def test_puts_the_pair_first_that_answers(self, build: Build) -> None:
        answer = build(Reader("要带什么材料")).answer(ASKED, everything)
        assert answer.pair_ids[0] == 2
        assert answer.decision.verdict is Verdict.ANSWERED
        assert list(answer.decision.confidences) == sorted(answer.decision.confidences)[::-1]

    def test_reads_the_nearest_wording_and_the_question_of_the_pair(self, build: Build) -> None:
        reader = Reader("无")
        build(reader).answer("我要社保卡遗失补领", everything)
        assert "社保卡遗失补领 社保卡丢了怎么补办？" in {text for _, text in reader.read}

    def test_that_likes_nothing_leaves_nothing_to_answer(self, build: Build) -> None:
        answer = build(Reader("无")).answer(ASKED, everything)
        assert answer.decision.verdict is not Verdict.ANSWERED

    def test_is_left_out_where_one_pair_is_asked_word_for_word(self, build: Build) -> None:
        reader = Reader("无")
        answer = build(reader).answer("社保卡遗失补领", everything)
        assert answer.decision.verdict is Verdict.ANSWERED
        assert reader.read == []

    def test_does_not_overrule_guard_words(self, build: Build) -> None:
        answer = build(Reader("社保卡")).answer("2019年社保卡丢了怎么补办", everything)
        assert answer.decision.verdict is not Verdict.ANSWERED

    def test_does_not_tell_the_rules_of_here_for_those_of_another_place(self, build: Build) -> None:
        answer = build(Reader("社保卡")).answer("上海的社保卡丢了怎么补办", everything)
        assert answer.decision.verdict is Verdict.CHOOSE
        assert "地方不同" in str(answer.ranked[0].described.guards.conflicts)

    def test_takes_time_under_its_own_name(self, build: Build) -> None:
        assert "rerank" in build(Reader("无")).answer(ASKED, everything).timings


class TestTheAnswer:
    def test_of_the_first_candidate_alone_is_read_beside_the_question(self, build: Build) -> None:
        reader = Reader("要带什么材料")
        build(reader).answer(ASKED, everything)
        answers = {text for _, text in reader.read if any(p.answer in text for p in PAIRS)}
        assert answers == {"社保卡补办要带什么材料？ 带身份证原件。"}

    def test_is_read_where_it_is_nearest(self, build: Build) -> None:
        far, near = "丢失后请先挂失。" * 30, "补办当场领卡，工本费二十元。"
        engine = build(reader := Reader("社保卡"))
        engine.remove([pair.pair_id for pair in PAIRS])
        engine.upsert([IndexedPair(9, "社保卡丢了怎么补办？", (), far + near)])
        engine.answer("补办社保卡收工本费吗", everything)
        assert any(near in text for _, text in reader.read)
        assert not any(text.count("挂失") > 25 for _, text in reader.read)

    @pytest.mark.parametrize(("disliked", "is_sure"), [("无", True), ("到银行网点", False)])
    def test_that_says_nothing_to_it_leaves_the_verdict_unsure(
        self, build: Build, disliked: str, *, is_sure: bool
    ) -> None:
        weights = np.tile(
            [float(name == "answer_score") for name in VERDICT_FEATURES], (len(Length), 1)
        )
        engine = build(Reader("社保卡", disliked=disliked), weights=weights)
        engine.remove([2, 3])
        verdict = engine.answer(ASKED, everything).decision.verdict
        assert (verdict is Verdict.ANSWERED) is is_sure

    def test_is_not_read_where_the_wording_is_hardly_what_is_asked(self, build: Build) -> None:
        reader = Reader("无")
        build(reader).answer(ASKED, everything)
        assert not any(pair.answer in text for pair in PAIRS for _, text in reader.read)

    def test_counts_as_the_wording_does_where_there_is_none(self, build: Build) -> None:
        weights = np.tile(
            [float(name == "answer_score") for name in VERDICT_FEATURES], (len(Length), 1)
        )
        engine = build(reader := Reader("社保卡"), weights=weights)
        engine.remove([pair.pair_id for pair in PAIRS])
        engine.upsert([IndexedPair(9, "社保卡丢了怎么补办？", ("社保卡遗失补领",), "")])
        assert engine.answer(ASKED, everything).decision.verdict is Verdict.ANSWERED
        assert len(reader.read) == 1


class TestWhatThePairNeverSays:
    NEAR, FAR = "社保卡丢了到网点补办", "社保卡丢了到税务局旁边的邮政银行补办"

    def sure(self, build: Build, feature: str, answer: str, asked: str) -> float:
        """How sure an engine is that judges by one feature alone and has one pair."""
        weights = np.tile([-9.0 * (one == feature) for one in VERDICT_FEATURES], (len(Length), 1))
        engine = build(Reader("无"), weights=weights)
        engine.remove([pair.pair_id for pair in PAIRS])
        engine.upsert([IndexedPair(9, "社保卡丢了怎么补办？", ("到网点补办社保卡",), answer)])
        return engine.answer(asked, everything).decision.confidences[0]

    @pytest.mark.parametrize("feature", ["unsaid_words", "unsaid_bigrams"])
    def test_makes_the_verdict_less_sure(self, build: Build, feature: str) -> None:
        much = "带身份证到网点补办，当场领卡。" * FULL
        near, far = (self.sure(build, feature, much, asked) for asked in (self.NEAR, self.FAR))
        assert near > 0.5 > far

    def test_counts_with_how_much_of_the_best_text_is_asked(self, build: Build) -> None:
        much = "带身份证到网点补办，当场领卡。" * FULL
        near, far = (
            self.sure(build, "text_covered", much, asked) for asked in (self.NEAR, "网点几点开门")
        )
        # The weight is below 0: what is asked in full counts most.
        assert near < far

    def test_tells_little_where_the_pair_says_little(self, build: Build) -> None:
        near, far = (
            self.sure(build, "unsaid_bigrams", "", asked) for asked in (self.NEAR, self.FAR)
        )
        assert near == pytest.approx(far, abs=0.05)


class TestBothMustAgree:
    @pytest.mark.parametrize(("bias", "verdict"), [(2.0, Verdict.ANSWERED), (-2.0, Verdict.CHOOSE)])
    def test_and_more_is_asked_of_what_is_not_about_policy(
        self, build: Build, encoder: Encoder, bias: float, verdict: Verdict
    ) -> None:
        domain = DomainModel(np.zeros(encoder.dimension), bias)
        engine = build(Reader("怎么补办"), domain=domain, least_elsewhere=99.0)
        assert engine.answer(ASKED, everything).decision.verdict is verdict

    def test_a_question_counts_as_about_policy_where_its_first_candidate_is(
        self, build: Build, encoder: Encoder
    ) -> None:
        asked, stored = encoder.encode_queries([ASKED, PAIRS[0].question])
        towards = (stored - asked).astype(np.float64)
        # 1.0 of log-odds is the least that counts: the stored question has 2, the asked one 0.
        scale = 2 / float(stored @ towards - asked @ towards)
        bias = -float(asked @ towards) * scale
        for sign, verdict in ((1, Verdict.ANSWERED), (-1, Verdict.CHOOSE)):
            domain = DomainModel(sign * scale * towards, sign * bias)
            engine = build(Reader("怎么补办"), domain=domain, least_elsewhere=99.0)
            assert engine.answer(ASKED, everything).decision.verdict is verdict

    def test_without_a_domain_every_question_is_held_to_the_bound_of_policy(
        self, build: Build
    ) -> None:
        engine = build(Reader("怎么补办"), least_elsewhere=99.0)
        assert engine.answer(ASKED, everything).decision.verdict is Verdict.ANSWERED
        engine = build(Reader("怎么补办"), least_log_odds=99.0)
        assert engine.answer(ASKED, everything).decision.verdict is Verdict.CHOOSE


class TestDoubt:
    """Why a probable pair is not answered is told."""

    def test_of_models_that_disagree(self, build: Build) -> None:
        answer = build(Reader("怎么补办"), least_log_odds=99.0).answer(ASKED, everything)
        assert answer.decision.doubt is Doubt.DISAGREEMENT

    def test_of_two_pairs_with_the_words_asked(self, build: Build) -> None:
        engine = build(Reader("社保卡"))
        engine.upsert([IndexedPair(4, "社保卡补办？", ("社保卡遗失补领",), "带身份证去。")])
        answer = engine.answer("社保卡遗失补领", everything)
        assert answer.decision.verdict is Verdict.CHOOSE
        assert answer.decision.doubt is Doubt.SAME_WORDS

    @pytest.mark.parametrize("liked", ["怎么补办", "无"])
    def test_is_none_where_it_is_answered_or_not_probable(self, build: Build, liked: str) -> None:
        assert build(Reader(liked)).answer(ASKED, everything).decision.doubt is None


class TestWithoutAReader:
    @pytest.mark.parametrize(
        ("reader", "name"),
        [(None, ""), (Reader("补办", fails=True), "reader"), (Reader("补办"), "another reader")],
        ids=["none", "failing", "not calibrated"],
    )
    def test_only_what_is_asked_word_for_word_is_answered(
        self, build: Build, reader: Reader | None, name: str
    ) -> None:
        engine = build(reader, name)
        near = engine.answer("社保卡丢了，请问怎么补办？", everything)
        same = engine.answer("社保卡丢了怎么补办", everything)
        assert near.decision.verdict is Verdict.CHOOSE
        assert near.pair_ids[0] == 1
        assert same.decision.verdict is Verdict.ANSWERED


class TellsMatters(Reader):
    """Takes a candidate for right where its matter is named in the question too."""

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        told = [("社保卡找不到", "社保卡丢了"), ("优待证怎么", "优待证")]
        return [
            9.0 if any(asked in question and own in text for asked, own in told) else -9.0
            for question, text in pairs
        ]


class TestClauses:
    def test_that_leave_out_what_they_are_about_are_told_beside_the_answer(
        self, build: Build
    ) -> None:
        asked = "我的社保卡找不到了怎么办，手续费要交多少"
        answer = build(TellsMatters("")).answer(asked, everything)
        assert answer.decision.verdict is Verdict.ANSWERED
        assert answer.ranked[0].pair_id == 1
        assert answer.besides == ("手续费要交多少",)
        assert not answer.is_divided

    @pytest.mark.parametrize(("score", "verdict"), [(0.5, Verdict.ANSWERED), (1.5, Verdict.CHOOSE)])
    def test_that_lead_to_another_pair_withhold_the_answer_where_they_probably_ask_for_it(
        self, build: Build, score: float, verdict: Verdict
    ) -> None:
        class Doubts(TellsMatters):
            """Takes the pair on materials for what the second clause may ask for."""

            def score(self, pairs: Sequence[Pair]) -> list[float]:
                return [
                    score if question.startswith("材料") and "材料" in text else told
                    for (question, text), told in zip(pairs, super().score(pairs), strict=True)
                ]

        asked = "我的社保卡找不到了怎么办，材料补办要带哪些社保卡证件"
        assert build(Doubts("")).answer(asked, everything).decision.verdict is verdict

    def test_that_ask_for_another_pair_leave_no_outright_answer(self, build: Build) -> None:
        asked = "社保卡找不到了怎么办，老年人优待证怎么办理"
        answer = build(TellsMatters("")).answer(asked, everything)
        assert answer.decision.verdict is Verdict.CHOOSE
        assert answer.is_divided
        assert {1, 3} <= {one.pair_id for one in answer.ranked}

    def test_set_apart_leave_no_outright_answer_whatever_they_lead_to(self, build: Build) -> None:
        asked = "我的社保卡找不到了怎么办，另外，手续费要交多少"
        answer = build(TellsMatters("")).answer(asked, everything)
        assert answer.decision.verdict is Verdict.CHOOSE

    def test_of_one_matter_leave_nothing_to_tell_beside(self, build: Build) -> None:
        answer = build(TellsMatters("")).answer(ASKED, everything)
        assert answer.besides == ()


class TestLetter:
    STORY = (
        "您好，上个星期我去菜市场买菜，回来的路上把包弄丢了，里面的东西都没有了，"
        "我沿路找了好几遍也没有找到，我的社保卡找不到了，想再办一张，"
        "这几天我跑了三个地方，人家都叫我到别处去问，说不归他们那里办，"
    )

    def test_keeps_its_answer_where_a_clause_asks_in_rhetoric(self, build: Build) -> None:
        answer = build(TellsMatters("")).answer(
            f"{self.STORY}这样推来推去，到底还有没有人管呢", everything
        )
        assert answer.decision.verdict is Verdict.ANSWERED
        assert answer.ranked[0].pair_id == 1

    def test_keeps_its_answer_where_a_connector_sets_apart_what_asks_for_no_pair(
        self, build: Build
    ) -> None:
        answer = build(TellsMatters("")).answer(
            f"{self.STORY}这样行吗，另外，老年人优待证有什么好", everything
        )
        assert answer.decision.verdict is Verdict.ANSWERED

    def test_has_a_threshold_of_its_own(self, build: Build) -> None:
        engine = build(TellsMatters(""), letter_threshold=1.01)
        assert engine.answer(self.STORY, everything).decision.verdict is Verdict.CHOOSE
        short = engine.answer("我的社保卡找不到了，想再办一张", everything)
        assert short.decision.verdict is Verdict.ANSWERED

    def test_is_not_answered_outright_where_it_asks_a_second_matter(self, build: Build) -> None:
        answer = build(TellsMatters("")).answer(
            f"{self.STORY}这样行吗，另外，老年人优待证怎么办理", everything
        )
        assert answer.decision.verdict is Verdict.CHOOSE
        assert {1, 3} <= {one.pair_id for one in answer.ranked}
