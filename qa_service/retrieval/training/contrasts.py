"""Contrast sets (一字之差): texts a word away from a stored question, with the true label.

A folder holds ``*.jsonl`` files of {"key" or "question", "other", "same"}, a line for one pair of
the bank (``key``) or one group of wordings (``question``, its standard one): texts that a small
edit of one of its wordings made, of which ``other`` ask another thing and ``same`` the same. From
them a cross-encoder learns which words matter (Gardner et al., "Evaluating Models' Local Decision
Boundaries via Contrast Sets", 2020).
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa_service.errors import InvalidInputError
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.reranking.candidate_text import candidate_text
from qa_service.retrieval.training.example_folders import (
    Line,
    UnusableLineError,
    read_folder,
    texts_of,
)
from qa_service.retrieval.training.retold import ITSELF
from qa_service.retrieval.training.rows import RankedQuery

TURNED = 0.5
"""Share of the texts that are learned a second time the other way round: as the candidate."""

Encode = Callable[[Sequence[str]], Vectors]


class UnusableContrastsError(InvalidInputError):
    """The folder does not hold contrast sets of the bank's pairs or of the groups."""

    code = "unusable_contrasts"
    title = "学习用的问法无法使用"


@dataclass(frozen=True, slots=True)
class ContrastSet:
    """The wordings of one question, the standard one first, and texts a small edit away."""

    wordings: tuple[str, ...]
    other: tuple[str, ...]
    same: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Return all texts."""
        return (*self.other, *self.same)


@dataclass(frozen=True, slots=True)
class Contrasted:
    """Wordings of each question of which there may be contrast sets, the standard one first.

    ``by_question`` is None where there are no groups: their contrast sets are left out.
    """

    by_key: Mapping[str, Sequence[str]]
    by_question: Mapping[str, Sequence[str]] | None = None

    def wordings(self, line: Line) -> tuple[str, ...]:
        """Return the wordings that a line is about, empty for a group where there are none.

        Raises KeyError for an unknown pair or group.
        """
        if "key" in line:
            return tuple(self.by_key[str(line["key"])])
        return () if self.by_question is None else tuple(self.by_question[str(line["question"])])


def read_contrasts(
    folder: Path, contrasted: Contrasted, *, what: str = "一字之差的问法"
) -> list[ContrastSet]:
    """Return the contrast sets of a folder; ``what`` they are is said of a fault.

    Letters (来信) that ask what a pair answers, or another thing, have the same form.

    Raises UnusableContrastsError for a folder without any, or naming the lines that cannot be
    read or name neither a pair nor a group.
    """
    return read_folder(
        folder,
        lambda _, line: _of_line(line, contrasted),
        form="{key 或 question, other, same}",
        unusable=UnusableContrastsError,
        what=what,
    )


def rank_contrasts(
    contrasts: Sequence[ContrastSet], encode: Encode, seed: int, *, turned: float = TURNED
) -> list[RankedQuery]:
    """Return each text with the wording nearest to it as the only candidate, and some turned.

    ``encode`` returns unit vectors of texts, shape (texts, dimension); ``turned`` is the share
    of the texts that are learned a second time, as the candidate of that wording.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    # Encoded at once, texts of about one length share a batch, whatever set they are of.
    texts = dict.fromkeys(text for one in contrasts for text in (*one.wordings, *one.texts))
    vectors = dict(zip(texts, encode(list(texts)), strict=True))
    found = []
    for one in contrasts:
        stored = np.array([vectors[text] for text in one.wordings])
        for number, text in enumerate(one.texts):
            is_right = number >= len(one.other)
            wording = one.wordings[int(np.argmax(stored @ vectors[text]))]
            found.append(
                read_alone(text, candidate_text(wording, one.wordings[0]), is_right=is_right)
            )
            if chance.random() < turned:
                found.append(read_alone(wording, text, is_right=is_right))
    return found


def read_alone(question: str, candidate: str, *, is_right: bool) -> RankedQuery:
    """Return a question with its only candidate."""
    pair, kind = frozenset({ITSELF}), QuestionKind.CONTRAST
    right, near = (pair, frozenset[int]()) if is_right else (frozenset[int](), pair)
    query = JudgedQuery(question, question, right, kind=kind, near=near)
    return RankedQuery(query, {ITSELF: candidate})


def _of_line(line: Line, contrasted: Contrasted) -> Iterator[ContrastSet]:
    """Yield the contrast set of a line, unless it is of a group where there are none.

    Raises UnusableLineError, and KeyError or TypeError for another form.
    """
    other, same = texts_of(line["other"]), texts_of(line["same"])
    if not line.keys() & {"key", "question"}:
        raise KeyError("key")
    try:
        wordings = contrasted.wordings(line)
    except KeyError as error:
        raise UnusableLineError("：没有这条问答或问法分组") from error
    if not other or not all((*other, *same)):
        raise UnusableLineError("没有另一问的问法，或有空的问法")
    if wordings:
        yield ContrastSet(wordings, other, same)
