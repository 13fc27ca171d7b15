"""Compiled comparison of a question's words with those of candidate texts, weighed by IDF."""

import numpy as np

from qa_service.retrieval.arrays.idf import idf
from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array

COVERAGE_COLUMNS = 5

TINY = 1e-9


@compiled()
def mark_shared(asked: Array, terms: Array, shared: Array) -> None:
    """Set ``shared`` where a term of ``asked`` is among ``terms``, both ascending."""
    at = 0
    for term in terms:
        while at < asked.size and asked[at] < term:
            at += 1
        if at < asked.size and asked[at] == term:
            shared[at] = True


@compiled()
def weight_and_missing(
    asked: Array, terms: Array, document_frequency: Array, texts: int
) -> tuple[float, float]:
    """Return the weight of ascending ``terms``, and of the weightiest not in ``asked``."""
    total, missing = 0.0, 0.0
    at = 0
    for term in terms:
        weight = idf(document_frequency[term], texts)
        total += weight
        while at < asked.size and asked[at] < term:
            at += 1
        if at == asked.size or asked[at] != term:
            missing = max(missing, weight)
    return total, missing


@compiled()
def compare_words(
    asked: Array,
    unknown: int,
    best: Array,
    pair_starts: Array,
    starts: Array,
    words: Array,
    document_frequency: Array,
    texts: int,
) -> tuple[Array, Array, Array]:
    """Compare the words of each candidate with the question's, and mark the shared ones.

    ``asked`` holds the question's term numbers, ascending, each once; ``unknown`` counts its
    terms in no text. Text ``j`` has the terms ``words[starts[j]:starts[j + 1]]``;
    candidate ``i`` has the texts from ``pair_starts[i]`` to ``pair_starts[i + 1]``, of which
    ``best[i]`` is the best. Columns of the first result, shape (candidates, 5): the question's
    weight found in the best text, that text's weight found in the question, the question's
    weight found in any text, and the weightiest word missing in the best text and in the
    question, divided by the weight of a word in no text. The second result, shape (candidates,
    len(asked)), marks the words that the best text shares, the third those that any text does.
    """
    found = np.zeros((best.size, COVERAGE_COLUMNS))
    shared = np.zeros((best.size, asked.size), np.bool_)
    said = np.zeros((best.size, asked.size), np.bool_)
    unseen = idf(0, texts)
    weights = np.array([idf(document_frequency[term], texts) for term in asked])
    total = max(weights.sum() + unknown * unseen, TINY)
    for number in range(best.size):
        for text in range(pair_starts[number], pair_starts[number + 1]):
            mark_shared(asked, words[starts[text] : starts[text + 1]], said[number])
        terms = words[starts[best[number]] : starts[best[number] + 1]]
        mark_shared(asked, terms, shared[number])
        weight, missing = weight_and_missing(asked, terms, document_frequency, texts)
        lacking = (weights * ~shared[number]).max() if asked.size else 0.0
        found[number, 0] = (weights * shared[number]).sum() / total
        found[number, 1] = (weights * shared[number]).sum() / max(weight, TINY)
        found[number, 2] = (weights * said[number]).sum() / total
        found[number, 3] = (unseen if unknown else lacking) / unseen
        found[number, 4] = missing / unseen
    return found, shared, said
