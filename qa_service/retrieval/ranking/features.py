"""Raw, comparable features of a candidate: what ranking and deciding look at.

None is normalised over the candidates of a query, so each means the same for every
question: a score of 0.9 that is the best of a bad lot stays what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.arrays.code_points import word_characters
from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array, frozen
from qa_service.retrieval.backends.embedded.index import LEXICAL_SHARE, Candidates, SearchIndex
from qa_service.retrieval.backends.embedded.texts import StoredText, TextTable, code_points
from qa_service.retrieval.query import Query
from qa_service.retrieval.ranking.string_similarity import compare_texts
from qa_service.retrieval.ranking.term_overlap import compare_words
from qa_service.text.guards.compare import GuardComparison, GuardSet, compare_guards, extract_guards

FeatureVector = npt.NDArray[np.float64]

SUPPORTING_TEXTS = 3
"""Texts of a pair whose mean cosine tells whether it is near as a whole."""

SIGNALS = (
    "cosine_question",
    "cosine_answer",
    "cosine_support",
    "bm25_question",
    "bm25_answer",
    "answer_only",
)
COVERAGE = ("query_covered", "text_covered", "pair_covered", "query_missing", "text_missing")
LIKENESS = ("bigram_dice", "longest_common", "same_text", "length_ratio")
WHOLE_PAIR = ("pair_bigrams",)
GUARDS = ("guard_conflicts", "guard_unconfirmed")

FEATURES = (*SIGNALS, *COVERAGE, *LIKENESS, *WHOLE_PAIR, *GUARDS)
"""The features in the order of a vector."""

PLACES = {name: place for place, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class Description:
    """Candidates with their features, shape (candidates, features), in their first order.

    ``best`` holds the slot of each one's best text, and ``shared`` tells which of the
    question's known ``terms`` that text has.
    """

    pair_ids: Array
    features: FeatureVector
    best: Array
    shared: Array
    terms: tuple[str, ...]
    texts: TextTable

    def described(self, at: int) -> "Described":
        """The candidate at a place."""
        return Described(int(self.pair_ids[at]), self.features[at], GuardComparison(), self, at)


@dataclass(frozen=True, slots=True)
class Described:
    """A candidate with its features and how guard words compare.

    What its best text says is looked up in the ``description``, where it stands ``at`` a
    place, when it is wanted: most candidates are never shown.
    """

    pair_id: int
    features: FeatureVector
    guards: GuardComparison
    description: Description
    at: int

    @property
    def best(self) -> StoredText:
        """The text of the pair that is nearest to the question."""
        return self.description.texts.stored(int(self.description.best[self.at]))

    @property
    def normalised(self) -> str:
        """The normalised form of the best text."""
        return self.description.texts.normalised(int(self.description.best[self.at]))

    @property
    def matched_words(self) -> tuple[str, ...]:
        """The question's terms that the best text has."""
        return tuple(compress(self.description.terms, self.description.shared[self.at]))

    def feature(self, name: str) -> float:
        """One feature by name."""
        return float(self.features[PLACES[name]])


def describe(query: Query, candidates: Candidates, index: SearchIndex) -> Description:
    """Every feature of ``candidates`` but the guards', which are left at 0."""
    signals, best = _signals(candidates)
    terms = sorted({term: index.lexical.number(term) for term in query.tokens}.items(), key=_number)
    coverage, shared = _coverage(terms, best, candidates, index)
    asked = frozen(code_points(query.text))
    codes = index.texts.codes_of(candidates.slots)
    match_reason = compare_texts(asked, best, codes.starts, codes.values, frozen(word_characters()))
    whole = index.bigrams.scores(asked, candidates.starts, codes)
    guards = np.zeros((len(candidates), len(GUARDS)))
    return Description(
        pair_ids=candidates.pair_ids,
        features=np.hstack([signals, coverage, match_reason, whole[:, None], guards]),
        best=candidates.slots[best],
        shared=shared,
        terms=tuple(term for term, number in terms if number >= 0),
        texts=index.texts,
    )


def guarded(query: Query, described: Described) -> Described:
    """``described`` with its guard words compared to the query's."""
    guards = compare_guards(query.guards, guards_of(described.normalised))
    features = described.features.copy()
    features[-len(GUARDS) :] = len(guards.conflicts), len(guards.unconfirmed)
    return replace(described, features=features, guards=guards)


@lru_cache(maxsize=65_536)
def guards_of(normalised: str) -> GuardSet:
    """The guard words of a stored text."""
    return extract_guards(normalised)


def _number(term: tuple[str, int]) -> int:
    return term[1]


def _signals(candidates: Candidates) -> tuple[Array, Array]:
    found = np.empty((len(candidates), len(SIGNALS)))
    best = np.empty(len(candidates), np.int64)
    signal_rows(
        candidates.starts, candidates.is_answer, candidates.bm25, candidates.cosine, found, best
    )
    return found, best


def _coverage(
    terms: Sequence[tuple[str, int]], best: Array, candidates: Candidates, index: SearchIndex
) -> tuple[Array, Array]:
    known = np.array([number for _, number in terms if number >= 0], np.int32)
    words = index.lexical.terms_of(candidates.slots)
    found: tuple[Array, Array] = compare_words(
        known,
        len(terms) - len(known),
        best,
        candidates.starts,
        words.starts,
        words.values,
        index.lexical.holding(),
        len(index.lexical),
    )
    return found


@compiled()
def signal_rows(
    starts: Array,
    is_answer: Array,
    bm25: Array,
    cosine: Array,
    found: Array,
    best: Array,
) -> None:
    """Fill ``found``, columns as ``SIGNALS``, and the place of each candidate's ``best`` text.

    The best text is one that is asked, unless the candidate has answers only.
    """
    nearest, cosines, lexical = np.empty(SUPPORTING_TEXTS), np.empty(2), np.empty(2)
    for number in range(starts.size - 1):
        first, end = starts[number], starts[number + 1]
        answer_only = is_answer[first:end].all()
        nearest[:] = -np.inf
        cosines[:] = -np.inf
        lexical[:] = 0
        highest = -np.inf
        for at in range(first, end):
            side = 1 if is_answer[at] else 0
            cosines[side] = max(cosines[side], cosine[at])
            lexical[side] = max(lexical[side], bm25[at])
            if side == 0 or answer_only:
                if cosine[at] > nearest[0]:
                    nearest[0] = cosine[at]
                    nearest.sort()
                blended = cosine[at] + LEXICAL_SHARE * bm25[at]
                if blended > highest:
                    highest = blended
                    best[number] = at
        supporting = nearest[nearest > -np.inf]
        found[number, 0] = cosines[1] if answer_only else cosines[0]
        found[number, 1] = cosines[0] if cosines[1] == -np.inf else cosines[1]
        found[number, 2] = supporting.mean()
        found[number, 3] = lexical[0]
        found[number, 4] = lexical[1]
        found[number, 5] = 1.0 if answer_only else 0.0
