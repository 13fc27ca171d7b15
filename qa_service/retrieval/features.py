"""Raw, comparable features of a candidate: what ranking and deciding look at.

None is normalised over the candidates of a query, so each means the same for every
question: a score of 0.9 that is the best of a bad lot stays what it is.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher
from math import log
from statistics import fmean

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.documents import TextKind
from qa_service.retrieval.index import PairMatch, SearchIndex, StoredText, TextMatch, guards_of
from qa_service.retrieval.query import Query
from qa_service.text.guard_words import GuardComparison, compare_guards
from qa_service.text.normalise import normalise
from qa_service.text.tokenise import character_bigrams

FeatureVector = npt.NDArray[np.float64]

LEXICAL_SHARE = 0.3
"""Weight of BM25 beside cosine when the best text of a pair is picked."""

SUPPORTING_TEXTS = 3
"""Texts of a pair whose mean cosine tells whether it is near as a whole."""

FEATURES = (
    "cosine_question",
    "cosine_answer",
    "cosine_support",
    "bm25_question",
    "bm25_answer",
    "query_covered",
    "text_covered",
    "pair_covered",
    "query_missing",
    "text_missing",
    "bigram_dice",
    "longest_common",
    "same_text",
    "guard_conflicts",
    "guard_unconfirmed",
    "length_ratio",
    "answer_only",
)
"""The features in the order of a vector."""


@dataclass(frozen=True, slots=True)
class Described:
    """A candidate with its features, its best text, and how guard words compare."""

    pair_id: int
    best: StoredText
    features: FeatureVector
    guards: GuardComparison
    matched_words: tuple[str, ...]

    def feature(self, name: str) -> float:
        """One feature by name."""
        return float(self.features[FEATURES.index(name)])


def first_order(match: PairMatch) -> float:
    """A cheap score to choose whom to describe: the pair's best text by both signals."""
    return max(_blend(text) for text in match.texts)


def describe(query: Query, match: PairMatch, index: SearchIndex) -> Described:
    """``match`` with every feature computed."""
    asked = [text for text in match.texts if text.stored.kind is not TextKind.ANSWER]
    answers = [text for text in match.texts if text.stored.kind is TextKind.ANSWER]
    best = max(asked or answers, key=_blend).stored
    stored_terms = index.terms(best)
    guards = compare_guards(query.guards, guards_of(best.text))
    shared = [word for word in dict.fromkeys(query.tokens) if word in stored_terms]
    values = {
        **_signals(asked, answers),
        **_coverage(query, match, set(stored_terms), index),
        **_likeness(query.text, normalise(best.text)),
        "guard_conflicts": float(len(guards.conflicts)),
        "guard_unconfirmed": float(len(guards.unconfirmed)),
        "answer_only": float(not asked),
    }
    vector = np.array([values[name] for name in FEATURES])
    return Described(match.pair_id, best, vector, guards, tuple(shared))


def _blend(text: TextMatch) -> float:
    return (text.cosine or 0.0) + LEXICAL_SHARE * text.bm25


def _signals(asked: list[TextMatch], answers: list[TextMatch]) -> dict[str, float]:
    def best(texts: list[TextMatch], signal: str) -> float:
        return max((getattr(text, signal) or 0.0 for text in texts), default=0.0)

    cosines = sorted((text.cosine or 0.0 for text in asked or answers), reverse=True)
    return {
        "cosine_question": best(asked, "cosine") or best(answers, "cosine"),
        "cosine_answer": best(answers, "cosine") or best(asked, "cosine"),
        "cosine_support": fmean(cosines[:SUPPORTING_TEXTS]),
        "bm25_question": best(asked, "bm25"),
        "bm25_answer": best(answers, "bm25"),
    }


def _coverage(
    query: Query, match: PairMatch, held: set[str], index: SearchIndex
) -> dict[str, float]:
    asked = set(query.tokens)
    anywhere = {term for text in match.texts for term in index.terms(text.stored)}
    return {
        "query_covered": _weighted_share(asked, held, index),
        "text_covered": _weighted_share(held, asked, index),
        "pair_covered": _weighted_share(asked, anywhere, index),
        "query_missing": _heaviest(asked - held, index),
        "text_missing": _heaviest(held - asked, index),
    }


def _likeness(asked: str, text: str) -> dict[str, float]:
    return {
        "bigram_dice": _dice(character_bigrams(asked), character_bigrams(text)),
        "longest_common": _longest_common(asked, text),
        "same_text": float(asked.rstrip("?") == text.rstrip("?")),
        "length_ratio": abs(log((len(asked) + 1) / (len(text) + 1))),
    }


def _heaviest(words: set[str], index: SearchIndex) -> float:
    """The weight of the most telling of ``words`` over that of a word seen nowhere."""
    unseen = index.lexical.idf("")
    return max((index.lexical.idf(word) for word in words), default=0.0) / unseen


def _weighted_share(wanted: set[str], held: set[str], index: SearchIndex) -> float:
    total = sum(index.lexical.idf(word) for word in wanted)
    return sum(index.lexical.idf(word) for word in wanted & held) / total if total else 0.0


def _dice(left: list[str], right: list[str]) -> float:
    if not left or not right:
        return 0.0
    return 2 * len(set(left) & set(right)) / (len(set(left)) + len(set(right)))


def _longest_common(left: str, right: str) -> float:
    shorter = min(len(left), len(right))
    if not shorter:
        return 0.0
    size = SequenceMatcher(None, left[:200], right[:200], autojunk=False)
    return size.find_longest_match().size / shorter
