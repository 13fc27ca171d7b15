"""Checks of the title of an image or video, which is told with its answer."""

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.rules import personal_problems
from qa_service.knowledge.review.text_checks import check_texts


def media_title_problems(session: Session, title: str) -> tuple[FieldProblem, ...]:
    """Return the faults of a title: blanks, marks of secrecy, blocked words, personal numbers."""
    texts = {"title": title}
    faults = (one for one in check_texts(session, texts) if one.is_fault)
    return (
        *(FieldProblem(one.field, one.message) for one in faults),
        *personal_problems(texts),
    )
