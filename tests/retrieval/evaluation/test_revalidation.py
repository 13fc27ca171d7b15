"""A calibration fitted anew keeps what the judged questions cannot tell."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.revalidation import revalidate
from qa_service.retrieval.ranking.calibration import RERANKER, load_calibration
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.reranking.models import Pair
from qa_service.retrieval.reranking.reranker import Reranker
from qa_service.text.tokenize import Tokenizer

MATTERS = ("社保卡", "居住证", "优待证", "身份证", "残疾证", "营业执照")
PAIRS = [
    IndexedPair(number, f"{matter}丢了怎么补办？", (f"{matter}遗失补领",), "带材料到窗口补办。")
    for number, matter in enumerate(MATTERS, start=1)
]


class ByCharacters:
    """Scores a pair by the characters both texts have in common."""

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        return [2.0 * len(set(one) & set(other)) - 9.0 for one, other in pairs]


def _questions() -> list[JudgedQuery]:
    """Wordings about which two readers disagree, so that no model parts right from wrong."""
    return [
        JudgedQuery(f"{reader}-{matter}", f"我的{matter}找不到了想再办一张", relevant)
        for number, matter in enumerate(MATTERS, start=1)
        for reader, relevant in (("one", frozenset({number})), ("other", frozenset[int]()))
    ]


def test_a_verdict_fitted_anew_keeps_the_bounds_and_the_domain_of_the_one_before(
    tokenizer: Tokenizer, encoder: Encoder
) -> None:
    shipped = load_calibration(default_calibration())
    assert shipped.verdict is not None
    domain = DomainModel(np.ones(encoder.dimension), 0.25)
    engine = RetrievalEngine(
        tokenizer,
        encoder,
        replace(
            shipped,
            # A verdict on another re-ranker's scores is never kept.
            provenance={**shipped.provenance, RERANKER: "another"},
            verdict=replace(
                shipped.verdict,
                least_log_odds=0.5,
                letter_threshold=1.02,
                least_elsewhere=3.5,
                domain=domain,
            ),
        ),
        reranker=Reranker(ByCharacters(), "characters"),
    )
    engine.upsert(PAIRS)
    found = revalidate(engine, _questions(), day=date(2026, 3, 2))
    assert found.is_refitted
    verdict = found.calibration.verdict
    assert verdict is not None
    assert found.calibration.provenance[RERANKER] == "characters"
    bounds = (verdict.least_log_odds, verdict.letter_threshold, verdict.least_elsewhere)
    assert bounds == (0.5, 1.02, 3.5)
    assert verdict.domain is domain
