"""How many samples of each kind are drawn for a training."""

import pytest

from qa_service.cli.retrieval.sample_kinds import (
    SampleKind,
    UnusableAmountsError,
    drawn,
    read_amounts,
)
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.training.rows import RankedQuery

SAMPLES = {
    kind: [RankedQuery(JudgedQuery(f"{kind}-{at}", str(kind), frozenset()), {}) for at in range(40)]
    for kind in (SampleKind.CONTRASTS, SampleKind.ANSWERS)
}


def counts(most: dict[SampleKind, int], seed: int = 7) -> dict[str, int]:
    found = [one.query.text for one in drawn(SAMPLES, most, seed)]
    return {text: found.count(text) for text in set(found)}


def test_of_a_kind_no_more_are_drawn_than_it_may_have_and_the_rest_as_they_are() -> None:
    assert counts({}) == {"contrasts": 40, "answers": 40}
    assert counts({SampleKind.CONTRASTS: 9}) == {"contrasts": 9, "answers": 40}
    assert counts({SampleKind.CONTRASTS: 99, SampleKind.ANSWERS: 0}) == {"contrasts": 40}


def test_a_seed_draws_the_same_and_another_seed_others() -> None:
    most = {SampleKind.CONTRASTS: 9}
    assert drawn(SAMPLES, most, 7) == drawn(SAMPLES, most, 7)
    assert drawn(SAMPLES, most, 7) != drawn(SAMPLES, most, 8)


def test_amounts_are_read_by_kind() -> None:
    found = read_amounts(["contrasts=15000", "themselves=0"])
    assert found == {SampleKind.CONTRASTS: 15000, SampleKind.THEMSELVES: 0}


def test_every_amount_that_is_none_is_told_with_the_kinds_there_are() -> None:
    with pytest.raises(UnusableAmountsError) as refused:
        read_amounts(["contrasts=15000", "contrast=9", "letters", "answers=-1"])
    told = str(refused.value.message)
    assert all(one in told for one in ("contrast=9", "letters", "answers=-1", "look_alikes"))
    assert "15000" not in told
