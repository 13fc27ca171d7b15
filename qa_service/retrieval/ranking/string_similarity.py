"""Compiled comparison of two texts by their characters, given as code points."""

from math import log

import numpy as np

from qa_service.retrieval.arrays.code_points import PLANE
from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array

COMPARED_CHARACTERS = 200
"""Characters of either text in which the longest common run is searched."""

QUESTION_MARK = ord("?")

FIRST = PLANE << 5
"""Factor of the first character of a bigram: greater than every code point."""


@compiled()
def bigrams(codes: Array, is_word: Array) -> Array:
    """Return the distinct neighbours within runs of word characters, ascending.

    A lone character stands for itself.
    """
    found = np.empty(codes.size, np.int64)
    size = 0
    at = 0
    while at < codes.size:
        end = at
        while end < codes.size and (codes[end] >= PLANE or is_word[codes[end]]):
            end += 1
        if end == at + 1:
            found[size] = codes[at]
            size += 1
        for first in range(at, end - 1):
            found[size] = codes[first] * FIRST + codes[first + 1]
            size += 1
        at = end + 1
    return distinct(found[:size])


@compiled()
def distinct(values: Array) -> Array:
    """Sort ``values`` in place and return each once; ``np.unique`` goes through a list."""
    values.sort()
    size = 0
    for at in range(values.size):
        if at == 0 or values[at] != values[at - 1]:
            size += 1
            values[size - 1] = values[at]
    return values[:size]


@compiled()
def dice(left: Array, right: Array) -> float:
    """Return the Dice coefficient of two ascending sets; 0 when either is empty (Dice, 1945)."""
    if left.size == 0 or right.size == 0:
        return 0.0
    shared = 0
    ours, theirs = 0, 0
    while ours < left.size and theirs < right.size:
        if left[ours] == right[theirs]:
            shared += 1
            ours += 1
            theirs += 1
        elif left[ours] < right[theirs]:
            ours += 1
        else:
            theirs += 1
    return 2 * shared / (left.size + right.size)


@compiled()
def longest_common(left: Array, right: Array) -> float:
    """Return the length of the longest common run over that of the shorter text."""
    shorter = min(left.size, right.size)
    if shorter == 0:
        return 0.0
    width = min(right.size, COMPARED_CHARACTERS)
    # Two alternating rows: the runs within one row are independent and can be vectorised.
    runs, grown = np.zeros(width + 1, np.int32), np.zeros(width + 1, np.int32)
    longest = np.int32(0)
    for ours in range(min(left.size, COMPARED_CHARACTERS)):
        character = left[ours]
        for theirs in range(width):
            run = runs[theirs] + np.int32(1) if character == right[theirs] else np.int32(0)
            grown[theirs + 1] = run
            longest = max(longest, run)
        runs, grown = grown, runs
    return longest / shorter


@compiled()
def is_same(left: Array, right: Array) -> bool:
    """Return whether the texts are equal except for question marks at their ends."""
    ours, theirs = left.size, right.size
    while ours and left[ours - 1] == QUESTION_MARK:
        ours -= 1
    while theirs and right[theirs - 1] == QUESTION_MARK:
        theirs -= 1
    return ours == theirs and np.array_equal(left[:ours], right[:theirs])


@compiled()
def compare_texts(asked: Array, texts: Array, starts: Array, codes: Array, is_word: Array) -> Array:
    """Return the similarity of ``asked`` and each of ``texts``, shape (texts, 4).

    Text ``j`` has the code points ``codes[starts[j]:starts[j + 1]]``. Columns: Dice of
    character bigrams, longest common run, sameness, and the ratio of the lengths as a distance
    from 1 on a log scale.
    """
    found = np.empty((texts.size, 4))
    ours = bigrams(asked, is_word)
    for at in range(texts.size):
        text = codes[starts[texts[at]] : starts[texts[at] + 1]]
        found[at, 0] = dice(ours, bigrams(text, is_word))
        found[at, 1] = longest_common(asked, text)
        found[at, 2] = 1.0 if is_same(asked, text) else 0.0
        found[at, 3] = abs(log((asked.size + 1) / (text.size + 1)))
    return found
