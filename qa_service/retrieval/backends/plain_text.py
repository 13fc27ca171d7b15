"""Builds a ``CandidateBlock`` from plain strings, for a backend that has no arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.retrieval.arrays.code_points import code_points
from qa_service.retrieval.arrays.ragged import Array, Rows, frozen
from qa_service.retrieval.backends.contract import LEXICAL_WEIGHT, TEXT_KINDS, CandidateBlock
from qa_service.retrieval.query import AnalysedQuestion, Tokenizer
from qa_service.text.matching_form import matching_form
from qa_service.vocabulary import TextKind


@dataclass(frozen=True, slots=True)
class CandidateText:
    """A text of a candidate pair with its raw signals; see ``CandidateBlock`` for their scale."""

    kind: TextKind
    text: str
    bm25: float
    cosine: float


@dataclass(frozen=True, slots=True)
class CandidatePair:
    """A candidate pair with its texts, at least one, and BM25 over its character bigrams."""

    pair_id: int
    texts: tuple[CandidateText, ...]
    bigram_bm25: float

    @property
    def signal(self) -> float:
        """The signal of its best text, by which pairs are first ordered."""
        return max(text.cosine + LEXICAL_WEIGHT * text.bm25 for text in self.texts)


def candidate_block(
    question: AnalysedQuestion,
    pairs: Sequence[CandidatePair],
    tokenizer: Tokenizer,
    *,
    document_frequency: Mapping[str, int],
    text_count: int,
) -> CandidateBlock:
    """Return the block of ``pairs``, put in their first order.

    ``document_frequency`` holds, for at least the terms of the question and of the texts, the
    number of texts in the whole index that contain them; ``text_count`` is their number.
    """
    ordered = sorted(pairs, key=lambda pair: (-pair.signal, pair.pair_id))
    texts = [text for pair in ordered for text in pair.texts]
    normalised = [matching_form(text.text) for text in texts]
    terms = [frozenset(tokenizer.tokens(text)) for text in normalised]
    known = {term for term in question.terms if document_frequency.get(term)}
    vocabulary = sorted(known.union(*terms))
    numbers = {term: number for number, term in enumerate(vocabulary)}
    asked = sorted(known)
    starts = np.concatenate([[0], np.cumsum([len(pair.texts) for pair in ordered])])
    return CandidateBlock(
        pair_ids=np.array([pair.pair_id for pair in ordered], np.int64),
        pair_starts=starts.astype(np.int64),
        kinds=np.array([TEXT_KINDS.index(text.kind) for text in texts], np.uint8),
        written=Rows.of([_utf8(text.text) for text in texts], np.uint8),
        codes=Rows.of([code_points(text) for text in normalised], np.int32),
        terms=Rows.of(
            [np.array(sorted(numbers[term] for term in held), np.int32) for held in terms],
            np.int32,
        ),
        document_frequency=frozen(
            np.array([document_frequency.get(term, 0) for term in vocabulary], np.int32)
        ),
        text_count=text_count,
        asked_terms=np.array([numbers[term] for term in asked], np.int32),
        asked_words=tuple(asked),
        unknown_terms=len(question.terms) - len(known),
        bm25=np.array([text.bm25 for text in texts], np.float64),
        cosine=np.array([text.cosine for text in texts], np.float64),
        bigram_bm25=np.array([pair.bigram_bm25 for pair in ordered], np.float64),
    )


def empty_block(question: AnalysedQuestion) -> CandidateBlock:
    """Return the block of an index without any pair."""
    none, whole = np.empty(0, np.int32), np.empty(0, np.int64)
    return CandidateBlock(
        pair_ids=whole,
        pair_starts=np.zeros(1, np.int64),
        kinds=np.empty(0, np.uint8),
        written=Rows.of([], np.uint8),
        codes=Rows.of([], np.int32),
        terms=Rows.of([], np.int32),
        document_frequency=frozen(none),
        text_count=0,
        asked_terms=none,
        asked_words=(),
        unknown_terms=len(question.terms),
        bm25=np.empty(0),
        cosine=np.empty(0),
        bigram_bm25=np.empty(0),
    )


def _utf8(text: str) -> Array:
    """Return the bytes of ``text`` in UTF-8."""
    return np.frombuffer(text.encode(), np.uint8)
