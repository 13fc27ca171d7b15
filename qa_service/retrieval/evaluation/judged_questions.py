"""Judged questions: what people ask, the pairs that answer it, and the kind of question.

A folder holds ``*.jsonl`` files of {"id", "text", "expected", "near", "kind", "split"}:
``expected`` the keys of the pairs that answer (none where the bank must not answer), ``near``
the keys of pairs that look as if they did.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from qa_service.vocabulary import LabelledEnum


class QuestionKind(LabelledEnum):
    """The kind of a judged question."""

    WORDING = "wording", "新问法"
    KEYWORD = "keyword", "关键词"
    SLIP = "slip", "笔误口误"
    LOOK_ALIKE = "look_alike", "相似而不同"
    CONTRAST = "contrast", "一字之差"
    LETTER = "letter", "来信"
    TWO_MATTERS = "two_matters", "两事并问"
    MISSING = "missing", "库中没有"
    CHAT = "chat", "与政策无关"


class Split(LabelledEnum):
    """The part of the set a question belongs to; the questions of a pair are all in one."""

    TRAIN = "train", "训练"
    TUNE = "tune", "校准"
    TEST = "test", "测试"


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with the keys of the pairs that answer it and of those that only look so."""

    id: str
    text: str
    expected: tuple[str, ...]
    near: tuple[str, ...]
    kind: QuestionKind
    split: Split

    @property
    def pairs(self) -> tuple[str, ...]:
        """Return the keys of all pairs the question is about."""
        return (*self.expected, *self.near)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the question of one line.

        Raises KeyError for a missing column, ValueError for an unknown kind or split.
        """
        return cls(
            id=str(stored["id"]),
            text=str(stored["text"]),
            expected=tuple(stored["expected"]),
            near=tuple(stored.get("near", ())),
            kind=QuestionKind(stored["kind"]),
            split=Split(stored["split"]),
        )


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A line of a file; ``question`` is None, with the ``fault``, where it cannot be read."""

    file: str
    number: int
    question: JudgedQuestion | None
    fault: str = ""


def is_question_folder(folder: Path) -> bool:
    """Return whether ``folder`` holds judged questions and not another kind of set."""
    return any(folder.glob("*.jsonl")) and not (folder / "corpus.jsonl").exists()


def read_lines(folder: Path) -> Iterator[QuestionLine]:
    """Yield every line of the folder's files that is not blank, in the order of their names."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _read_line(path.name, number, line)


def read_questions(folder: Path) -> list[JudgedQuestion]:
    """Return every question of the folder; raises ValueError at a line that cannot be read."""
    found = []
    for line in read_lines(folder):
        if line.question is None:
            raise ValueError(f"{line.file}:{line.number}: {line.fault}")
        found.append(line.question)
    return found


def _read_line(file: str, number: int, line: str) -> QuestionLine:
    try:
        return QuestionLine(file, number, JudgedQuestion.load(json.loads(line)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return QuestionLine(file, number, None, f"{type(error).__name__}: {error}")
