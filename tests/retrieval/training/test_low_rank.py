import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.training.low_rank import nearest_of_rank


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_the_nearest_of_a_rank_loses_the_least_singular_values(seed: int, rank: int) -> None:
    chance = np.random.default_rng(seed)
    up, down = chance.normal(size=(9, 6)), chance.normal(size=(6, 7))
    narrow_up, narrow_down = nearest_of_rank(up, down, rank)
    assert (narrow_up.shape, narrow_down.shape) == ((9, rank), (rank, 7))
    strengths = np.linalg.svd(up @ down, compute_uv=False)
    lost = float(((narrow_up @ narrow_down - up @ down) ** 2).sum())
    assert np.isclose(lost, float((strengths[rank:] ** 2).sum()), atol=1e-9)


def test_both_factors_are_of_one_magnitude() -> None:
    up, down = nearest_of_rank(np.diag([100.0, 1.0]), np.eye(2), 2)
    assert np.allclose(np.linalg.norm(up, axis=0), np.linalg.norm(down, axis=1))
