"""Contrast sets (一字之差): texts a word away from a stored question, with the true label.

A folder holds ``*.jsonl`` files of {"key" or "question", "other", "same"}, a line for one pair of
the bank (``key``) or one group of wordings (``question``, its standard one): texts that a small
edit of one of its wordings made, of which ``other`` ask another thing and ``same`` the same. From
them a cross-encoder learns which words matter (Gardner et al., "Evaluating Models' Local Decision
Boundaries via Contrast Sets", 2020).
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa_service.errors import InvalidInputError
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.reranking.candidate_text import candidate_text
from qa_service.retrieval.training.retold import ITSELF
from qa_service.retrieval.training.rows import RankedQuery

TURNED = 0.5
"""Share of the texts that are learned a second time the other way round: as the candidate."""

Encode = Callable[[Sequence[str]], Vectors]


class UnusableContrastsError(InvalidInputError):
    """The folder does not hold contrast sets of the bank's pairs or of the groups."""

    code = "unusable_contrasts"
    title = "一字之差的问法无法使用"


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

    def wordings(self, line: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the wordings that a line is about, empty for a group where there are none.

        Raises KeyError for an unknown pair or group.
        """
        if "key" in line:
            return tuple(self.by_key[str(line["key"])])
        return () if self.by_question is None else tuple(self.by_question[str(line["question"])])


def read_contrasts(folder: Path, contrasted: Contrasted) -> list[ContrastSet]:
    """Return the contrast sets of a folder.

    Raises UnusableContrastsError for a folder without any, or naming the lines that cannot be
    read or name neither a pair nor a group.
    """
    faults: list[str] = []
    paths = sorted(folder.glob("*.jsonl"))
    found = [one for path in paths for one in _of_file(path, contrasted, faults)]
    if faults:
        raise UnusableContrastsError("一字之差的问法有误：" + "；".join(faults))
    if not found:
        raise UnusableContrastsError(
            f"目录 {folder.name} 中没有一字之差的问法（*.jsonl），请检查路径"
        )
    return found


def rank_contrasts(
    contrasts: Sequence[ContrastSet], encode: Encode, seed: int, *, turned: float = TURNED
) -> list[RankedQuery]:
    """Return each text with the wording nearest to it as the only candidate, and some turned.

    ``encode`` returns unit vectors of texts, shape (texts, dimension); ``turned`` is the share
    of the texts that are learned a second time, as the candidate of that wording.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    found = []
    for one in contrasts:
        stored, asked = encode(one.wordings), encode(one.texts)
        nearest = np.argmax(asked @ stored.T, axis=1)
        for number, (text, place) in enumerate(zip(one.texts, nearest, strict=True)):
            is_right, wording = number >= len(one.other), one.wordings[int(place)]
            found.append(_read(text, candidate_text(wording, one.wordings[0]), is_right=is_right))
            if chance.random() < turned:
                found.append(_read(wording, text, is_right=is_right))
    return found


def _read(question: str, candidate: str, *, is_right: bool) -> RankedQuery:
    """Return a question with its only candidate."""
    pair, kind = frozenset({ITSELF}), QuestionKind.CONTRAST
    right, near = (pair, frozenset[int]()) if is_right else (frozenset[int](), pair)
    query = JudgedQuery(question, question, right, kind=kind, near=near)
    return RankedQuery(query, {ITSELF: candidate})


def _of_file(path: Path, contrasted: Contrasted, faults: list[str]) -> Iterator[ContrastSet]:
    """Yield the contrast sets of a file; what cannot be read is added to ``faults``."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            stored = json.loads(line)
            other, same = (
                tuple(dict.fromkeys(str(text).strip() for text in stored[name]))
                for name in ("other", "same")
            )
        except (ValueError, TypeError, KeyError):
            faults.append(f"{path.name} 第 {number} 行不是 {{key 或 question, other, same}}")
            continue
        try:
            wordings = contrasted.wordings(stored)
        except KeyError:
            faults.append(f"{path.name} 第 {number} 行：没有这条问答或问法分组")
            continue
        if not other or not all((*other, *same)):
            faults.append(f"{path.name} 第 {number} 行没有另一问的问法，或有空的问法")
        elif wordings:
            yield ContrastSet(wordings, other, same)
