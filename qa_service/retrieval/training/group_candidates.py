"""Candidates of questions from groups of wordings: the groups whose wordings are nearest."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from qa_service.progress import Progress, no_progress
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.ranking.rescoring import Scorer
from qa_service.retrieval.reranking.candidate_text import candidate_text
from qa_service.retrieval.training.rows import RankedQuery
from qa_service.retrieval.training.wording_groups import FIRST_ID

AT_ONCE = 256
"""Questions compared with all wordings at once: a product of matrices, of some 100 MB."""

NEAREST = 12
"""Number of other groups that are candidates of a question."""

TWINS_SOUGHT = 2
"""Number of candidates of other matters that may be twins: the first ones are."""

TWIN = 1.0
"""Log-odds from which a candidate of another matter is taken for the question itself."""


def rank_groups(
    groups: Sequence[Sequence[str]], vectors: Vectors, seed: int, *, most: int
) -> list[RankedQuery]:
    """Ask up to ``most`` wordings of each group but its standard one.

    ``vectors`` are of the wordings, group by group, shape (wordings, dimension). A group is read
    by its wording that is nearest to the question. A group's id is ``FIRST_ID`` plus its place.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    firsts = [0, *accumulate(map(len, groups))][:-1]
    asked = [
        (place, number)
        for place, group in enumerate(groups)
        for number in chance.sample(range(1, len(group)), min(most, len(group) - 1))
    ]
    found = []
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        rows = [firsts[place] + number for place, number in part]
        likeness = vectors[rows] @ vectors.T
        best = np.maximum.reduceat(likeness, firsts, axis=1)
        for at, (place, number) in enumerate(part):
            best[at, place] = -np.inf
            near = _first(best[at])
            candidates = {
                FIRST_ID + other: _nearest(groups[other], likeness[at], firsts[other])
                for other in near
                if other != place
            }
            likeness[at, rows[at]] = -np.inf  # no wording is read beside itself
            candidates[FIRST_ID + place] = _nearest(groups[place], likeness[at], firsts[place])
            found.append(_asked(groups[place][number], FIRST_ID + place, candidates))
    return found


def without_twins(
    ranked: Sequence[RankedQuery],
    matters: Sequence[int],
    scorer: Scorer,
    progress: Progress = no_progress,
) -> list[RankedQuery]:
    """Return the questions without candidates of other matters that seem to ask the same.

    Questions of one matter were kept apart in writing, but two matters may hold one question: a
    right candidate taken for a wrong one teaches the opposite. ``matters`` holds the number of
    each group's matter; ``scorer`` is the re-ranker that training starts from.
    """
    found = []
    for number, one in enumerate(ranked, start=1):
        own = {matters[group - FIRST_ID] for group in one.query.relevant}
        others = [at for at in one.candidates if matters[at - FIRST_ID] not in own][:TWINS_SOUGHT]
        scores = scorer(one.query.text, [one.candidates[at] for at in others])
        twins = {at for at, score in zip(others, scores, strict=True) if score >= TWIN}
        kept = {at: text for at, text in one.candidates.items() if at not in twins}
        found.append(replace(one, candidates=kept))
        progress(number, len(ranked))
    return found


def _first(likeness: Vectors) -> list[int]:
    """Return the places of the nearest groups, nearest first."""
    near = np.argpartition(-likeness, min(NEAREST, len(likeness) - 1))[:NEAREST]
    return sorted((int(place) for place in near), key=lambda place: -likeness[place])


def _asked(text: str, right: int, candidates: dict[int, str]) -> RankedQuery:
    query = JudgedQuery(text, text, frozenset({right}), kind=QuestionKind.WORDING)
    return RankedQuery(query, candidates)


def _nearest(group: Sequence[str], likeness: Vectors, first: int) -> str:
    """Return the text of a candidate group, by its wording that is nearest to the question."""
    best = int(np.argmax(likeness[first : first + len(group)]))
    return candidate_text(group[best], group[0])
