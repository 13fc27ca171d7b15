"""Analysis of a question: its tokens, guard words and vector."""

from dataclasses import dataclass
from typing import Protocol

import numpy.typing as npt
from numpy import float32

from qa_service.text.clauses import Clause, matters, with_pauses
from qa_service.text.guards.compare import GuardSet, extract_guards
from qa_service.text.keywords import is_keyword
from qa_service.text.letters import asking_part
from qa_service.text.matching_form import matching_form


class Tokenizer(Protocol):
    """Splits normalised text into the tokens of the lexical index."""

    @property
    def fingerprint(self) -> str:
        """Identifier that changes whenever the tokens of a text may change."""
        ...

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of normalised ``text`` in order, repeats included."""
        ...

    def heard(self, text: str) -> str:
        """Return normalised ``text`` with the known words that it sounds like; itself if none."""
        ...


@dataclass(frozen=True, slots=True)
class AnalysedQuestion:
    """A question with everything retrieval and the ledger derive from it.

    ``text`` is the question as given (cleaned and masked by the caller), ``normalised`` its
    form for matching (``matching_form``), ``guards`` are those of its ``asking_part``. ``vector``
    has shape (dimension,) and unit length; it is None when there is no encoder or the encoder
    failed.
    """

    text: str
    normalised: str
    tokens: tuple[str, ...]
    guards: GuardSet
    vector: npt.NDArray[float32] | None = None

    @property
    def is_keyword(self) -> bool:
        """Whether it is one keyword or a few, without a verb."""
        return is_keyword(self.text, self.normalised)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses that each ask; none of a question that asks once."""
        return matters(matching_form(with_pauses(self.text)))

    @property
    def terms(self) -> frozenset[str]:
        """The distinct tokens, by which near-identical questions are found."""
        return frozenset(self.tokens)


def analyse(
    question: str, tokenizer: Tokenizer, vector: npt.NDArray[float32] | None
) -> AnalysedQuestion:
    """Return ``question`` in its matching form, with its tokens and guard words."""
    normalised = matching_form(question)
    tokens = tuple(tokenizer.tokens(normalised))
    return AnalysedQuestion(
        question, normalised, tokens, extract_guards(asking_part(normalised)), vector
    )
