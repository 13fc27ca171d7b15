"""Judged questions as rows that a verdict on re-ranked candidates is fitted on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.retrieval.evaluation.fitting import Example
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.ranking.calibration import Calibration, Matrix
from qa_service.retrieval.ranking.decision import Ranked, allows_answer
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.ranking.rescoring import (
    Rescored,
    Scorer,
    is_stored_as_policy,
    rescore,
    verdict_features,
)
from qa_service.retrieval.ranking.verdict_model import VERDICT_FEATURES, Flags, Lengths, length_of

FEWEST_UNANSWERABLE = 0.1
"""Share of a set's questions that nothing answers, from which it teaches when not to answer."""

CONTRAST_WEIGHT = 0.5
"""Weight of a contrast beside another question of its set: up to a half fewer of them are
answered wrong and about as many other questions right, above it fewer of these."""

_RESEMBLING = (QuestionKind.LOOK_ALIKE, QuestionKind.CONTRAST)
"""Kinds of questions made to resemble a stored one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Re-ranked questions: a row of features each, and whether the first candidate is right."""

    features: Matrix
    lengths: Lengths
    right: Flags
    allowed: Flags
    weights: Matrix
    """Weight of each question: the same in sum for every set."""
    groups: tuple[str, ...]
    is_contrast: Flags
    """Contrasts, which are learned from but say nothing of how often callers are answered right."""
    unanswerable: Flags
    """Questions that nothing answers and nothing resembles by design."""
    is_policy: Flags
    """Questions about policy, or whose first candidate is; all of them where nothing tells."""

    @property
    def sets(self) -> tuple[str, ...]:
        """The name of the set of each question; see ``examples_of``."""
        return tuple(group.partition(":")[0] for group in self.groups)


def by_origin(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Part the examples of sets that state kinds of questions from those of other sets.

    The former hold look-alikes made to be mistaken, from which a verdict learns most; where no
    set states kinds, all are learned from.
    """
    with_kinds = {set_of(example) for example in examples if example.kind}
    judged = [example for example in examples if set_of(example) in with_kinds]
    others = [example for example in examples if set_of(example) not in with_kinds]
    return (judged, others) if judged else (others, [])


def near_misses(examples: Sequence[Example], calibration: Calibration) -> list[Example]:
    """Return the questions of sets with few unanswerable ones, as if no pair answered them.

    From such a set alone every candidate would look right, and the threshold would be too low.
    """
    sizes = Counter(set_of(example) for example in examples)
    lacking = Counter(set_of(example) for example in examples if not example.relevant)
    judged = {name for name in sizes if lacking[name] >= FEWEST_UNANSWERABLE * sizes[name]}
    return [
        example.by(calibration, is_taken_out=True)
        for example in examples
        if set_of(example) not in judged
    ]


def set_of(example: Example) -> str:
    """Return the name of the set an example is of; see ``examples_of``."""
    return example.group.partition(":")[0]


def ranked_by(examples: Sequence[Example], calibration: Calibration) -> list[Example]:
    """Return the examples that have candidates, ranked by ``calibration``."""
    found = [example.by(calibration) for example in examples]
    return [example for example in found if example.ranked]


def rescored(example: Example, calibration: Calibration, scorer: Scorer, weight: float) -> Rescored:
    """Return the candidates of an example re-ranked with this weight of the score."""
    question = example.answer.question
    return rescore(question, example.ranked, calibration, scorer, score_weight=weight)


def sample_of(
    examples: Sequence[Example],
    calibration: Calibration,
    scorer: Scorer,
    weight: float,
    domain: DomainModel | None = None,
) -> Sample:
    """Return the examples as rows of features, with what is known of the right answer."""
    found = [rescored(example, calibration, scorer, weight) for example in examples]
    tops = [one.ranked[0] for one in found]
    return Sample(
        features=np.array(
            [
                verdict_features(example.answer.question, one)
                for example, one in zip(examples, found, strict=True)
            ]
        ).reshape(-1, len(VERDICT_FEATURES)),
        lengths=np.array([length_of(one.answer.question.normalised) for one in examples], np.int64),
        right=np.array(
            [top.pair_id in one.relevant for top, one in zip(tops, examples, strict=True)]
        ),
        allowed=np.array(
            [
                one.answer.asks_once and allows_answer(top)
                for top, one in zip(tops, examples, strict=True)
            ]
        ),
        weights=_weights(examples),
        groups=tuple(example.group for example in examples),
        is_contrast=np.array([one.kind == QuestionKind.CONTRAST for one in examples], bool),
        unanswerable=np.array([_is_unanswerable(example) for example in examples]),
        is_policy=_are_policy(examples, tops, domain),
    )


def _are_policy(
    examples: Sequence[Example], tops: Sequence[Ranked], domain: DomainModel | None
) -> Flags:
    """Return whether each question, or that of its first candidate, is about policy."""
    vectors = [example.answer.question.vector for example in examples]
    if domain is None or not vectors:
        return np.ones(len(vectors), np.bool_)
    are_asked = domain.is_policy(np.array(vectors))
    return np.array(
        [
            is_asked or is_stored_as_policy(top.described, domain)
            for is_asked, top in zip(are_asked.tolist(), tops, strict=True)
        ]
    )


def _weights(examples: Sequence[Example]) -> Matrix:
    """Return a weight of each example, whose sum is the same for every set and 1 on average.

    Contrasts have less than others: they are made to break the verdict, and few callers ask so.
    """
    counts = Counter(set_of(example) for example in examples)
    return np.array(
        [
            len(examples)
            / (len(counts) * counts[set_of(example)])
            * (CONTRAST_WEIGHT if example.kind == QuestionKind.CONTRAST else 1)
            for example in examples
        ]
    )


def _is_unanswerable(example: Example) -> bool:
    """Return whether nothing answers the question, nor was it made to resemble a stored one."""
    has_answer = bool(example.relevant) and not example.is_taken_out
    return not has_answer and example.kind not in _RESEMBLING
