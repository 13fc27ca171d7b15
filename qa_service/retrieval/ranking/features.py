"""Raw, comparable features of candidates, the input of ranking and of the verdict.

No feature is normalised over the candidates of a query, so each has the same meaning for
every question, and the best of poor candidates keeps its poor score. Features are computed
from the texts and raw signals of a ``CandidateBlock`` alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.arrays.code_points import code_points, text_of, word_characters
from qa_service.retrieval.arrays.gather import selected, selected_or_empty
from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array, Rows, Vectors, frozen
from qa_service.retrieval.backends.contract import (
    ANSWER_KIND,
    LEXICAL_WEIGHT,
    QUESTION_KIND,
    TEXT_KINDS,
    CandidateBlock,
)
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.string_similarity import compare_texts
from qa_service.retrieval.ranking.term_overlap import compare_words
from qa_service.retrieval.ranking.unsaid import Unsaid, unsaid
from qa_service.retrieval.reranking.candidate_text import answering_text, candidate_text
from qa_service.text.guards.compare import GuardComparison, compare_guards, stored_guards
from qa_service.text.guards.numbers import NEAR_YEAR_AXIS, YEAR_AXIS
from qa_service.text.guards.periods import unconfirmed_periods
from qa_service.text.letters import asking_part
from qa_service.text.matching_form import matching_form
from qa_service.text.question_words import names_matter
from qa_service.text.whole_questions.other_matters import other_matters
from qa_service.vocabulary import TextKind

FeatureVector = npt.NDArray[np.float64]

VectorOf = Callable[[str], Vectors | None]
"""Callback that returns the vector of a text, shape (dimension,); None where it has none."""

SUPPORTING_TEXTS = 3
"""Number of a pair's texts whose mean cosine is the similarity of the pair."""

SIGNALS = (
    "cosine_question",
    "cosine_answer",
    "cosine_support",
    "bm25_question",
    "bm25_answer",
    "answer_only",
)
COVERAGE = ("query_covered", "text_covered", "pair_covered", "query_missing", "text_missing")
SIMILARITY = ("bigram_dice", "longest_common", "same_text", "length_ratio")
WHOLE_PAIR = ("pair_bigrams",)
GUARDS = ("guard_conflicts", "guard_unconfirmed")

FEATURES = (*SIGNALS, *COVERAGE, *SIMILARITY, *WHOLE_PAIR, *GUARDS)
"""Names of the features in the order of a vector."""

PLACES = {name: place for place, name in enumerate(FEATURES)}
"""Index of each feature in a vector, by name."""


def without_vectors(_text: str) -> None:
    """Return no vector: the ``VectorOf`` where nothing encodes."""


@dataclass(frozen=True, slots=True)
class BestTexts:
    """The best text of each candidate: kinds, UTF-8 and normalised code points by candidate."""

    kinds: Array
    written: Rows
    codes: Rows


@dataclass(frozen=True, slots=True)
class Description:
    """Candidates with their features, shape (candidates, features), in their first order.

    ``best`` holds each one's best text, ``standard`` the question of the pair in UTF-8 (the best
    text where it has none), ``passages`` the passage of its answer that is nearest to the question
    (empty where it has none); ``unsaid`` is what none of its texts says; ``shared``, shape
    (candidates, len(words)), marks which of the question's known ``words`` the best text contains.
    ``vector_of`` returns the vector of a stored text.
    """

    pair_ids: Array
    features: FeatureVector
    best: BestTexts
    standard: Rows
    passages: Rows
    unsaid: Unsaid
    shared: Array
    words: tuple[str, ...]
    vector_of: VectorOf = without_vectors

    def described(self, at: int) -> "Described":
        """Return the candidate at an index."""
        return Described(int(self.pair_ids[at]), self.features[at], GuardComparison(), self, at)


@dataclass(frozen=True, slots=True)
class Described:
    """A candidate with its features and the comparison of guard words.

    Its best text is decoded from ``description`` on demand, because most candidates are never
    shown; ``at`` is its index there.
    """

    pair_id: int
    features: FeatureVector
    guards: GuardComparison
    description: Description
    at: int

    @property
    def matched_kind(self) -> TextKind:
        """The kind of the best text."""
        return TEXT_KINDS[self.description.best.kinds[self.at]]

    @property
    def matched_text(self) -> str:
        """The text of the pair that is nearest to the question."""
        return self.description.best.written.row(self.at).tobytes().decode()

    @property
    def pair_text(self) -> str:
        """The text of the pair that a re-ranker reads beside the question."""
        is_answer = self.matched_kind is TextKind.ANSWER
        return candidate_text("" if is_answer else self.matched_text, self.standard)

    @property
    def answering_text(self) -> str:
        """The passage of the answer that a re-ranker reads beside the question; perhaps empty."""
        passage = self.description.passages.row(self.at).tobytes().decode()
        return answering_text(self.standard, passage)

    @property
    def standard(self) -> str:
        """The question of the pair; the best text where it has none."""
        return self.description.standard.row(self.at).tobytes().decode()

    @property
    def standard_vector(self) -> Vectors | None:
        """The vector of ``standard``."""
        return self.description.vector_of(self.standard)

    @property
    def normalised(self) -> str:
        """The normalised form of the best text."""
        return text_of(self.description.best.codes.row(self.at))

    @property
    def matched_words(self) -> tuple[str, ...]:
        """The question's words that the best text contains and that say what it is about."""
        shared = compress(self.description.words, self.description.shared[self.at])
        return tuple(filter(names_matter, shared))

    def feature(self, name: str) -> float:
        """Return one feature by name."""
        return float(self.features[PLACES[name]])


def describe(
    question: AnalysedQuestion, block: CandidateBlock, vector_of: VectorOf = without_vectors
) -> Description:
    """Compute every feature of the candidates except those of guard words, which stay 0."""
    signals, best, passages = _signals(block)
    coverage, shared, said = _coverage(block, best)
    similarity = compare_texts(
        frozen(code_points(question.normalised)),
        best,
        block.codes.starts,
        block.codes.values,
        frozen(word_characters()),
    )
    guards = np.zeros((len(block), len(GUARDS)))
    pair_bm25 = block.bigram_bm25[:, None]
    return Description(
        pair_ids=block.pair_ids,
        features=np.hstack([signals, coverage, similarity, pair_bm25, guards]),
        best=BestTexts(
            block.kinds[best], selected(block.written, best), selected(block.codes, best)
        ),
        standard=selected(block.written, _standard(block, best)),
        passages=selected_or_empty(block.written, passages),
        unsaid=unsaid(question, block, said),
        shared=shared,
        words=block.asked_words,
        vector_of=vector_of,
    )


def guarded(
    question: AnalysedQuestion,
    described: Described,
    *,
    this_year: int | None = None,
    rules_of: int | None = None,
) -> Described:
    """Return ``described`` with its guard words compared to the question's.

    A year other than ``this_year`` that only the question names is a conflict: what holds today
    does not answer it. What held on a past day, in the year ``rules_of``, answers questions about
    that year, so no year is in doubt. The best text is compared beside the pair's own question, see
    ``GuardComparison.beside``; letters by their ``asking_part``. Of two things asked about in one
    both must be in one of them.
    """
    asked = asking_part(question.normalised)

    def against(text: str) -> GuardComparison:
        """Return the comparison with a stored, normalised text."""
        stored = asking_part(text)
        years = unconfirmed_periods(asked, stored, this_year=this_year, rules_of=rules_of)
        guards = compare_guards(question.guards, stored_guards(stored))
        if years:
            return _with_years(guards, years)
        if rules_of is not None:
            return replace(guards, unconfirmed=_without_doubt_of_year(guards))
        return guards

    standard = matching_form(described.standard)
    guards = against(described.normalised).beside(against(standard))
    guards = guards.with_conflicts(other_matters(asked, described.normalised, standard))
    features = described.features.copy()
    features[-len(GUARDS) :] = len(guards.conflicts), len(guards.unconfirmed)
    return replace(described, features=features, guards=guards)


def _with_years(guards: GuardComparison, years: Sequence[str]) -> GuardComparison:
    """Return ``guards`` with the unconfirmed years as a conflict, instead of a doubt."""
    doubts = _without_doubt_of_year(guards)
    if any(one.startswith(f"{YEAR_AXIS.name}不同") for one in guards.conflicts):
        return replace(guards, unconfirmed=doubts)
    conflict = f"{YEAR_AXIS.name}不同：问的是{'、'.join(years)}，库中没有说到"
    return replace(guards, conflicts=(*guards.conflicts, conflict), unconfirmed=doubts)


def _without_doubt_of_year(guards: GuardComparison) -> tuple[str, ...]:
    return tuple(one for one in guards.unconfirmed if not _is_doubt_of_year(one))


def _is_doubt_of_year(difference: str) -> bool:
    axes = (YEAR_AXIS, NEAR_YEAR_AXIS)
    return any(difference.startswith(f"{axis.name}待核：问的") for axis in axes)


def _signals(block: CandidateBlock) -> tuple[Array, Array, Array]:
    """Return the features ``SIGNALS``, and the place of each candidate's best text and passage."""
    found = np.empty((len(block), len(SIGNALS)))
    best = np.empty(len(block), np.int64)
    passages = np.full(len(block), -1, np.int64)
    is_answer = block.kinds == ANSWER_KIND
    signal_rows(block.pair_starts, is_answer, block.bm25, block.cosine, found, best, passages)
    return found, best, passages


def _standard(block: CandidateBlock, best: Array) -> Array:
    """Return the place of each candidate's own question, else of its best text."""
    # A pair's texts begin with its question, see ``IndexedPair.texts``.
    firsts = block.pair_starts[:-1]
    return np.where(block.kinds[firsts] == QUESTION_KIND, firsts, best)


def _coverage(block: CandidateBlock, best: Array) -> tuple[Array, Array, Array]:
    """Return the features ``COVERAGE``, and which asked words the best and any text contain."""
    found: tuple[Array, Array, Array] = compare_words(
        block.asked_terms,
        block.unknown_terms,
        best,
        block.pair_starts,
        block.terms.starts,
        block.terms.values,
        block.document_frequency,
        block.text_count,
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
    passages: Array,
) -> None:
    """Fill ``found``, columns as ``SIGNALS``, ``best`` and ``passages``, places of texts.

    The best text is a question or variant, unless the candidate has answers only. The place of
    the best passage stays as it is where there is no answer.
    """
    nearest, cosines, lexical = np.empty(SUPPORTING_TEXTS), np.empty(2), np.empty(2)
    for number in range(starts.size - 1):
        first, end = starts[number], starts[number + 1]
        answer_only = is_answer[first:end].all()
        nearest[:] = -np.inf
        cosines[:] = -np.inf
        lexical[:] = 0
        highest = highest_passage = -np.inf
        for at in range(first, end):
            side = 1 if is_answer[at] else 0
            blended = cosine[at] + LEXICAL_WEIGHT * bm25[at]
            cosines[side] = max(cosines[side], cosine[at])
            lexical[side] = max(lexical[side], bm25[at])
            if side == 0 or answer_only:
                if cosine[at] > nearest[0]:
                    nearest[0] = cosine[at]
                    nearest.sort()
                if blended > highest:
                    highest = blended
                    best[number] = at
            if side == 1 and blended > highest_passage:
                highest_passage = blended
                passages[number] = at
        supporting = nearest[nearest > -np.inf]
        found[number, 0] = cosines[1] if answer_only else cosines[0]
        found[number, 1] = cosines[0] if cosines[1] == -np.inf else cosines[1]
        found[number, 2] = supporting.mean()
        found[number, 3] = lexical[0]
        found[number, 4] = lexical[1]
        found[number, 5] = 1.0 if answer_only else 0.0
