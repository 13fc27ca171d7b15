"""An incoming question: its check, cleaning, and masking of personal data."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from qa_service.accounts.actor import Actor
from qa_service.consultation.search.narrowing import UNBOUNDED, Narrowing
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.ledger.askers.details import NOBODY, AskerDetails, completed_from
from qa_service.ledger.deadlines.late_receipt import LateReceipt
from qa_service.storage.encryption import FieldCipher
from qa_service.text.keywords import is_short_number
from qa_service.text.matching_form import matching_form
from qa_service.text.normalise import display_clean, is_meaningful
from qa_service.text.privacy.contact import Contact, contact_of, without_markers
from qa_service.text.privacy.masking import masked, masked_and_said
from qa_service.vocabulary import AreaKey, Channel

QUESTION_CHARACTERS = 100_000
"""Longest question: a letter of some hundred pages. Longer ones are documents."""

MARKER_CHARACTERS = 20
ID_HASH_CHARACTERS = 32


class UnusableQuestionError(InvalidInputError):
    """The question is empty, too long, or holds no words."""

    code = "unusable_question"
    title = "问题无法受理"


class RegisterMode(StrEnum):
    """Whether an unmatched question is registered at once."""

    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True)
class Inquiry:
    """A question and its origin; ``actor`` searches on the asker's behalf.

    ``narrowed`` bounds the search beside the area. ``call_id`` is the call in which it was asked;
    without one it is a call of its own. ``as_of`` is the past day whose rules are asked for, None
    for today's. ``late`` is the true receipt of a question that is typed in afterwards (补录),
    should it be registered.
    The question is read once, however often it is asked for, because a letter is long.
    """

    question: str
    channel: Channel
    actor: Actor
    external_id: str | None = None
    area: AreaKey | None = None
    asker: AskerDetails = NOBODY
    register: RegisterMode = RegisterMode.AUTO
    narrowed: Narrowing = UNBOUNDED
    as_of: date | None = None
    call_id: str = ""
    late: LateReceipt | None = None

    @property
    def cleaned(self) -> str:
        """The cleaned question, see ``clean_question``; raises UnusableQuestionError."""
        return self._read[0]

    @property
    def completed_asker(self) -> AskerDetails:
        """The asker, with what is missing taken from the words of the question."""
        return completed_from(self.asker, self._read[1])

    @cached_property
    def _read(self) -> tuple[str, Contact]:
        return read_question(self.question)


def clean_question(question: str) -> str:
    """Return the cleaned question for search, storage and display; raises UnusableQuestionError.

    Checks the length first, then masks personal data before any other step reads the text.
    Called before a transaction begins, so that nobody waits for a long text.
    """
    return read_question(question)[0]


def read_question(question: str) -> tuple[str, Contact]:
    """Return the cleaned question and the contact that was masked in it.

    A public short number (12333) is a keyword; other numbers alone ask nothing. Raises
    UnusableQuestionError.
    """
    if len(question) > QUESTION_CHARACTERS:
        size = f"{QUESTION_CHARACTERS} 个字（现有 {len(question)} 个字）"
        raise _unusable(f"问题超过 {size}，请精简后提交")
    if not (is_meaningful(question) or is_short_number(matching_form(question))):
        raise _unusable("问题中没有文字，请用一句话说明要咨询的事项")
    cleaned, said = masked_and_said(display_clean(question))
    return cleaned, contact_of(said)


def matchable_id(external_id: str, cipher: FieldCipher) -> str:
    """Return the caller's id of an inquiry as it is stored.

    An id that is a personal number, such as the caller's telephone, is replaced by its marker
    and a keyed hash: the same call is found again, and nobody reads the number.
    """
    hidden = masked(external_id)
    if hidden == external_id:
        return external_id
    return f"{hidden[:MARKER_CHARACTERS]}{cipher.lookup_hash(external_id)[:ID_HASH_CHARACTERS]}"


def search_text(cleaned: str) -> str:
    """Return what is searched for of a cleaned question: its words without the markers.

    Markers such as 〔姓名〕 say nothing about the matter. A question of markers alone stays.
    """
    words = without_markers(cleaned)
    return words if is_meaningful(words) else cleaned


def _unusable(message: str) -> UnusableQuestionError:
    return UnusableQuestionError(message, problems=(FieldProblem("question", message),))
