"""Two candidates without texts: cosine puts pair 1 first, overlap puts pair 2 first."""

import numpy as np

from qa_service.retrieval.arrays.ragged import Rows
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.answer import Answer
from qa_service.retrieval.ranking.decision import Decision
from qa_service.retrieval.ranking.features import FEATURES, BestTexts, Description
from qa_service.retrieval.ranking.unsaid import Unsaid
from qa_service.text.guards.compare import guards_of
from qa_service.vocabulary import Verdict


def two_candidates() -> Answer:
    """An answer whose description has both; none is ranked yet."""
    description = Description(
        pair_ids=np.array([1, 2]),
        features=np.array(
            [
                _features(cosine_question=0.9, bigram_dice=0.1),
                _features(cosine_question=0.8, bigram_dice=0.9),
            ]
        ),
        best=BestTexts(
            np.zeros(2, np.uint8),
            Rows.of([np.empty(0, np.uint8)] * 2, np.uint8),
            Rows.of([np.empty(0, np.int32)] * 2, np.int32),
        ),
        standard=Rows.of([np.empty(0, np.uint8)] * 2, np.uint8),
        passages=Rows.of([np.empty(0, np.uint8)] * 2, np.uint8),
        unsaid=Unsaid(np.zeros(2), np.zeros(2), np.ones(2)),
        shared=np.empty((2, 0), np.bool_),
        words=(),
    )
    question = AnalysedQuestion("问", "问", ("问",), guards_of("问"), np.ones(1, np.float32))
    return Answer(question, (), Decision(Verdict.CHOOSE, (0.5, 0.1)), description, {})


def _features(**named: float) -> list[float]:
    return [named.get(name, 0.0) for name in FEATURES]
