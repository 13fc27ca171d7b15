"""The searchable texts of a pair as they are indexed, and the bounds of a search among pairs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from qa_service.vocabulary import TextKind

PASSAGE_CHARACTERS = 200
"""Longest passage of an answer; longer ones blur into one vector."""

_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")


@dataclass(frozen=True, slots=True)
class IndexedPair:
    """A pair as it is indexed; what follows the answer may be empty.

    ``aspect``: 问点. ``unit`` is the key of the responsible unit; ``region`` (适用地区) and
    ``audience`` (适用对象) are empty when unrestricted. The dates bound the days on which it is
    in force, both included. ``revision`` is that of the bank at which the pair last changed: a
    shared index keeps the newest, whichever process is late. 0 replaces any.
    """

    pair_id: int
    question: str
    variants: tuple[str, ...]
    answer: str
    area: str = ""
    aspect: str = ""
    unit: str = ""
    region: str = ""
    audience: str = ""
    effective_from: date | None = None
    expires_on: date | None = None
    revision: int = 0

    def texts(self) -> Iterator[tuple[TextKind, str]]:
        """Yield every text the pair can be found by, without blank ones."""
        if self.question.strip():
            yield TextKind.QUESTION, self.question
        for variant in self.variants:
            if variant.strip():
                yield TextKind.VARIANT, variant
        for passage in passages(self.answer):
            yield TextKind.ANSWER, passage


@dataclass(frozen=True, slots=True)
class Filters:
    """Bounds of a search; an empty one bounds nothing.

    Pairs of the ``area`` and of the ``unit`` are found; those for the ``region`` or the
    ``audience``, and those unrestricted in it; those in force on the ``day``.
    """

    area: str = ""
    unit: str = ""
    region: str = ""
    audience: str = ""
    day: date | None = None

    def __bool__(self) -> bool:
        """Return whether anything is bounded."""
        return self != EVERYTHING

    def admits(self, pair: IndexedPair) -> bool:
        """Return whether ``pair`` lies within the bounds."""
        return (
            self.area in ("", pair.area)
            and self.unit in ("", pair.unit)
            and (not self.region or pair.region in ("", self.region))
            and (not self.audience or pair.audience in ("", self.audience))
            and (self.day is None or _is_in_force(pair, self.day))
        )


EVERYTHING = Filters()


def _is_in_force(pair: IndexedPair, day: date) -> bool:
    """Return whether ``pair`` is in force on ``day``."""
    return (pair.effective_from or day) <= day <= (pair.expires_on or day)


def passages(text: str, limit: int = PASSAGE_CHARACTERS) -> list[str]:
    """Split ``text`` at sentence ends into pieces of at most ``limit`` characters."""
    pieces: list[str] = []
    current = ""
    for sentence in _sentences(text, limit):
        if current and len(current) + len(sentence) > limit:
            pieces.append(current.strip())
            current = ""
        current += sentence
    pieces.append(current.strip())
    return [piece for piece in pieces if piece]


def _sentences(text: str, limit: int) -> Iterator[str]:
    """Yield the sentences of ``text``; longer ones than ``limit`` in pieces."""
    for sentence in _SENTENCE.findall(text):
        for start in range(0, len(sentence), limit):
            yield sentence[start : start + limit]
