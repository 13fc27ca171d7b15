"""Banks of any size made from the starter bank: its words at random, its vectors mixed.

Words are drawn with the frequencies they have in the bank; a vector is a mix of two real
sentence vectors and noise, so that neighbours are as dense as sentences' are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.evaluation.dataset import load_evaluation_set
from qa_service.text.normalise import normalise
from qa_service.text.tokenize import Tokenizer

QUESTION_WORDS, ANSWER_WORDS = 10, 30
NOISE = 0.35
TEXTS_A_PAIR = 2


SEPARATOR = "、"
"""Between the words of a text; a space between Chinese words is lost when they are normalised."""


class SeparatorTokenizer:
    """Takes texts whose words stand apart already, so that jieba is not what is measured."""

    fingerprint = "separators"

    def heard(self, text: str) -> str:
        """Return ``text``: synthetic words have no reading."""
        return text

    def tokens(self, text: str) -> list[str]:
        """The words of ``text``."""
        return text.replace(SEPARATOR, " ").split(" ")


@dataclass(frozen=True, slots=True)
class Material:
    """Words with their share among all words, and real sentence vectors."""

    words: Sequence[str]
    shares: npt.NDArray[np.float64]
    vectors: Vectors


def read_material(corpus: Path, tokenizer: Tokenizer, encoder: Encoder) -> Material:
    """Words and vectors of the bank in ``corpus``."""
    bank = load_evaluation_set(corpus)
    texts = [text for pair in bank.pairs for _, text in pair.texts()]
    counts = Counter(
        word for text in texts for word in tokenizer.tokens(normalise(text)) if word.isalpha()
    )
    held = np.array(list(counts.values()), float)
    return Material(list(counts), held / held.sum(), encoder.encode_texts(texts))


def random_texts(
    material: Material, count: int, length: int, generator: np.random.Generator
) -> Iterator[str]:
    """``count`` texts of about ``length`` words; a tenth of the words are names seen seldom."""
    for _ in range(count):
        size = int(generator.integers(length // 2, length * 3 // 2))
        drawn = generator.choice(len(material.words), size, p=material.shares)
        rare = generator.integers(0, 200_000, size)
        is_rare = generator.random(size) < 0.1
        yield SEPARATOR.join(
            f"名{rare[at]}" if is_rare[at] else material.words[drawn[at]] for at in range(size)
        )


def random_pairs(material: Material, count: int, *, seed: int) -> Iterator[IndexedPair]:
    """Pairs of a question and an answer of one passage each, numbered from 1."""
    generator = np.random.default_rng(seed)
    questions = random_texts(material, count, QUESTION_WORDS, generator)
    answers = random_texts(material, count, ANSWER_WORDS, generator)
    for number, (question, answer) in enumerate(zip(questions, answers, strict=True), start=1):
        # A passage is cut at 200 characters, which would make two texts of one.
        yield IndexedPair(number, question, (), answer[:190], "")


def random_vectors(material: Material, count: int, *, seed: int) -> Vectors:
    """``count`` unit vectors, shape (count, dimension)."""
    generator = np.random.default_rng(seed)
    base = material.vectors
    made = np.empty((count, base.shape[1]), np.float32)
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        one, other = (base[generator.integers(0, len(base), size)] for _ in range(2))
        share = generator.random((size, 1), dtype=np.float32)
        noise = generator.normal(size=(size, base.shape[1])).astype(np.float32)
        noise *= NOISE / np.sqrt(base.shape[1])
        mixed = share * one + (1 - share) * other + noise
        made[start : start + size] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return made
