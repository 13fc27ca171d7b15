from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from qa_service.retrieval.encoders.e5.weights import BLOCK, pack_q4, unpack_q4
from qa_service.retrieval.reranking.adapter import (
    Adapter,
    AdapterUnusableError,
    load_adapter,
    save_adapter,
)

CHANGE = np.zeros((3, BLOCK), np.float32)
CHANGE[:2, :2] = [[-4.0, 1.0], [2.0, -8.0]]

TENSORS = {
    "l1.q.change": CHANGE,
    "l1.q.range": np.array([3.0, 4.0], np.float32),
    "head.w": np.ones((1, 4), np.float32),
    "head.b": np.zeros(1, np.float32),
}


def test_a_stored_adapter_is_the_one_that_was_saved(tmp_path: Path) -> None:
    save_adapter(Adapter(TENSORS, "weights"), tmp_path / "a.safetensors")
    loaded = load_adapter(tmp_path / "a.safetensors", encoder="weights")
    assert {name: tensor.tolist() for name, tensor in loaded.tensors.items()} == {
        name: tensor.tolist() for name, tensor in TENSORS.items()
    }


def test_only_the_adapted_weights_change() -> None:
    zeros = np.zeros((3, BLOCK), np.float32)
    packed = {"l0.q.w": zeros, "l1.q.w": zeros, "l1.q.b": np.ones(3, np.float32)}
    merged = Adapter(TENSORS, "weights").merged(packed)
    assert merged["l1.q.w"].tolist() == CHANGE.tolist()
    assert merged["l0.q.w"] is zeros
    assert merged["l1.q.b"].tolist() == [1.0, 1.0, 1.0]


@given(st.integers(0, 10_000))
def test_a_stored_change_is_off_by_no_more_than_a_step_of_its_block(seed: int) -> None:
    change = np.random.default_rng(seed).normal(size=(2, 2 * BLOCK)).astype(np.float32)
    found = unpack_q4(pack_q4(change).tobytes(), *change.shape)
    steps = np.abs(change.reshape(2, 2, BLOCK)).max(-1, keepdims=True) / 8
    off = np.abs(found - change).reshape(2, 2, BLOCK)
    # The end of the range that its scale has no number for is a step away, all else half a one.
    assert (off <= steps * 1.01).all()
    assert np.mean(off <= steps * 0.51) > 0.9


def test_one_of_low_rank_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    down = np.arange(BLOCK, dtype=np.float32)[None]
    up = np.array([[0.5], [0.25], [0.0]], np.float32)
    head = {name: TENSORS[name].astype(np.float16) for name in ("head.w", "head.b")}
    factors = {"l1.q.down": down.astype(np.float16), "l1.q.up": up.astype(np.float16), **head}
    (tmp_path / "a.safetensors").write_bytes(save(factors, metadata={"encoder": "weights"}))
    found = load_adapter(tmp_path / "a.safetensors", encoder="weights")
    assert found.tensors.keys() == {"l1.q.change", "head.w", "head.b"}
    assert np.allclose(found.tensors["l1.q.change"], up @ down)


def test_ranges_are_told_by_linear() -> None:
    assert list(Adapter(TENSORS, "weights").ranges) == ["l1.q"]


def test_one_made_for_another_encoder_is_refused(tmp_path: Path) -> None:
    save_adapter(Adapter(TENSORS, "weights"), tmp_path / "a.safetensors")
    with pytest.raises(AdapterUnusableError, match="语义模型不符"):
        load_adapter(tmp_path / "a.safetensors", encoder="other weights")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(AdapterUnusableError, match="无法读取"):
        load_adapter(tmp_path / "a.safetensors", encoder="weights")
