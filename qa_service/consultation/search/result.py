"""The result of a search: the verdict and the candidates to show."""

from dataclasses import dataclass
from datetime import date

from qa_service.consultation.search.candidates import Candidate
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.vocabulary import Verdict


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The verdict on a question and the candidates to show, best first.

    ``question`` is the cleaned question as it was analysed for the search, ``confidence`` the
    calibrated probability that the first candidate is right. ``nearest_unit`` is the key of
    the unit that owns the nearest pair, shown or not. ``timings`` holds milliseconds by stage.
    ``nearest`` are the nearest pairs of an unmatched question, for reference alone. ``as_of`` is
    the past day whose rules were searched, None for today's.
    """

    question: AnalysedQuestion
    verdict: Verdict
    confidence: float
    candidates: tuple[Candidate, ...]
    nearest_unit: str | None
    degraded: bool
    index_revision: int
    timings: dict[str, float]
    nearest: tuple[Candidate, ...] = ()
    as_of: date | None = None

    @property
    def shown(self) -> tuple[Candidate, ...]:
        """The pairs shown: the candidates, else what is nearest."""
        return self.candidates or self.nearest

    @property
    def took_ms(self) -> float:
        """Return the total of all stages in milliseconds."""
        return round(sum(self.timings.values()), 3)
