"""Search at the public desk: the path of every question, with nothing of it kept."""

from dataclasses import dataclass
from datetime import date

from qa_service.consultation.inquiry import UnusableQuestionError, clean_question, search_text
from qa_service.consultation.search.candidates import Candidate
from qa_service.consultation.search.searcher import Searcher
from qa_service.errors import FieldProblem
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


def search_desk(
    searcher: Searcher, question: str, *, area: AreaKey | None, day: date
) -> DeskResult:
    """Search for a citizen's question on ``day``; only the verdict is counted, nothing is stored.

    ``searcher`` must be one that never tells what is unsigned. Raises UnusableQuestionError and
    UnknownAreaError.
    """
    if len(question) > QUESTION_CHARACTERS:
        message = f"问题超过 {QUESTION_CHARACTERS} 个字，请用一句话说明要咨询的事项"
        raise UnusableQuestionError(message, problems=(FieldProblem("question", message),))
    text = search_text(clean_question(question))
    result = searcher.search(text, area=area, day=day, by_public=True)
    if result.verdict is Verdict.ANSWERED:
        told, *others = result.candidates
        return DeskResult(told, tuple(others))
    return DeskResult(None, result.candidates)
