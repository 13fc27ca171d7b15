"""Checks the compiled BM25 against the rank-bm25 library."""

from collections.abc import Sequence
from math import log

import numpy as np
from rank_bm25 import BM25Okapi

from qa_service.retrieval.backends.contract import ScoreCheck, ScoresDifferError
from qa_service.retrieval.backends.embedded.bm25 import LexicalIndex

SAMPLED_QUERIES = 50
"""Number of stored texts that are used as queries by default."""

TOLERANCE = 1e-6
"""Greatest difference of two scores that can be due to rounding."""


class ReferenceBM25(BM25Okapi):  # type: ignore[misc]  # the library is untyped
    """rank-bm25's ``BM25Okapi`` with Lucene's IDF, ln(1 + (N - n + 0.5) / (n + 0.5)).

    The library's IDF is 0 for a word in half of the texts and negative for more frequent ones.
    """

    def _calc_idf(self, nd: dict[str, int]) -> None:
        """Set the IDF of every word; ``nd`` holds the number of texts with the word."""
        for word, count in nd.items():
            self.idf[word] = log(1 + (self.corpus_size - count + 0.5) / (count + 0.5))


def check_scores(
    index: LexicalIndex, texts: Sequence[Sequence[str]], queries: Sequence[Sequence[str]] = ()
) -> ScoreCheck:
    """Compare the scores of ``index`` with the library's for the same ``texts``, by slot.

    ``texts`` and ``queries`` are token lists; without ``queries`` a sample of the texts is
    used. Raises ScoresDifferError when a score differs by more than rounding.
    """
    asked = queries or texts[:: max(1, len(texts) // SAMPLED_QUERIES)]
    if not any(texts):
        return ScoreCheck(len(texts), 0, 0.0)
    reference = ReferenceBM25(list(texts))
    slots = np.arange(len(texts))
    difference = 0.0
    for tokens in asked:
        scores = index.scores(index.query_weights(tokens), slots)
        expected = reference.get_scores(tokens)
        difference = max(difference, float(np.abs(scores - expected).max()))
    if difference > TOLERANCE:
        raise ScoresDifferError(
            f"BM25 得分与 rank-bm25 不一致，最大相差 {difference:.2g}，"
            "请运行 qa-service index rebuild"
        )
    return ScoreCheck(len(texts), len(asked), difference)
