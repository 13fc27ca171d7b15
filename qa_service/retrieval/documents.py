"""The searchable texts of a pair, as they are indexed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa_service.vocabulary import TextKind

PASSAGE_CHARACTERS = 200
"""Longest passage of an answer; longer ones blur into one vector."""

_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")


@dataclass(frozen=True, slots=True)
class IndexedPair:
    """A pair as it is indexed; ``area`` and ``aspect`` (问点) may be empty."""

    pair_id: int
    question: str
    variants: tuple[str, ...]
    answer: str
    area: str = ""
    aspect: str = ""

    def texts(self) -> Iterator[tuple[TextKind, str]]:
        """Yield every text the pair can be found by, without blank ones."""
        if self.question.strip():
            yield TextKind.QUESTION, self.question
        for variant in self.variants:
            if variant.strip():
                yield TextKind.VARIANT, variant
        for passage in passages(self.answer):
            yield TextKind.ANSWER, passage


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
