"""Checks a calibration again after a change of word list, model or re-ranker, and refits it.

A calibration is valid for the word list and models it was fitted with. After a change, judged
questions are asked with it: where outright answers are still right at the stated precision it
is kept for the new recipe, else a new one is fitted on the same questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from qa_service.progress import Progress, no_progress
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.fitting import (
    TooLittleToFitError,
    examples_of,
    fit,
    require_unanswerable,
)
from qa_service.retrieval.evaluation.verdict_fitting import fit_verdict
from qa_service.retrieval.ranking.calibration import (
    ENCODER,
    FITTED_ON,
    PRECISION,
    RERANKER,
    TOKENIZER,
    Calibration,
    unfitted,
)
from qa_service.vocabulary import Verdict

FEWEST_ANSWERS = 60
"""Outright answers below which a precision is not known well enough to keep a calibration."""

STATED_PRECISION = 0.99
"""Precision of a calibration that states none."""

NAME = "judged"


@dataclass(frozen=True, slots=True)
class Revalidation:
    """The calibration to use from now on, and the answers counted with the former one."""

    calibration: Calibration
    answered: int
    right: int
    is_refitted: bool


def revalidate(
    engine: RetrievalEngine,
    queries: Sequence[JudgedQuery],
    *,
    day: date,
    progress: Progress = no_progress,
) -> Revalidation:
    """Ask ``queries`` of the engine's index and return a calibration that fits the engine.

    Raises TooLittleToFitError where the present one no longer holds and the questions are too
    few to fit another.
    """
    current = engine.calibration
    precision = stated_precision(current)
    outcomes = []
    for number, query in enumerate(queries, start=1):
        answer = engine.answer(query.text, everything, assume_calibrated=True)
        outcomes.append(Outcome(query, {}, answer))
        progress(number, len(queries))
    told = [one for one in outcomes if one.answer.decision.verdict is Verdict.ANSWERED]
    right = sum(one.is_right for one in told)
    provenance = _provenance(engine, precision, day)
    # Scores of another re-ranker mean something else, so its verdict is always fitted anew.
    is_same_reader = engine.reranker is None or engine.reads
    is_kept = len(told) >= FEWEST_ANSWERS and right >= precision * len(told) and is_same_reader
    if is_kept and current.provenance.get(ENCODER) == provenance[ENCODER]:
        kept = replace(current, provenance={**current.provenance, **provenance})
        return Revalidation(kept, len(told), right, is_refitted=False)
    fitted = _refitted(engine, outcomes, precision, provenance)
    return Revalidation(fitted, len(told), right, is_refitted=True)


def _refitted(
    engine: RetrievalEngine,
    outcomes: Sequence[Outcome],
    precision: float,
    provenance: dict[str, str],
) -> Calibration:
    """Return a calibration fitted on the outcomes; raises TooLittleToFitError."""
    examples = examples_of(NAME, outcomes)
    if not examples:
        raise TooLittleToFitError("评测问题在库中都找不到候选，无法重新校准")
    require_unanswerable(example.relevant for example in examples)
    fitted = fit(examples, unfitted(), precision=precision, provenance=provenance)
    if engine.reranker is None:
        return fitted
    # The judged questions cannot tell what those of other origin taught the one in use.
    former = engine.calibration.verdict_for(engine.recipe().encoder)
    verdict = fit_verdict(
        examples, fitted, engine.reranker.scores, precision=precision, former=former
    )
    return replace(fitted, verdict=verdict)


def stated_precision(calibration: Calibration) -> float:
    """Return the precision that a calibration was fitted for; one fitted for more tells less."""
    return float(calibration.provenance.get(PRECISION, STATED_PRECISION))


def _provenance(engine: RetrievalEngine, precision: float, day: date) -> dict[str, str]:
    recipe = engine.recipe()
    found = {
        PRECISION: str(precision),
        TOKENIZER: recipe.tokenizer,
        ENCODER: recipe.encoder,
        FITTED_ON: day.isoformat(),
    }
    return {**found, RERANKER: engine.reranker.fingerprint} if engine.reranker else found
