"""Ranks described candidates and reaches the verdict, for serving and for evaluation."""

from dataclasses import dataclass

from qa_service.retrieval.backends.contract import Showable, nothing
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.calibration import Calibration
from qa_service.retrieval.ranking.decision import Decision, Ranked, decide, rank, reorder
from qa_service.retrieval.ranking.features import Description, guarded
from qa_service.retrieval.stopwatch import Stopwatch

RANKED_CANDIDATES = 16
"""Number of candidates kept: enough to show some if others may not be shown."""

GUARDED_CANDIDATES = 5
"""Least number of candidates whose guard words are compared before they are reordered."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The showable candidates, most relevant first, and the verdict on them."""

    ranked: tuple[Ranked, ...]
    decision: Decision


def judge(
    question: AnalysedQuestion,
    description: Description,
    calibration: Calibration,
    showable: Showable,
    *,
    may_answer: bool,
    contested: Showable = nothing,
    shown: int = GUARDED_CANDIDATES,
    limit: int = RANKED_CANDIDATES,
    this_year: int | None = None,
    watch: Stopwatch | None = None,
) -> Judgement:
    """Rank the candidates, drop those that may not be shown, compare guard words and decide.

    Guard words are compared after dropping, so that each of the first ``shown`` candidates
    has its differences marked. Nothing is answered outright unless it ``may_answer``, nor if
    it names a year that is not ``this_year`` and that the pair does not name, nor any of those
    that ``contested`` returns of the ids it is given: they have open contradictions. Times
    are booked to the stages "describe", "database" (``showable``), "guards" and "decide".
    """
    watch = watch or Stopwatch()
    ordered = rank(description, calibration, limit=limit)
    watch.lap("describe")
    allowed = showable([found.pair_id for found in ordered])
    watch.lap("database")
    kept = [found for found in ordered if found.pair_id in allowed]
    compared = max(GUARDED_CANDIDATES, shown)
    with_guards = [
        guarded(question, found.described, this_year=this_year) for found in kept[:compared]
    ]
    ranked = (*reorder(with_guards, calibration), *kept[compared:])
    watch.lap("guards")
    is_told = may_answer and not contested([found.pair_id for found in ranked[:1]])
    decision = decide(ranked, calibration, may_answer=is_told)
    watch.lap("decide")
    return Judgement(ranked, decision)
