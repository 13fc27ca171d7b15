"""The verdict without an encoder: words propose, and nothing is answered outright."""

from collections.abc import Sequence
from math import exp

from qa_service.retrieval.ranking.decision import Decision, Permission, Ranked, concluded
from qa_service.vocabulary import Verdict

LEAST_RELEVANCE = 2.0
"""Least relevance by plain weights of a candidate that is offered without an encoder."""


def decide_by_words(ranked: Sequence[Ranked]) -> Decision:
    """Offer the candidates of a ranking by words; nothing is answered outright by words alone."""
    if not ranked:
        return Decision(Verdict.UNMATCHED, ())
    return concluded(
        ranked,
        _share(ranked[0].relevance),
        answer_threshold=1.0,
        choose_threshold=_share(LEAST_RELEVANCE),
        allowed=Permission.NOTHING,
    )


def _share(relevance: float) -> float:
    """Return a number below 0.5 for a relevance by words that are no proof of a match."""
    return 1 / (1 + exp(-(relevance - 2 * LEAST_RELEVANCE)))
