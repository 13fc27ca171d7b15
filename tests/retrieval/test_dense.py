import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.dense import DenseIndex, Vectors

DIMENSION = 16

seeds = st.integers(0, 10_000)


def unit_vectors(count: int, seed: int) -> Vectors:
    drawn = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def index_of(vectors: Vectors) -> DenseIndex:
    index = DenseIndex(DIMENSION)
    index.add(range(len(vectors)), vectors)
    return index


class TestNearest:
    @given(seeds, st.integers(1, 60), st.integers(1, 80))
    def test_are_the_best_by_exact_cosine_in_order(self, seed: int, count: int, limit: int) -> None:
        vectors = unit_vectors(count, seed)
        query = unit_vectors(1, seed + 1)[0]
        cosines = vectors @ query
        found = index_of(vectors).nearest(query, limit)
        assert len({near.slot for near in found}) == min(limit, count)
        best = np.sort(cosines)[::-1][:limit]
        assert [near.cosine for near in found] == pytest.approx(best, abs=1e-6)
        assert cosines[[near.slot for near in found]] == pytest.approx(best, abs=1e-6)

    @given(seeds, st.sets(st.integers(0, 39), min_size=1, max_size=39))
    def test_keep_their_slots_when_others_are_removed(self, seed: int, gone: set[int]) -> None:
        vectors = unit_vectors(40, seed)
        index = index_of(vectors)
        index.remove(sorted(gone))
        left = [slot for slot in range(40) if slot not in gone]
        assert len(index) == len(left)
        for slot in left:
            assert index.nearest(vectors[slot], 1)[0].slot == slot
        assert {near.slot for near in index.nearest(vectors[0], 40)} == set(left)

    def test_include_what_is_added_after_a_removal(self) -> None:
        vectors = unit_vectors(4, 1)
        index = index_of(vectors[:3])
        index.remove([1])
        index.add([7], vectors[3:])
        assert index.nearest(vectors[3], 1)[0].slot == 7
        assert index.vectors([2, 7]).tolist() == vectors[[2, 3]].tolist()

    def test_of_an_empty_index_are_none(self) -> None:
        index = index_of(unit_vectors(2, 1))
        index.remove([0, 1])
        assert index.nearest(unit_vectors(1, 2)[0], 5) == []
        assert DenseIndex(DIMENSION).nearest(unit_vectors(1, 2)[0], 5) == []


class TestRemove:
    def test_ignores_unknown_slots_and_nothing(self) -> None:
        index = index_of(unit_vectors(2, 1))
        index.remove([9])
        index.remove([])
        assert len(index) == 2


class TestVectors:
    def test_come_back_as_they_went_in(self) -> None:
        vectors = unit_vectors(3, 5)
        assert index_of(vectors).vectors([2, 0]).tolist() == vectors[[2, 0]].tolist()
        assert index_of(vectors).vectors([]).shape == (0, DIMENSION)

    def test_cosines_belong_to_the_slots_asked_for(self) -> None:
        vectors = unit_vectors(5, 5)
        found = index_of(vectors).cosines(vectors[3], [4, 3])
        assert found == pytest.approx({4: float(vectors[4] @ vectors[3]), 3: 1.0}, abs=1e-6)
        assert index_of(vectors).cosines(vectors[3], []) == {}

    @pytest.mark.parametrize("shape", [(1, DIMENSION), (2, DIMENSION + 1)])
    def test_of_another_shape_are_refused(self, shape: tuple[int, int]) -> None:
        with pytest.raises(ValueError, match="shape"):
            DenseIndex(DIMENSION).add([0, 1], np.zeros(shape, np.float32))

    def test_none_at_all_may_be_added(self) -> None:
        index = DenseIndex(DIMENSION)
        index.add([], np.empty((0, DIMENSION), np.float32))
        assert len(index) == 0
