"""Ranks described candidates and reaches the verdict, for serving and for evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_service.retrieval.backends.contract import Showable, nothing
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.by_words import decide_by_words
from qa_service.retrieval.ranking.calibration import Calibration, unfitted
from qa_service.retrieval.ranking.decision import (
    Decision,
    Permission,
    Ranked,
    decide,
    rank,
    reorder,
)
from qa_service.retrieval.ranking.features import Description, guarded
from qa_service.retrieval.ranking.rescoring import (
    Rescored,
    Scorer,
    decide_rescored,
    is_in_doubt,
    rescore,
)
from qa_service.retrieval.stopwatch import Stopwatch

RANKED_CANDIDATES = 16
"""Number of candidates kept: enough to show some if others may not be shown."""

GUARDED_CANDIDATES = 5
"""Least number of candidates whose guard words are compared before they are reordered."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The showable candidates, most relevant first, and the verdict on them.

    ``is_divided``: clauses of the question ask for different pairs, so that none is an answer;
    ``besides`` are the clauses that an outright answer perhaps leaves out.
    """

    ranked: tuple[Ranked, ...]
    decision: Decision
    is_divided: bool = False
    besides: tuple[str, ...] = ()


def judge(
    question: AnalysedQuestion,
    description: Description,
    calibration: Calibration,
    showable: Showable,
    *,
    allowed: Permission,
    scorer: Scorer | None = None,
    contested: Showable = nothing,
    shown: int = GUARDED_CANDIDATES,
    limit: int = RANKED_CANDIDATES,
    this_year: int | None = None,
    rules_of: int | None = None,
    watch: Stopwatch | None = None,
) -> Judgement:
    """Rank the candidates, drop those that may not be shown, compare guard words and decide.

    Guard words are compared after dropping, so that each of the first ``shown`` candidates
    has its differences marked. With a ``scorer``, the first candidates are re-ranked where that
    can change the verdict. Nothing but what is ``allowed`` is answered outright, nor what names
    a year that the pair does not name and that is not ``this_year``, or the one whose rules are
    searched, ``rules_of``, nor any of those that
    ``contested`` returns of the ids it is given: they have open contradictions. Times are booked
    to the stages "describe", "database" (``showable``), "guards", "rerank" and "decide".
    A question without a vector is ordered and judged by its words alone. Raises
    RerankerFailedError of the ``scorer``.
    """
    watch = watch or Stopwatch()
    # The calibrated weights hold only where there are cosines.
    weights = unfitted() if question.vector is None else calibration
    ordered = rank(description, weights, limit=limit)
    watch.lap("describe")
    showing = showable([found.pair_id for found in ordered])
    watch.lap("database")
    kept = [found for found in ordered if found.pair_id in showing]
    first = max(GUARDED_CANDIDATES, shown)
    with_guards = [
        compared(question, found, this_year, rules_of).described for found in kept[:first]
    ]
    ranked = (*reorder(with_guards, weights), *kept[first:])
    watch.lap("guards")
    rescored = _rescored(question, ranked, calibration, scorer)
    watch.lap("rerank")
    if rescored is not None:
        ranked = rescored.ranked
    if question.vector is None:
        return Judgement(ranked, decide_by_words(ranked))
    if contested([found.pair_id for found in ranked[:1]]):
        allowed = Permission.NOTHING
    if rescored is not None and calibration.verdict is not None:
        decision = decide_rescored(question, rescored, calibration.verdict, allowed=allowed)
    else:
        decision = decide(ranked, calibration, allowed=allowed)
    watch.lap("decide")
    return Judgement(ranked, decision)


def compared(
    question: AnalysedQuestion, found: Ranked, this_year: int | None, rules_of: int | None
) -> Ranked:
    """Return a candidate with its guard words compared."""
    described = guarded(question, found.described, this_year=this_year, rules_of=rules_of)
    return replace(found, described=described)


def _rescored(
    question: AnalysedQuestion,
    ranked: Sequence[Ranked],
    calibration: Calibration,
    scorer: Scorer | None,
) -> Rescored | None:
    """Return the re-ranked candidates; None where re-ranking is impossible or changes nothing."""
    model = calibration.verdict if question.vector is not None else None
    if scorer is None or model is None or not is_in_doubt(ranked, calibration):
        return None
    return rescore(question, ranked, calibration, scorer, score_weight=model.score_weight)
