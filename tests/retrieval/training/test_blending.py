import numpy as np

from qa_service.retrieval.encoders.e5.weights import Tensor
from qa_service.retrieval.reranking.adapter import Adapter
from qa_service.retrieval.training.blending import blended

OUTPUTS, CHANNELS = 6, 32


def _adapter(seed: int, *, linears: tuple[str, ...] = ("l0.q", "l1.fo")) -> Adapter:
    chance = np.random.default_rng(seed)
    tensors: dict[str, Tensor] = {
        "head.w": chance.normal(size=(1, 4)).astype(np.float32),
        "head.b": chance.normal(size=1).astype(np.float32),
    }
    for name in linears:
        tensors[f"{name}.change"] = chance.normal(size=(OUTPUTS, CHANNELS)).astype(np.float32)
        tensors[f"{name}.range"] = chance.uniform(1, 2, CHANNELS).astype(np.float32)
    return Adapter(tensors, "weights")


def _change(adapter: Adapter, linear: str) -> Tensor:
    change = adapter.change(linear)
    assert change is not None
    return change


def test_the_whole_share_is_what_was_learned_last() -> None:
    before, after = _adapter(1), _adapter(2)
    found = blended(before, after, 1.0)
    assert np.allclose(_change(found, "l0.q"), _change(after, "l0.q"), atol=1e-5)
    assert np.allclose(found.tensors["head.w"], after.tensors["head.w"])


def test_half_of_each_is_the_mean() -> None:
    before, after = _adapter(1), _adapter(2)
    found = blended(before, after, 0.5)
    mean = (_change(before, "l1.fo") + _change(after, "l1.fo")) / 2
    assert np.allclose(_change(found, "l1.fo"), mean)
    assert np.allclose(
        found.tensors["head.b"], (before.tensors["head.b"] + after.tensors["head.b"]) / 2
    )


def test_ranges_cover_both_and_a_linear_only_one_changes_is_changed_by_its_share() -> None:
    before, after = _adapter(1, linears=("l0.q",)), _adapter(2)
    found = blended(before, after, 0.25)
    assert (found.ranges["l0.q"] >= before.ranges["l0.q"]).all()
    assert (found.ranges["l0.q"] >= after.ranges["l0.q"]).all()
    assert np.allclose(_change(found, "l1.fo"), _change(after, "l1.fo") / 4, atol=1e-5)
