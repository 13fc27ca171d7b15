"""Look-alikes (相似而不同) of a bank's pairs: what a re-ranker learns not to take for a pair.

A folder holds ``*.jsonl`` files of {"key", "texts"}, a line for one pair: questions that share its
words, its topic or its shape and that its answer does not answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa_service.errors import InvalidInputError
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.reranking.candidate_text import candidate_text
from qa_service.retrieval.training.example_folders import (
    Line,
    UnusableLineError,
    read_folder,
    texts_of,
)
from qa_service.retrieval.training.rows import RankedQuery


class UnusableLookAlikesError(InvalidInputError):
    """The folder does not hold look-alikes of the bank's pairs."""

    code = "unusable_look_alikes"
    title = "相似而不同的问法无法使用"


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A question that resembles a pair and that the pair does not answer."""

    pair_id: int
    text: str


def read_look_alikes(folder: Path, pair_ids: Mapping[str, int]) -> list[LookAlike]:
    """Return the look-alikes of a folder; ``pair_ids`` holds the id of each pair by key.

    Raises UnusableLookAlikesError for a folder without any, or naming the lines that cannot be
    read or name no pair.
    """
    return read_folder(
        folder,
        lambda _, line: _of_line(line, pair_ids),
        form="{key, texts}",
        unusable=UnusableLookAlikesError,
        what="相似而不同的问法",
    )


def rank_look_alikes(
    look_alikes: Sequence[LookAlike],
    vectors: Vectors,
    pairs: Sequence[IndexedPair],
    stored: Mapping[str, Vectors],
) -> list[RankedQuery]:
    """Return each look-alike with its pair as the only candidate, a wrong one.

    ``vectors`` are of the look-alikes, shape (look-alikes, dimension), ``stored`` those of the
    pairs' texts. A pair is read by its wording that is nearest to the look-alike.
    """
    by_id = {pair.pair_id: pair for pair in pairs}
    found = []
    for one, vector in zip(look_alikes, vectors, strict=True):
        pair = by_id[one.pair_id]
        wordings = (pair.question, *pair.variants)
        likeness = np.array([stored[text] for text in wordings]) @ vector
        nearest = wordings[int(np.argmax(likeness))]
        text = candidate_text(nearest, pair.question)
        found.append(_look_alike(one.text, one.pair_id, text))
    return found


def read_beside_look_alikes(
    asked: Sequence[RankedQuery],
    look_alikes: Sequence[LookAlike],
    vectors: Vectors,
    stored: Mapping[str, Vectors],
) -> list[RankedQuery]:
    """Return wordings of the bank with the nearest look-alike of their pair, a wrong candidate.

    ``asked`` are questions with one right pair, of which those with a vector in ``stored`` are
    wordings of the bank; ``vectors`` are of the look-alikes, shape (look-alikes, dimension).
    """
    places: dict[int, list[int]] = {}
    for place, one in enumerate(look_alikes):
        places.setdefault(one.pair_id, []).append(place)
    found = []
    for ranked in asked:
        pair_id = min(ranked.query.relevant, default=0)
        own, vector = places.get(pair_id), stored.get(ranked.query.text)
        if own is None or vector is None:
            continue
        nearest = look_alikes[own[int(np.argmax(vectors[own] @ vector))]].text
        found.append(_look_alike(ranked.query.text, pair_id, nearest))
    return found


def _look_alike(text: str, pair_id: int, candidate: str) -> RankedQuery:
    """Return a question with one candidate that looks like it and is not right."""
    near = frozenset({pair_id})
    query = JudgedQuery(text, text, frozenset(), kind=QuestionKind.LOOK_ALIKE, near=near)
    return RankedQuery(query, {pair_id: candidate})


def _of_line(line: Line, pair_ids: Mapping[str, int]) -> Iterator[LookAlike]:
    """Yield the look-alikes of a line.

    Raises UnusableLineError, and KeyError or TypeError for another form.
    """
    key, texts = str(line["key"]), texts_of(line["texts"])
    if key not in pair_ids:
        raise UnusableLineError(f"：没有编号为“{key}”的问答")
    if not texts or not all(texts):
        raise UnusableLineError("没有问法，或有空的问法")
    for text in texts:
        yield LookAlike(pair_ids[key], text)
