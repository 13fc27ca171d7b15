"""A question prepared once for both signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy.typing as npt
from numpy import float32

from qa_service.text.guards.compare import GuardSet, extract_guards
from qa_service.text.normalise import normalise


class TokenCutter(Protocol):
    """Cuts normalised text into the tokens of the lexical index."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the cuts may."""
        ...

    def tokens(self, text: str) -> list[str]:
        """The tokens of normalised ``text``, in order, repeats kept."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """What the index needs to know about a question.

    ``vector`` has shape (dimension,) and unit length; None when there is no encoder.
    """

    text: str
    tokens: Sequence[str]
    guards: GuardSet
    vector: npt.NDArray[float32] | None = None


def analyse(question: str, cutter: TokenCutter, vector: npt.NDArray[float32] | None) -> Query:
    """The query for ``question``, which need not be normalised."""
    text = normalise(question)
    return Query(text, cutter.tokens(text), extract_guards(text), vector)
