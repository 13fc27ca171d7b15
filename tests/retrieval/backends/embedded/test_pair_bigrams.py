from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.arrays.code_points import code_points
from qa_service.retrieval.arrays.ragged import Rows, frozen
from qa_service.retrieval.backends.embedded.bm25 import K1, B
from qa_service.retrieval.backends.embedded.pair_bigrams import PairBigrams

Pair = list[str]

PAIRS = st.lists(
    st.lists(st.text(alphabet="申领取办补贴a1 ?，", max_size=12), min_size=1, max_size=3),
    min_size=1,
    max_size=6,
)


def rows(texts: Pair) -> Rows:
    return Rows.of([code_points(text) for text in texts], np.int32)


def bigrams(text: str) -> list[str]:
    """The same cut in plain Python."""
    found = []
    for run in "".join(sign if sign.isalnum() else " " for sign in text).split():
        found += [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]
    return found


def expected(pairs: list[Pair], asked: str) -> list[float]:
    """BM25 of each pair as one text, over that of a pair that says just what is asked."""
    cut = [Counter(one for text in pair for one in bigrams(text)) for pair in pairs]
    average = sum(sum(held.values()) for held in cut) / len(cut) or 1.0
    wanted = Counter(bigrams(asked))

    def idf(term: str) -> float:
        held = sum(term in counts for counts in cut)
        return log(1 + (len(cut) - held + 0.5) / (held + 0.5))

    def score(held: Counter[str]) -> float:
        norm = K1 * (1 - B + B * sum(held.values()) / average)
        return sum(
            count * idf(term) * held[term] / (held[term] + norm) for term, count in wanted.items()
        )

    most = score(wanted) if wanted else 0.0
    return [score(held) / most if wanted else 0.0 for held in cut]


def scored(counted: PairBigrams, pairs: list[Pair], asked: str) -> list[float]:
    starts = np.concatenate([[0], np.cumsum([len(pair) for pair in pairs])]).astype(np.int64)
    found = counted.scores(
        frozen(code_points(asked)), starts, rows([text for pair in pairs for text in pair])
    )
    return [float(score) for score in found]


def counted_one_by_one(pairs: list[Pair]) -> PairBigrams:
    counted = PairBigrams()
    for pair in pairs:
        counted.add(rows(pair))
    return counted


@given(pairs=PAIRS, asked=st.text(alphabet="申领取办补贴a1 ?", max_size=10))
def test_scores_are_bm25_of_the_pair_as_one_text(pairs: list[Pair], asked: str) -> None:
    found = scored(counted_one_by_one(pairs), pairs, asked)
    assert found == pytest.approx(expected(pairs, asked), abs=1e-9)


@given(pairs=PAIRS, gone=PAIRS)
def test_what_was_taken_out_again_leaves_no_trace(pairs: list[Pair], gone: list[Pair]) -> None:
    counted = counted_one_by_one(pairs + gone)
    for pair in gone:
        counted.remove(rows(pair))
    assert scored(counted, pairs, "申领补贴") == pytest.approx(expected(pairs, "申领补贴"))


@given(pairs=PAIRS)
def test_a_snapshot_is_counted_as_its_pairs_one_by_one(pairs: list[Pair]) -> None:
    starts = np.concatenate([[0], np.cumsum([len(pair) for pair in pairs])]).astype(np.int64)
    whole = PairBigrams.of(rows([text for pair in pairs for text in pair]), starts)
    assert scored(whole, pairs, "申领补贴") == scored(counted_one_by_one(pairs), pairs, "申领补贴")


def test_a_pair_that_says_just_what_is_asked_scores_one() -> None:
    pairs = [["高龄津贴怎么申领"], ["养老金怎么补缴"]]
    assert scored(counted_one_by_one(pairs), pairs, "高龄津贴怎么申领")[0] == pytest.approx(
        1.0, abs=0.05
    )
