"""Search at the public desk: the path of every question, with nothing of it stored."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qa_service.clock import beijing_day
from qa_service.consultation.desk.kept_searches import Asked, Ground, KeptSearches, Outcome
from qa_service.consultation.inquiry import UnusableQuestionError, clean_question, search_text
from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.search.narrowing import UNBOUNDED, Narrowing
from qa_service.consultation.search.searcher import Searcher
from qa_service.errors import FieldProblem
from qa_service.knowledge.revision import bank_stamp
from qa_service.observability.metrics import note_search
from qa_service.vocabulary import AreaKey, Verdict

QUESTION_CHARACTERS = 200
"""Longest question at the desk; it stands in an address."""


@dataclass(frozen=True, slots=True)
class DeskResult:
    """The outcome of a search as a citizen understands it.

    ``answer`` is told outright; ``offered`` are questions that may be meant (您是不是想问). With
    neither the citizen is told whom to ask.
    """

    answer: Candidate | None
    offered: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class DeskSearch:
    """The search of the desk: a ``searcher`` that never tells what is unsigned, and what is kept.

    Only the verdict of a search is counted, and nothing of the question is stored.
    """

    searcher: Searcher
    kept: KeptSearches

    def find(
        self,
        session: Session,
        question: str,
        *,
        area: AreaKey | None,
        narrowed: Narrowing = UNBOUNDED,
        now: datetime,
    ) -> DeskResult:
        """Search for a citizen's question on the day of ``now``, within what it is narrowed to.

        Raises UnusableQuestionError, UnknownAreaError and TopicNotFoundError.
        """
        if len(question) > QUESTION_CHARACTERS:
            message = f"问题超过 {QUESTION_CHARACTERS} 个字，请用一句话说明要咨询的事项"
            raise UnusableQuestionError(message, problems=(FieldProblem("question", message),))
        asked = Asked(search_text(clean_question(question)), area, narrowed, beijing_day(now))
        found = self.kept.find(session, asked, now=now)
        if found is not None:
            note_search(found.verdict.value, {})
        else:
            found = self._search(session, asked, now=now)
        if found.verdict is Verdict.ANSWERED:
            told, *others = found.candidates
            return DeskResult(told, tuple(others))
        return DeskResult(None, found.candidates)

    def _search(self, session: Session, asked: Asked, *, now: datetime) -> Outcome:
        """Search, and keep the outcome unless the index was behind or without its models."""
        # The first read: from here on the session sees one moment, that before the search.
        _, revision, _ = bank_stamp(session)
        result = self.searcher.search(
            asked.text, area=asked.area, day=asked.day, narrowed=asked.narrowed, by_public=True
        )
        outcome = Outcome(result.verdict, result.candidates)
        if not result.degraded and result.index_revision == revision:
            ground = Ground.of(session, outcome.candidates, day=asked.day)
            self.kept.keep(asked, outcome, ground, now=now)
        return outcome
