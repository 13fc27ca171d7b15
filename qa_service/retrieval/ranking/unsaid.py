"""The words of a question that no text of a pair says: another thing has to be named.

A pair of many wordings says nearly every word that belongs to its matter. Of a question about
another one (公示要挂几天 beside 审批要几天) a word is left over, however near the sentences are.
Character bigrams find it where words are cut differently or are in no dictionary.
"""

from dataclasses import dataclass

import numpy as np

from qa_service.retrieval.arrays.code_points import PLANE, code_points, word_characters
from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array, frozen
from qa_service.retrieval.backends.contract import CandidateBlock
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.string_similarity import FIRST, bigrams
from qa_service.text.question_words import names_matter

FULL = 1000
"""Characters of a pair's texts from which it counts as saying what belongs to its matter."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Words and bigrams of a question in no text of each candidate, shape (candidates,).

    ``words`` is the number of words that say what the question is about, ``bigrams`` the share of
    its character bigrams. ``extent`` is 1 for a pair of ``FULL`` characters and more, less in
    proportion: a pair that says little leaves much unsaid of any question.
    """

    words: Array
    bigrams: Array
    extent: Array


def unsaid(question: AnalysedQuestion, block: CandidateBlock, said: Array) -> Unsaid:
    """Compare the question with all texts of each candidate.

    ``said``, shape (candidates, known words asked), marks the words that any text contains.
    """
    naming = np.array([_names_thing(word) for word in block.asked_words], np.bool_)
    unknown = question.terms.difference(block.asked_words)
    asked = bigrams(frozen(code_points(question.normalised)), frozen(word_characters()))
    pairs_asked = frozen(asked[asked >= FIRST])
    texts = block.codes.starts[block.pair_starts]
    return Unsaid(
        words=(naming & ~said).sum(axis=1) + sum(map(_names_thing, unknown)),
        bigrams=unsaid_share(
            pairs_asked, block.pair_starts, block.codes.starts, block.codes.values
        ),
        extent=np.minimum(1.0, np.diff(texts) / FULL),
    )


@compiled()
def unsaid_share(asked: Array, pair_starts: Array, starts: Array, codes: Array) -> Array:
    """Return the share of the bigrams ``asked`` in no text of each candidate, 0 of none asked.

    ``asked`` is ascending, as ``string_similarity.bigrams`` returns it. Text ``j`` has the code
    points ``codes[starts[j]:starts[j + 1]]``; candidate ``i`` has the texts from
    ``pair_starts[i]`` to ``pair_starts[i + 1]``.
    """
    shares = np.zeros(pair_starts.size - 1)
    if asked.size == 0:
        return shares
    # Nearly every character is none that a bigram asked begins with.
    begins = np.zeros(PLANE, np.bool_)
    for pair in asked:
        begins[pair // FIRST % PLANE] = True
    for number in range(shares.size):
        said = np.zeros(asked.size, np.bool_)
        for text in range(pair_starts[number], pair_starts[number + 1]):
            for at in range(starts[text], starts[text + 1] - 1):
                if not begins[codes[at] % PLANE]:
                    continue
                pair = np.int64(codes[at]) * FIRST + codes[at + 1]
                place = np.searchsorted(asked, pair)
                if place < asked.size and asked[place] == pair:
                    said[place] = True
        shares[number] = 1 - said.sum() / asked.size
    return shares


def _names_thing(word: str) -> bool:
    """Return whether a word of several characters says what the question is about."""
    return len(word) > 1 and names_matter(word)
