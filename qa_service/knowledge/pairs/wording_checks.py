"""Checks of a wording that is to be searchable with a pair, like those of the pair's own texts."""

from collections.abc import Callable, Sequence

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.text.privacy.masking import MARKERS

TextCheck = Callable[[Session, str], Sequence[FieldProblem]]
"""Returns the faults of a text that is to be told (``review.text_checks``)."""


def refuse_untellable(session: Session, text: str, text_check: TextCheck) -> None:
    """Raise InvalidPairError, naming every fault, for a wording that may not be told."""
    faults = [one.message for one in text_check(session, text)]
    marks = [mark for mark in MARKERS.values() if mark in text]
    if marks:
        faults.append(f"含有遮盖个人信息的标记{'、'.join(marks)}，请删去")
    if faults:
        message = f"这条相似问不能采用：{'；'.join(faults)}"
        problems = tuple(FieldProblem("text", fault) for fault in faults)
        raise InvalidPairError(message, problems=problems)


def is_masked(text: str) -> bool:
    """Return whether personal data was masked in ``text``."""
    return any(mark in text for mark in MARKERS.values())
