"""Pairs of questions that differ in one word that matters, and pairs that mean the same."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.guards.compare import compare_guards, extract_guards
from qa_service.text.normalise import normalise

HERE = Path(__file__).parent


def minimal_pairs() -> list[tuple[str, str]]:
    """Two questions of each line: a frame and the two words that stand in it."""
    lines = (HERE / "minimal_pairs.tsv").read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        _kind, frame, words = line.split("\t")
        one, other = words.split("|")
        found.append((frame.format(one), frame.format(other)))
    return found


def true_paraphrases() -> list[tuple[str, ...]]:
    lines = (HERE / "true_paraphrases.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines]


def conflicts(asked: str, stored: str) -> tuple[str, ...]:
    guards = (extract_guards(normalise(text)) for text in (asked, stored))
    return compare_guards(*guards).conflicts


class TestMinimalPairs:
    def test_are_at_least_two_hundred(self) -> None:
        assert len(set(minimal_pairs())) >= 200

    @pytest.mark.parametrize(("one", "other"), minimal_pairs())
    def test_conflict_whichever_is_asked(self, one: str, other: str) -> None:
        assert conflicts(one, other)
        assert conflicts(other, one)


class TestTrueParaphrases:
    @pytest.mark.parametrize(("one", "other"), true_paraphrases())
    def test_do_not_conflict(self, one: str, other: str) -> None:
        assert conflicts(one, other) == conflicts(other, one) == ()


questions = st.one_of(
    st.text(max_size=60), st.sampled_from([text for pair in minimal_pairs() for text in pair])
)


class TestAnyTexts:
    @given(questions)
    def test_never_conflict_with_themselves(self, text: str) -> None:
        assert conflicts(text, text) == ()

    @given(questions, questions)
    def test_conflict_both_ways_or_not_at_all(self, one: str, other: str) -> None:
        assert bool(conflicts(one, other)) == bool(conflicts(other, one))
