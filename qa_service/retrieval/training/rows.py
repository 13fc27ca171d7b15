"""Training rows of the re-ranker: a question, the text of a candidate, and whether it answers.

Rows come from one split alone: a question of another split is never read, nor is a pair that
questions of another split are about, not even as a wrong candidate.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.progress import Progress, no_progress
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.judged_questions import QuestionKind, Split
from qa_service.retrieval.ranking.answer import Answer
from qa_service.retrieval.reranking.candidate_text import candidate_text

MOST_RIGHT = 2
"""Greatest number of right candidates of a question; a keyword may have many."""

WRONG = 2
"""Number of wrong candidates of a question and pass over the set."""

HARD = 10
"""Wrong candidates are drawn from so many of the first ones of today's order."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question, a candidate's text, and whether the candidate answers it."""

    question: str
    candidate: str
    answers: bool


@dataclass(frozen=True, slots=True)
class RankedQuery:
    """A judged question with the text of each candidate by pair id, best first."""

    query: JudgedQuery
    candidates: dict[int, str]


def rank_queries(
    engine: RetrievalEngine,
    evaluated: EvaluationSet,
    split: Split,
    progress: Progress = no_progress,
) -> list[RankedQuery]:
    """Ask every question of the split; ``engine`` searches the pairs of the set."""
    standard = _questions(evaluated)
    asked = evaluated.of_split(split).queries
    found = []
    for number, query in enumerate(asked, start=1):
        found.append(_ranked(query, engine.answer(query.text, everything), standard))
        progress(number, len(asked))
    return found


def ranked_outcomes(outcomes: Sequence[Outcome], evaluated: EvaluationSet) -> list[RankedQuery]:
    """Return questions of the set that were asked already, with the text of each candidate."""
    standard = _questions(evaluated)
    return [_ranked(outcome.query, outcome.answer, standard) for outcome in outcomes]


def _questions(evaluated: EvaluationSet) -> dict[int, str]:
    return {pair.pair_id: pair.question for pair in evaluated.pairs}


def _ranked(query: JudgedQuery, answer: Answer, standard: Mapping[int, str]) -> RankedQuery:
    """Return the question with its candidates, right and near ones that were not found too."""
    candidates = {one.pair_id: one.described.pair_text for one in answer.ranked}
    for pair_id in sorted(query.relevant | query.near):
        candidates.setdefault(pair_id, candidate_text("", standard[pair_id]))
    return RankedQuery(query, candidates)


def rank_variants(
    engine: RetrievalEngine,
    evaluated: EvaluationSet,
    own: frozenset[int],
    seed: int,
    *,
    most: int,
    progress: Progress = no_progress,
) -> list[RankedQuery]:
    """Ask up to ``most`` variants of each pair of ``own``; the right one is read without it.

    A stored variant is found by itself, so the wording shown to the re-ranker is the nearest one
    of half of the pair's others.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    vectors = engine.vectors_by_text()
    found = []
    pairs = [pair for pair in evaluated.pairs if pair.pair_id in own]
    for number, pair in enumerate(pairs, start=1):
        for variant in chance.sample(pair.variants, min(most, len(pair.variants))):
            stored = (pair.question, *pair.variants)
            others = half_of([text for text in stored if text != variant], chance)
            likeness = [float(np.dot(vectors[variant], vectors[text])) for text in others]
            nearest = others[int(np.argmax(likeness))]
            ranked = engine.answer(variant, everything).ranked
            candidates = {one.pair_id: one.described.pair_text for one in ranked}
            candidates[pair.pair_id] = candidate_text(nearest, pair.question)
            query = JudgedQuery(
                variant, variant, frozenset({pair.pair_id}), kind=QuestionKind.WORDING
            )
            found.append(RankedQuery(query, candidates))
        progress(number, len(pairs))
    return found


def half_of(others: Sequence[str], chance: random.Random) -> list[str]:
    """Return half of a question's other wordings: nobody has written down every way to ask."""
    return chance.sample(others, math.ceil(len(others) / 2))


def rows_of(ranked: Sequence[RankedQuery], own: frozenset[int], seed: int) -> list[Row]:
    """Return the rows of one pass, shuffled; candidates are of the pairs ``own`` alone.

    Another ``seed`` draws other wrong candidates.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    rows = [row for one in ranked for row in _rows(one, own, chance)]
    chance.shuffle(rows)
    return rows


def pairs_of(ranked: Sequence[RankedQuery]) -> frozenset[int]:
    """Return the pairs that the questions are about."""
    return frozenset(pair for one in ranked for pair in one.query.relevant | one.query.near)


def pairs_in(evaluated: EvaluationSet) -> frozenset[int]:
    """Return every pair of the set."""
    return frozenset(pair.pair_id for pair in evaluated.pairs)


def _rows(one: RankedQuery, own: frozenset[int], chance: random.Random) -> Iterator[Row]:
    """Yield right rows, then wrong ones: look-alikes and the first wrong candidate first."""
    query = one.query
    for pair_id in sorted(query.relevant)[:MOST_RIGHT]:
        yield Row(query.text, one.candidates[pair_id], answers=True)
    alike = sorted(query.near - query.relevant)
    others = [
        pair_id
        for pair_id in one.candidates
        if pair_id in own and pair_id not in query.relevant | query.near
    ][:HARD]
    rest = others[1:]
    chance.shuffle(rest)
    for pair_id in [*alike, *others[:1], *rest][:WRONG]:
        yield Row(query.text, one.candidates[pair_id], answers=False)
