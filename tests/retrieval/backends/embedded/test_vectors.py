from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.embedded.hnsw import (
    ApproximateIndex,
    build_approximate,
    load_approximate,
    save_approximate,
)
from qa_service.retrieval.backends.embedded.vectors import DenseArrays, DenseIndex

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
        found = index_of(vectors).cosines(vectors[3], np.array([4, 3]))
        assert found == pytest.approx([float(vectors[4] @ vectors[3]), 1.0], abs=1e-6)
        assert index_of(vectors).cosines(vectors[3], np.empty(0, np.int64)).shape == (0,)

    @pytest.mark.parametrize("shape", [(1, DIMENSION), (2, DIMENSION + 1)])
    def test_of_another_shape_are_refused(self, shape: tuple[int, int]) -> None:
        with pytest.raises(ValueError, match="shape"):
            DenseIndex(DIMENSION).add([0, 1], np.zeros(shape, np.float32))

    def test_none_at_all_may_be_added(self) -> None:
        index = DenseIndex(DIMENSION)
        index.add([], np.empty((0, DIMENSION), np.float32))
        assert len(index) == 0


@pytest.fixture(scope="module")
def many() -> Vectors:
    """Vectors in clusters, as sentences on common matters are."""
    centres = np.repeat(unit_vectors(60, 1), 50, axis=0)
    spread = centres + 0.25 * unit_vectors(3_000, 2)
    return (spread / np.linalg.norm(spread, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def approximate(many: Vectors) -> ApproximateIndex:
    return build_approximate(many)


class TestApproximate:
    def test_finds_nearly_all_of_the_exact_ten_nearest(
        self, many: Vectors, approximate: ApproximateIndex
    ) -> None:
        index = DenseIndex(DIMENSION, DenseArrays(many, approximate))
        near_one = many[::29] + 0.05 * unit_vectors(len(many[::29]), 3)
        queries = np.concatenate([near_one, many[3:1500:15] + many[1503:3000:15]])
        found = [{near.slot for near in index.nearest(query, 10)} for query in queries]
        exact = np.argsort(-(queries @ many.T), axis=1)[:, :10]
        shared = sum(len(set(row) & got) for row, got in zip(exact.tolist(), found, strict=True))
        assert shared / exact.size >= 0.99

    def test_removed_slots_are_never_found_and_later_ones_are(
        self, many: Vectors, approximate: ApproximateIndex
    ) -> None:
        index = DenseIndex(DIMENSION, DenseArrays(many, approximate))
        index.remove([5, 7])
        index.add([3_000], many[7:8])
        near = {found.slot for found in index.nearest(many[7], 20)}
        assert 3_000 in near
        assert not near & {5, 7}
        assert len(index) == len(many) - 1
        assert index.vectors([7, 3_000]).tolist() == many[[7, 7]].tolist()

    def test_is_the_same_when_read_back_from_its_file(
        self, many: Vectors, approximate: ApproximateIndex, tmp_path: Path
    ) -> None:
        save_approximate(approximate, tmp_path / "graph")
        again = load_approximate(
            tmp_path / "graph", approximate.ef_search, approximate.quantization_scale
        )
        for query in many[::500]:
            assert sorted(again.nearest(query, 10, None)) == sorted(
                approximate.nearest(query, 10, None)
            )
