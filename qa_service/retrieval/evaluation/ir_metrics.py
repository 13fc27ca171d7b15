"""Ranking metrics of information retrieval, for one query each (Manning et al., 2008, ch. 8)."""

from collections.abc import Sequence
from math import log2


def recall(ranking: Sequence[int], relevant: frozenset[int], depth: int) -> float:
    """Return capped recall at ``depth``; 0 when none is relevant.

    The divisor is at most ``depth``, because no more can be found (BEIR, Thakur et al., 2021).
    """
    if not relevant:
        return 0.0
    return len(relevant.intersection(ranking[:depth])) / min(len(relevant), depth)


def reciprocal_rank(ranking: Sequence[int], relevant: frozenset[int], depth: int = 10) -> float:
    """Return the reciprocal rank of the first relevant id within ``depth``, else 0."""
    for place, found in enumerate(ranking[:depth], start=1):
        if found in relevant:
            return 1 / place
    return 0.0


def ndcg(ranking: Sequence[int], relevant: frozenset[int], depth: int = 10) -> float:
    """Return NDCG with binary gains at ``depth`` (Järvelin & Kekäläinen, 2002)."""
    gained = sum(
        1 / log2(place + 1)
        for place, found in enumerate(ranking[:depth], start=1)
        if found in relevant
    )
    ideal = sum(1 / log2(place + 1) for place in range(1, min(len(relevant), depth) + 1))
    return gained / ideal if ideal else 0.0
