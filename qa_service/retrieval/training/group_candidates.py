"""Candidates of questions from groups of wordings: the groups whose wordings are nearest."""

import random
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.reranking.candidate_text import candidate_text
from qa_service.retrieval.training.rows import RankedQuery, half_of
from qa_service.retrieval.training.wording_groups import FIRST_ID

NEAREST = 12
"""Number of other groups that are candidates of a question."""


def rank_groups(
    groups: Sequence[Sequence[str]], vectors: Vectors, seed: int, *, most: int
) -> list[RankedQuery]:
    """Ask up to ``most`` wordings of each group but its standard one.

    ``vectors`` are of the wordings, group by group, shape (wordings, dimension). The group itself
    is read by the nearest of half of its other wordings, others by their nearest one. A group's
    id is ``FIRST_ID`` plus its place.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    firsts = [0, *accumulate(map(len, groups))][:-1]
    found = []
    for place, group in enumerate(groups):
        asked = chance.sample(range(1, len(group)), min(most, len(group) - 1))
        for number in asked:
            likeness = vectors @ vectors[firsts[place] + number]
            best = np.maximum.reduceat(likeness, firsts)
            best[place] = -np.inf
            near = np.argpartition(-best, min(NEAREST, len(best) - 1))[:NEAREST]
            candidates = {
                FIRST_ID + int(other): _nearest(groups[other], likeness, firsts[other])
                for other in sorted(near, key=lambda one: -best[one])
                if other != place
            }
            own = dict(zip(group, likeness[firsts[place] :], strict=False))
            others = half_of([text for text in group if text != group[number]], chance)
            nearest = max(others, key=lambda text: own[text])
            candidates[FIRST_ID + place] = candidate_text(nearest, group[0])
            query = JudgedQuery(
                group[number],
                group[number],
                frozenset({FIRST_ID + place}),
                kind=QuestionKind.WORDING,
            )
            found.append(RankedQuery(query, candidates))
    return found


def _nearest(group: Sequence[str], likeness: Vectors, first: int) -> str:
    """Return the text of a candidate group, by its wording that is nearest to the question."""
    best = int(np.argmax(likeness[first : first + len(group)]))
    return candidate_text(group[best], group[0])
