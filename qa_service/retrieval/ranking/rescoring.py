"""Re-ranking: the first candidates are read beside the question, put in order and judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.calibration import Calibration, Matrix
from qa_service.retrieval.ranking.decision import (
    Decision,
    Doubt,
    Permission,
    Ranked,
    concluded,
    is_asked_word_for_word,
    today,
)
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.ranking.features import Described
from qa_service.retrieval.ranking.verdict_model import ALONE, VerdictModel, length_of

RESCORED = 2
"""Greatest number of candidates that are read: on the tune split three put no more right pairs
first, and as many questions are answered right at as many errors."""

SPREAD = 16.0
"""Difference of two scores that is hardly ever exceeded: the second candidate is not read where
it could not even so be put first."""

ASKED = -4.0
"""Score of a wording below which the answer is not read: it is never told outright, and reading
one costs three times what reading a wording does."""

UNREAD = 0.75
"""Score of an answer in proportion to that of a wording, over answers of so hopeless wordings."""

LONGEST = 60
"""Number of characters from which a question's length matters no more."""

USUAL_WORDS, USUAL_BIGRAMS, USUAL_COVERED = 1.0, 0.15, 0.3
"""What the first candidate of a question of ours leaves unsaid, and the share of its best text
that the question has, rounded means: a pair of few texts, which tells nothing, counts as usual."""

PROBABLE = -4.0
"""Log-odds below which nothing is near enough to be worth reading."""

Scorer = Callable[[str, Sequence[str]], Sequence[float]]
"""Callback that returns the log-odds that each text answers the question."""


@dataclass(frozen=True, slots=True)
class Rescored:
    """A ranking whose first candidates have scores; ``log_odds`` is that of the first before.

    ``relevances`` are those before re-ranking, in the order of ``ranked``; ``answer_score`` is
    the re-ranker's log-odds that a passage of the first one's answer replies to the question.
    """

    ranked: tuple[Ranked, ...]
    log_odds: float
    relevances: tuple[float, ...]
    answer_score: float


def is_in_doubt(ranked: Sequence[Ranked], calibration: Calibration) -> bool:
    """Return whether reading can change the verdict.

    It cannot where nothing is near, or one pair alone is asked word for word.
    """
    if not ranked or is_asked_word_for_word(ranked):
        return False
    return today(ranked, calibration) >= PROBABLE


def rescore(
    question: AnalysedQuestion,
    ranked: Sequence[Ranked],
    calibration: Calibration,
    scorer: Scorer,
    *,
    score_weight: float,
) -> Rescored:
    """Score the nearest candidates and put them in order; a pair asked word for word stays first.

    A relevance becomes the former one plus the weighted score; candidates that are not read
    take the least score of those that are.
    """
    read = _to_read(ranked, score_weight)
    rest = ranked[len(read) :]
    scores = scorer(question.text, [found.described.pair_text for found in read])
    least = min(scores)
    moved = [
        (replace(one, relevance=one.relevance + score_weight * score, score=score), one.relevance)
        for one, score in zip(read, scores, strict=True)
    ]
    moved.sort(key=lambda at: (not at[0].is_word_for_word, -at[0].relevance, at[0].pair_id))
    kept = [
        (replace(one, relevance=one.relevance + score_weight * least), one.relevance)
        for one in rest
    ]
    both = [*moved, *kept]
    return Rescored(
        tuple(one for one, _ in both),
        today(ranked, calibration),
        tuple(before for _, before in both),
        _answer_score(question, both[0][0], scorer),
    )


def _answer_score(question: AnalysedQuestion, first: Ranked, scorer: Scorer) -> float:
    """Return the score of the first candidate's answer, what to expect of one that is not read.

    A pair without an answer has none but that of its wording.
    """
    passage, score = first.described.answering_text, first.score or 0.0
    if not passage:
        return score
    return scorer(question.text, [passage])[0] if score >= ASKED else UNREAD * score


def _to_read(ranked: Sequence[Ranked], score_weight: float) -> Sequence[Ranked]:
    """Return the first candidate, and those that their score may put before it."""
    farthest = ranked[0].relevance - score_weight * SPREAD
    return [*ranked[:1], *(one for one in ranked[1:RESCORED] if one.relevance > farthest)]


def verdict_features(question: AnalysedQuestion, rescored: Rescored) -> Matrix:
    """Return the features of the verdict, shape (len(VERDICT_FEATURES),)."""
    top = rescored.ranked[0]
    scores = [one.score for one in rescored.ranked if one.score is not None]
    first, others = scores[0], scores[1:]
    before, rest = rescored.relevances[0], rescored.relevances[1:]
    return np.array(
        [
            rescored.log_odds,
            first,
            first - max(others) if others else ALONE,
            max(others) if others else -ALONE,
            sum(others) / len(others) if others else -ALONE,
            sum(score > 0 for score in scores),
            rescored.answer_score,
            before - max(rest) if rest else ALONE,
            len(top.described.guards.conflicts),
            len(top.described.guards.unconfirmed),
            *_beyond_usual(top.described),
            min(LONGEST, len(question.normalised)),
        ]
    )


def _beyond_usual(described: Described) -> tuple[float, float, float]:
    """Return how far what a pair leaves unsaid, and what its best text shares, is from usual."""
    unsaid, at = described.description.unsaid, described.at
    extent = float(unsaid.extent[at])
    return (
        extent * (float(unsaid.words[at]) - USUAL_WORDS),
        extent * (float(unsaid.bigrams[at]) - USUAL_BIGRAMS),
        extent * (described.feature("text_covered") - USUAL_COVERED),
    )


def is_stored_as_policy(described: Described, domain: DomainModel | None) -> bool:
    """Return whether the pair's own question is one about policy.

    So is a question in words of the street (被狗啃了一口) where such a pair is its first candidate:
    a bank of policy holds little else, one of general questions little of it.
    """
    vector = described.standard_vector if domain is not None else None
    return domain is not None and vector is not None and bool(domain.is_policy(vector[None])[0])


def decide_rescored(
    question: AnalysedQuestion, rescored: Rescored, model: VerdictModel, *, allowed: Permission
) -> Decision:
    """Reach the verdict on a re-ranked ranking."""
    is_policy = model.is_policy(question.vector) or is_stored_as_policy(
        rescored.ranked[0].described, model.domain
    )
    length = length_of(question.normalised)
    least = model.least(np.array([is_policy]), np.array([length]))[0]
    doubt = None
    if rescored.log_odds < least and allowed is Permission.ALL:
        allowed, doubt = Permission.WORD_FOR_WORD, Doubt.DISAGREEMENT
    return concluded(
        rescored.ranked,
        model.probability(verdict_features(question, rescored), length),
        answer_threshold=model.threshold(length),
        choose_threshold=model.choose_threshold,
        allowed=allowed,
        doubt=doubt,
    )
