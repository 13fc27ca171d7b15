"""Verdicts from calibrated probabilities: answered, choose or unmatched.

The order of candidates and the probability that the first one is right each come
from a logistic model over raw features (never from a fused or per-query normalised
score). Conflicting guard words exclude ``answered`` regardless of the probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from math import exp

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.ranking.calibration import Calibration
from qa_service.retrieval.ranking.features import PLACES, Described, Description
from qa_service.vocabulary import LabelledEnum, Verdict

CONFLICTING = 0.5
"""Greatest probability shown of a candidate whose guard words conflict with the question."""

WORD_FOR_WORD = 0.999
"""Probability of the only pair with a wording equal to the question."""


BACKGROUND = slice(4, 15)
"""Runners-up whose mean cosine is the level of merely similar pairs."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ranked candidate; ``relevance`` is the log-odds that orders candidates.

    ``score`` is the re-ranker's log-odds that it answers; None if it was not re-ranked.
    ``asked`` is the clause or reading of the question that found it, empty for the whole.
    """

    described: Described
    relevance: float
    score: float | None = None
    asked: str = ""

    @property
    def pair_id(self) -> int:
        """The pair's id."""
        return self.described.pair_id

    @property
    def is_word_for_word(self) -> bool:
        """Whether the question is the pair's own question or variant."""
        return self.described.feature("same_text") > 0


class Doubt(LabelledEnum):
    """Why a pair that is probably right is not answered outright, as it is told to an operator."""

    DISAGREEMENT = "disagreement", "按字词和按语义所得的结论不一致，请核对后选择"
    SAME_WORDS = "same_words", "另有一条问答问法相同，请核对后选择"
    ONLY_BY_ANSWER = "only_by_answer", "只在答案里找到，没有相符的问法，请核对后选择"


class Permission(StrEnum):
    """The candidates that may be answered outright, before any probability is looked at."""

    NOTHING = auto()
    WORD_FOR_WORD = auto()
    ALL = auto()


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and, for each ranked candidate, the probability that it is right.

    ``doubt`` tells why the first one is not answered though it is probable enough.
    """

    verdict: Verdict
    confidences: tuple[float, ...]
    doubt: Doubt | None = None


def rank(description: Description, calibration: Calibration, *, limit: int) -> list[Ranked]:
    """Return the first ``limit`` candidates, the most relevant first; see ``reorder``."""
    relevance = calibration.relevance.score(description.features)
    word_for_word = description.features[:, PLACES["same_text"]]
    order = np.lexsort((description.pair_ids, -relevance, -word_for_word))[:limit]
    return [Ranked(description.described(at), float(relevance[at])) for at in order.tolist()]


def reorder(candidates: Sequence[Described], calibration: Calibration) -> list[Ranked]:
    """Return the candidates, most relevant first; ties by pair id, so that order is stable.

    A pair that is asked word for word precedes every other.
    """
    if not candidates:
        return []
    scores = calibration.relevance.score(np.array([found.features for found in candidates]))
    scored = [
        Ranked(found, score) for found, score in zip(candidates, scores.tolist(), strict=True)
    ]
    return sorted(
        scored, key=lambda ranked: (not ranked.is_word_for_word, -ranked.relevance, ranked.pair_id)
    )


def top_features(ranked: Sequence[Ranked]) -> npt.NDArray[np.float64]:
    """Return the decision's features of a non-empty ranking, shape (len(TOP_FEATURES),)."""
    top, others = ranked[0], ranked[1:]
    second = others[0] if others else None
    background = [other.described.feature("cosine_question") for other in others[BACKGROUND]]
    cosine = top.described.feature("cosine_question")
    gaps = (
        top.relevance,
        top.relevance - second.relevance if second else 5.0,
        _gap(top, second, "cosine_question", 0.1),
        _gap(top, second, "bm25_question", 1.0),
        cosine - sum(background) / len(background) if background else 0.1,
    )
    return np.concatenate([top.described.features, gaps])


def today(ranked: Sequence[Ranked], calibration: Calibration) -> float:
    """Return the log-odds that the first of a non-empty ranking is right, without re-ranking."""
    return float(calibration.decision.score(top_features(ranked)[None])[0])


def decide(ranked: Sequence[Ranked], calibration: Calibration, *, allowed: Permission) -> Decision:
    """Reach the verdict on a ranking that was not re-ranked."""
    if not ranked:
        return Decision(Verdict.UNMATCHED, ())
    return concluded(
        ranked,
        _probability(today(ranked, calibration)),
        answer_threshold=calibration.answer_threshold,
        choose_threshold=calibration.choose_threshold,
        allowed=allowed,
    )


def concluded(
    ranked: Sequence[Ranked],
    first: float,
    *,
    answer_threshold: float,
    choose_threshold: float,
    allowed: Permission,
    doubt: Doubt | None = None,
) -> Decision:
    """Return the verdict for the probability ``first`` that the first candidate is right.

    ``doubt`` is the reason for which less is ``allowed``, if that is one of the question's own.
    """
    is_certain = is_asked_word_for_word(ranked)
    if is_certain:
        first = max(first, WORD_FOR_WORD)
    elif ranked[0].described.guards.conflicts:
        first = min(first, CONFLICTING)
    confidences = tuple(_share(first, ranked[0].relevance - other.relevance) for other in ranked)
    if first < choose_threshold:
        return Decision(Verdict.UNMATCHED, confidences)
    is_probable = first >= answer_threshold and not _is_ambiguous(ranked)
    is_sure = is_certain or (allowed is Permission.ALL and is_probable)
    if allowed is not Permission.NOTHING and is_sure and allows_answer(ranked[0]):
        return Decision(Verdict.ANSWERED, confidences)
    if first < answer_threshold:
        return Decision(Verdict.CHOOSE, confidences)
    return Decision(Verdict.CHOOSE, confidences, _doubt(ranked) or doubt)


def _doubt(ranked: Sequence[Ranked]) -> Doubt | None:
    """Return why the first candidate is none to answer with; None for other reasons."""
    if ranked[0].described.feature("answer_only") > 0:
        return Doubt.ONLY_BY_ANSWER
    return Doubt.SAME_WORDS if _is_ambiguous(ranked) else None


def allows_answer(found: Ranked) -> bool:
    """Return whether the rules allow a candidate as an outright answer.

    They exclude a candidate whose guard words conflict, and one that matched only by its
    answer, because it has no wording of its own to confirm the match.
    """
    is_answer_only = found.described.feature("answer_only") > 0
    return not is_answer_only and not found.described.guards.conflicts


def is_asked_word_for_word(ranked: Sequence[Ranked]) -> bool:
    """Return whether the first candidate is the only one with the wording asked."""
    return ranked[0].is_word_for_word and not _is_ambiguous(ranked)


def _is_ambiguous(ranked: Sequence[Ranked]) -> bool:
    """Return whether two candidates have the wording asked: it is undecided which is meant."""
    return all(found.is_word_for_word for found in ranked[:2]) and len(ranked) > 1


def _gap(top: Ranked, second: Ranked | None, name: str, alone: float) -> float:
    """Return the first's lead over the second in a feature; ``alone`` without a second."""
    if second is None:
        return alone
    return top.described.feature(name) - second.described.feature(name)


def _probability(log_odds: float) -> float:
    """Return the probability of ``log_odds``."""
    return 1 / (1 + exp(-max(-50.0, min(50.0, log_odds))))


def _share(first: float, relevance_gap: float) -> float:
    """Return the probability of a runner-up that is ``relevance_gap`` behind the first."""
    # A runner-up is right only if the first is not; its share decreases with the distance.
    return first if relevance_gap <= 0 else first * exp(-relevance_gap)
