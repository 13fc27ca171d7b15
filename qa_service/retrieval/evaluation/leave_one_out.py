"""Leave-one-set-out: figures on each set by a calibration that was fitted on the others.

Weights that hold on a set nobody fitted on are what a district gets, whose questions are of
another origin again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.fitting import examples_of, fit
from qa_service.retrieval.evaluation.model_selection import CalibrationFigures, figures_of
from qa_service.retrieval.evaluation.verdict_fitting import fit_verdict
from qa_service.retrieval.evaluation.verdict_sample import by_origin
from qa_service.retrieval.ranking.calibration import unfitted
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.ranking.rescoring import Scorer


@dataclass(frozen=True, slots=True)
class SetOutcomes:
    """Outcomes of one set: those the order is fitted on, and those the verdict is fitted on."""

    name: str
    ordering: Sequence[Outcome]
    judging: Sequence[Outcome]


def leave_one_set_out(
    sets: Sequence[SetOutcomes],
    *,
    precision: float,
    scorer: Scorer | None,
    domain: DomainModel | None = None,
) -> dict[str, CalibrationFigures]:
    """Return the figures of each set's judging outcomes, fitted on the other sets, by name.

    Raises TooLittleToFitError where the others do not suffice.
    """
    found = {}
    for left in sets:
        others = [one for one in sets if one is not left]
        first = [row for one in others for row in examples_of(one.name, one.ordering)]
        last = [row for one in others for row in examples_of(one.name, one.judging)]
        fitted = fit(first, unfitted(), precision=precision, provenance={})
        if scorer is not None:
            judged, rest = by_origin(last)
            verdict = fit_verdict(
                judged, fitted, scorer, precision=precision, others=rest, domain=domain
            )
            fitted = replace(fitted, verdict=verdict)
        found[left.name] = figures_of(fitted, {left.name: left.judging}, scorer)
    return found
