"""The result of one question, and the bounds of its searches."""

from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.retrieval.backends.contract import Showable
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.decision import Decision, Ranked
from qa_service.retrieval.ranking.features import Description
from qa_service.retrieval.ranking.keywords import Aspects
from qa_service.retrieval.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of one question.

    ``ranked`` holds the showable candidates, most relevant first; ``description`` all
    candidates of the question as a whole, from which another calibration can be judged.
    ``timings`` holds milliseconds by stage. ``is_divided`` and ``besides``: see ``Judgement``.
    """

    question: AnalysedQuestion
    ranked: tuple[Ranked, ...]
    decision: Decision
    description: Description
    timings: Mapping[str, float]
    is_divided: bool = False
    besides: tuple[str, ...] = ()

    @property
    def asks_once(self) -> bool:
        """Whether one pair may answer it: neither a keyword nor clauses that ask for several."""
        return not self.is_divided and not self.question.is_keyword

    @property
    def pair_ids(self) -> tuple[int, ...]:
        """The ids of the ranked candidates."""
        return tuple(found.pair_id for found in self.ranked)

    @property
    def confidence(self) -> float:
        """The probability that the first candidate is right; 0 without one."""
        return self.decision.confidences[0] if self.decision.confidences else 0.0

    @property
    def took_ms(self) -> float:
        """Milliseconds of all stages together."""
        return sum(self.timings.values())


@dataclass(frozen=True, slots=True)
class Search:
    """The bounds of one question's searches; see ``RetrievalEngine.answer``."""

    showable: Showable
    contested: Showable
    aspects: Aspects
    area: str
    shown: int
    assume_calibrated: bool
    this_year: int | None
    rules_of: int | None
    watch: Stopwatch
