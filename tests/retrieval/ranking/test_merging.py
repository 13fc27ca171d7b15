"""Which clauses of a question ask for another pair than the whole question leads to."""

from dataclasses import replace

import pytest

from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.retrieval.ranking.decision import Decision, Ranked
from qa_service.retrieval.ranking.judging import Judgement
from qa_service.retrieval.ranking.merging import NEAR, PROBABLE, with_clauses
from qa_service.text.clauses import Clause
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Verdict

POINT, MATTER = "要准备些什么材料", "优待证怎么办理"
"""A clause that names no matter, and one that names its own."""

FAR = NEAR
"""Rank of a pair that the whole question is not near to."""


@pytest.fixture(scope="module")
def candidates(tokenizer: Tokenizer) -> tuple[Ranked, ...]:
    """More candidates than are near."""
    engine = RetrievalEngine(tokenizer, None, load_calibration(default_calibration()))
    engine.upsert(
        [IndexedPair(at, f"社保卡补办第{at}问？", (), "到银行网点办理。") for at in range(NEAR + 2)]
    )
    found = engine.answer("社保卡补办", everything, limit=NEAR + 2).ranked
    assert len(found) > FAR
    return found


def judged(verdict: Verdict, probability: float, *ranked: Ranked) -> Judgement:
    return Judgement(ranked, Decision(verdict, (probability,) * len(ranked)))


class TestClause:
    """What of a question that is answered as a whole leaves no outright answer."""

    def divides(
        self,
        candidates: tuple[Ranked, ...],
        *found: Ranked,
        text: str = MATTER,
        verdict: Verdict = Verdict.CHOOSE,
        probability: float = PROBABLE,
        is_apart: bool = False,
        in_letter: bool = False,
    ) -> bool:
        whole = judged(Verdict.ANSWERED, 0.99, *candidates)
        clause = judged(verdict, probability, *found), Clause(text, is_apart)
        merged = with_clauses(whole, [clause], in_letter=in_letter)
        assert (merged.decision.verdict is Verdict.CHOOSE) == merged.is_divided
        return merged.is_divided

    def test_that_probably_leads_to_another_pair(self, candidates: tuple[Ranked, ...]) -> None:
        assert self.divides(candidates, candidates[FAR])
        assert not self.divides(candidates, candidates[FAR], probability=PROBABLE - 0.01)

    def test_that_leads_to_the_same_pair_does_not(self, candidates: tuple[Ranked, ...]) -> None:
        assert not self.divides(candidates, candidates[0], is_apart=True)

    @pytest.mark.parametrize(("rank", "divides"), [(NEAR - 1, True), (FAR, False)])
    def test_that_names_no_matter_does_where_the_whole_is_near_to_it(
        self, candidates: tuple[Ranked, ...], rank: int, divides: bool
    ) -> None:
        assert self.divides(candidates, candidates[rank], text=POINT) == divides

    def test_that_names_no_matter_does_where_it_is_answered_by_itself(
        self, candidates: tuple[Ranked, ...]
    ) -> None:
        assert self.divides(candidates, candidates[FAR], text=POINT, verdict=Verdict.ANSWERED)

    @pytest.mark.parametrize("text", [POINT, MATTER])
    def test_set_apart_does_though_it_leads_to_nothing(
        self, candidates: tuple[Ranked, ...], text: str
    ) -> None:
        assert self.divides(
            candidates, text=text, verdict=Verdict.UNMATCHED, probability=0.1, is_apart=True
        )

    def test_set_apart_in_a_letter_does_where_it_probably_leads_to_another_pair(
        self, candidates: tuple[Ranked, ...]
    ) -> None:
        apart = {"is_apart": True, "in_letter": True}
        assert self.divides(candidates, candidates[FAR], **apart)
        assert not self.divides(candidates, candidates[FAR], probability=0.3, **apart)

    @pytest.mark.parametrize(("score", "divides"), [(0.5, False), (-0.5, True), (None, True)])
    def test_that_is_read_as_asking_for_the_pair_of_the_whole_does_not(
        self, candidates: tuple[Ranked, ...], score: float | None, divides: bool
    ) -> None:
        found = candidates[1], replace(candidates[0], score=score)
        assert self.divides(candidates, *found, verdict=Verdict.ANSWERED) == divides

    def test_that_does_not_divide_is_told_beside_the_answer(
        self, candidates: tuple[Ranked, ...]
    ) -> None:
        whole = judged(Verdict.ANSWERED, 0.99, *candidates)
        found = judged(Verdict.CHOOSE, 0.9, replace(candidates[FAR], asked=POINT))
        merged = with_clauses(whole, [(found, Clause(POINT, is_apart=False))], in_letter=False)
        assert merged.besides == (POINT,)
