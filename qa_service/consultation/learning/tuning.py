"""Fits re-ranker and calibration to the lessons of the desk, and compares them with those in use.

Half of the lessons, by the pair they are about, are learned from; the other half decides. Judged
questions that came with the program are learned from beside them, so that what is known is not
forgotten, and others of them are the second measure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import Session

from qa_service.consultation.learning.learning_set import FEWEST_LESSONS, LearningSet
from qa_service.knowledge.indexing.judged_bank import judged_queries
from qa_service.knowledge.indexing.recalibration import FEWEST_QUESTIONS
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.fitting import Example, examples_of, fit
from qa_service.retrieval.evaluation.judged_questions import Split
from qa_service.retrieval.evaluation.model_selection import Comparison, Models, compare
from qa_service.retrieval.evaluation.verdict_fitting import fit_verdict
from qa_service.retrieval.ranking.calibration import Calibration, unfitted
from qa_service.retrieval.ranking.rescoring import Scorer
from qa_service.retrieval.ranking.verdict_model import VerdictModel
from qa_service.retrieval.training.rows import ranked_outcomes

if TYPE_CHECKING:
    from qa_service.retrieval.training.trainer import Plan

REHEARSED = 1_600
"""Judged questions of the train split that are learned from beside the lessons."""

MEASURED = 2_400
"""Judged questions of the tune split: half for the thresholds, half for the comparison."""

SHIPPED = "judged"


@dataclass(frozen=True, slots=True)
class Curriculum:
    """The lessons, and the judged questions of the train and tune splits that fit the bank."""

    lessons: LearningSet
    rehearsed: tuple[JudgedQuery, ...] = ()
    measured: tuple[JudgedQuery, ...] = ()

    @property
    def asked(self) -> EvaluationSet:
        """Everything that is to be asked of the bank, as one set."""
        judged = self.lessons.judged
        return replace(judged, queries=(*judged.queries, *self.rehearsed, *self.measured))


@dataclass(frozen=True, slots=True)
class Material:
    """Outcomes by purpose: what is learned from, and what decides."""

    curriculum: Curriculum
    learned: Sequence[Outcome]
    held_out: Sequence[Outcome]
    rehearsed: Sequence[Outcome]
    measured: Sequence[Outcome]
    """Half of the tune split, for the thresholds."""
    shipped: Sequence[Outcome]
    """The other half, for the comparison."""
    further: Mapping[str, tuple[Sequence[Outcome], Sequence[Outcome]]] = field(default_factory=dict)
    """Halves of further sets by name, the learned one first."""

    @property
    def ordering(self) -> list[Example]:
        """Examples that the order of candidates is fitted on."""
        sets = {SHIPPED: self.rehearsed or self.measured, **self._lessons}
        return [one for name, found in sets.items() for one in examples_of(name, found)]

    @property
    def judging(self) -> list[Example]:
        """Examples that the verdict is fitted on."""
        sets = {SHIPPED: self.measured, **self._lessons}
        return [one for name, found in sets.items() for one in examples_of(name, found)]

    @property
    def _lessons(self) -> dict[str, Sequence[Outcome]]:
        further = {name: halves[0] for name, halves in self.further.items()}
        return {self.curriculum.lessons.judged.name: self.learned, **further}

    @property
    def unseen(self) -> dict[str, Sequence[Outcome]]:
        """Outcomes that decide, by set."""
        further = {name: halves[1] for name, halves in self.further.items()}
        return {self.curriculum.lessons.judged.name: self.held_out, **further}


def curriculum_of(session: Session, lessons: LearningSet, questions: Path) -> Curriculum:
    """Return the lessons, and beside them the judged questions in the folder ``questions``.

    There are none where too few of them fit the bank.
    """
    measured = judged_queries(session, questions, most=MEASURED)
    if len(measured) < FEWEST_QUESTIONS:
        return Curriculum(lessons)
    rehearsed = judged_queries(session, questions, most=REHEARSED, split=Split.TRAIN)
    return Curriculum(lessons, tuple(rehearsed), tuple(measured))


def material_of(curriculum: Curriculum, outcomes: Sequence[Outcome]) -> Material:
    """Part the outcomes of everything that was asked by purpose."""
    lessons = curriculum.lessons.judged
    measured = EvaluationSet(SHIPPED, (), curriculum.measured)
    by_id = {outcome.query.qid: outcome for outcome in outcomes}

    def those(queries: Sequence[JudgedQuery]) -> list[Outcome]:
        return [by_id[query.qid] for query in queries]

    return Material(
        curriculum,
        learned=those(lessons.part(0).queries),
        held_out=those(lessons.part(1).queries),
        rehearsed=those(curriculum.rehearsed),
        measured=those(measured.part(0).queries),
        shipped=those(measured.part(1).queries),
    )


def train_own(
    material: Material,
    *,
    model: Path,
    start: Path,
    out: Path,
    plan: "Plan",
    report: Callable[[str], None],
) -> None:
    """Train the adapter ``start`` on the learned half and what is rehearsed; write it to ``out``.

    Raises AdapterUnusableError.
    """
    # Imported only where it is trained, because importing torch takes seconds.
    from qa_service.retrieval.training.own_adapter import tune_adapter

    asked = material.curriculum.asked
    wanted = max(len(material.learned), FEWEST_LESSONS)
    # Spread evenly: the questions stand by area.
    rehearsed = material.rehearsed[:: max(1, len(material.rehearsed) // wanted)]
    tune_adapter(
        model,
        start,
        out,
        ranked_outcomes([*material.learned, *rehearsed], asked),
        held_out=ranked_outcomes([*material.held_out, *material.shipped], asked),
        plan=plan,
        report=report,
    )


def fit_calibration(
    material: Material,
    scorer: Scorer | None,
    *,
    precision: float,
    provenance: dict[str, str],
    former: VerdictModel | None = None,
) -> Calibration:
    """Return a calibration fitted on the learned half and on judged questions.

    What questions of other origin taught the ``former`` verdict is kept. Raises
    TooLittleToFitError.
    """
    fitted = fit(material.ordering, unfitted(), precision=precision, provenance=provenance)
    if scorer is None:
        return fitted
    verdict = fit_verdict(material.judging, fitted, scorer, precision=precision, former=former)
    return replace(fitted, verdict=verdict)


def compare_on(material: Material, current: Models, fitted: Models, *, seed: int) -> Comparison:
    """Compare both on what neither learned from."""
    return compare(current, fitted, material.unseen, shipped=material.shipped, seed=seed)
