"""Tells what a question is about that no text of a pair is about, by every finder of this room."""

from collections.abc import Callable

from qa_service.text.whole_questions.cards import other_card
from qa_service.text.whole_questions.conditions import added_condition
from qa_service.text.whole_questions.coordination import half_asked
from qa_service.text.whole_questions.either_or import undecided_choice
from qa_service.text.whole_questions.groups import other_group
from qa_service.text.whole_questions.homes import other_home
from qa_service.text.whole_questions.leave_takers import other_leave_taker
from qa_service.text.whole_questions.offices import other_office
from qa_service.text.whole_questions.other_places import matter_of_another_place
from qa_service.text.whole_questions.qualifiers import missing_qualifier
from qa_service.text.whole_questions.relatives import other_relative
from qa_service.text.whole_questions.time_limits import other_time_limit

Finder = Callable[..., str | None]
"""Reads a question, then texts of a pair, its own question last, all normalised."""

FINDERS: tuple[Finder, ...] = (
    half_asked,
    undecided_choice,
    other_leave_taker,
    other_group,
    other_card,
    other_home,
    other_time_limit,
    added_condition,
    other_office,
    missing_qualifier,
    other_relative,
    matter_of_another_place,
)


def other_matters(asked: str, *stored: str) -> tuple[str, ...]:
    """Return Chinese descriptions of what ``asked`` is about and none of ``stored`` is.

    All are normalised texts, the pair's own question last; empty where nothing tells them apart.
    """
    return tuple(found for find in FINDERS if (found := find(asked, *stored)))
