"""Answers beside which questions are read, to learn whether a passage says what is asked.

A folder holds ``*.jsonl`` files of {"question", "answer", "said", "silent", "excepted"}, a line for
one group of wordings (``question``, its standard one): its answer, questions to which the answer
says something, questions in nearly its words to which it says nothing, and texts of the group's
contrast set of which this answer tells otherwise (may be missing). The answers of a bank's pairs
are in the bank.
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa_service.errors import InvalidInputError
from qa_service.retrieval.documents import IndexedPair, passages
from qa_service.retrieval.reranking.candidate_text import answering_text
from qa_service.retrieval.training.contrasts import ContrastSet, Encode, read_alone
from qa_service.retrieval.training.example_folders import (
    Line,
    UnusableLineError,
    read_folder,
    texts_of,
)
from qa_service.retrieval.training.rows import RankedQuery

BESIDE_ANSWERS = 0.3
"""Share of the questions that are learned from a second time, beside answers: a passage costs
three times what a wording does."""

CANDIDATES = 4
"""Number of a question's candidates whose answers are read beside it, and the judged ones."""


class UnusableAnswersError(InvalidInputError):
    """The folder does not hold answers of groups of wordings."""

    code = "unusable_answers"
    title = "学习用的答案无法使用"


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A standard question with its answer, and questions to which it says something or nothing.

    ``excepted`` are texts of the contrast set of the question that are not read beside it.
    """

    question: str
    answer: str
    said: tuple[str, ...]
    silent: tuple[str, ...]
    excepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A question, the standard question of an answer, and whether the answer says what is asked."""

    text: str
    standard: str
    answers: bool


def read_answers(folder: Path, groups: Collection[str]) -> list[AnsweredQuestion]:
    """Return the answers of a folder; ``groups`` are the standard questions that are known.

    Raises UnusableAnswersError for a folder without any, or naming the lines that cannot be read
    or name no group.
    """
    return read_folder(
        folder,
        lambda _, line: _of_line(line, groups),
        form="{question, answer, said, silent}",
        unusable=UnusableAnswersError,
        what="学习用的答案",
    )


def _of_line(line: Line, groups: Collection[str]) -> Iterator[AnsweredQuestion]:
    """Yield the answer of a line.

    Raises UnusableLineError, and KeyError or TypeError for another form.
    """
    question, answer = str(line["question"]).strip(), str(line["answer"]).strip()
    said, silent = texts_of(line["said"]), texts_of(line["silent"])
    if question not in groups:
        raise UnusableLineError("：没有这个问法分组")
    if not answer or not all((*said, *silent)):
        raise UnusableLineError("没有答案，或有空的问法")
    yield AnsweredQuestion(question, answer, said, silent, texts_of(line.get("excepted", [])))


def readings_of(
    contrasts: Sequence[ContrastSet],
    answered: Sequence[AnsweredQuestion],
    standards: Collection[str],
) -> list[Reading]:
    """Return every text of a contrast set whose answer is known, and those of the answers."""
    excepted = {(one.question, text) for one in answered for text in one.excepted}
    found = [
        Reading(text, one.wordings[0], answers=text not in one.other)
        for one in contrasts
        if one.wordings[0] in standards
        for text in one.texts
        if (one.wordings[0], text) not in excepted
    ]
    for one in answered:
        found += [Reading(text, one.question, answers=True) for text in one.said]
        found += [Reading(text, one.question, answers=False) for text in one.silent]
    return found


def rank_readings(
    readings: Sequence[Reading], answers: Mapping[str, str], encode: Encode
) -> list[RankedQuery]:
    """Return each question with a passage as the only candidate.

    ``answers`` are those of the standard questions; a long one is read where it is nearest.
    """
    texts = _answering([(one.text, one.standard) for one in readings], answers, encode)
    return [
        read_alone(one.text, text, is_right=one.answers)
        for one, text in zip(readings, texts, strict=True)
    ]


def beside_answers(
    ranked: Sequence[RankedQuery],
    pairs: Sequence[IndexedPair],
    encode: Encode,
    *,
    share: float,
    seed: int,
) -> list[RankedQuery]:
    """Return a ``share`` of the questions with answers of their first candidates.

    Questions one of whose judged pairs has no answer are left out.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    answers = {pair.question: pair.answer for pair in pairs if pair.answer.strip()}
    standard = {pair.pair_id: pair.question for pair in pairs if pair.question in answers}
    drawn = chance.sample(ranked, round(share * len(ranked)))
    kept = [one for one in drawn if _judged(one) and _judged(one) <= standard.keys()]
    read = [(one, pair_id) for one in kept for pair_id in _first(one, standard)]
    reads = [(one.query.text, standard[pair_id]) for one, pair_id in read]
    found: dict[int, dict[int, str]] = {}
    for (one, pair_id), text in zip(read, _answering(reads, answers, encode), strict=True):
        found.setdefault(id(one), {})[pair_id] = text
    return [RankedQuery(one.query, found[id(one)]) for one in kept]


def _judged(one: RankedQuery) -> frozenset[int]:
    """Return the pairs that a question is judged about."""
    return one.query.relevant | one.query.near


def _first(one: RankedQuery, standard: Mapping[int, str]) -> list[int]:
    """Return the first candidates that have an answer, and the judged pairs."""
    first = [pair_id for pair_id in one.candidates if pair_id in standard][:CANDIDATES]
    return list(dict.fromkeys([*first, *sorted(_judged(one))]))


def _answering(
    reads: Sequence[tuple[str, str]], answers: Mapping[str, str], encode: Encode
) -> list[str]:
    """Return, for each (question, standard question), the nearest passage as it is read."""
    parts = {standard: passages(answers[standard]) for _, standard in reads}
    compared = [(text, standard) for text, standard in reads if len(parts[standard]) > 1]
    texts = dict.fromkeys(
        text for asked, standard in compared for text in (asked, *parts[standard])
    )
    vectors = dict(zip(texts, encode(list(texts)), strict=True)) if texts else {}

    def nearest(text: str, standard: str) -> str:
        """Return the passage that the encoder finds nearest."""
        passage = parts[standard]
        if len(passage) == 1:
            return passage[0]
        likeness = np.array([vectors[one] for one in passage]) @ vectors[text]
        return passage[int(np.argmax(likeness))]

    return [answering_text(standard, nearest(text, standard)) for text, standard in reads]
