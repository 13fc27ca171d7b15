from pathlib import Path

import numpy as np
import pytest

from qa_service.retrieval.reranking.adapter import (
    Adapter,
    AdapterUnusableError,
    load_adapter,
    save_adapter,
)

TENSORS = {
    "l1.q.down": np.array([[1.0, 2.0]], np.float32),
    "l1.q.up": np.array([[0.5], [0.25], [0.0]], np.float32),
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
    zeros = np.zeros((3, 2), np.float32)
    packed = {"l0.q.w": zeros, "l1.q.w": zeros, "l1.q.b": np.ones(3, np.float32)}
    merged = Adapter(TENSORS, "weights").merged(packed)
    assert merged["l1.q.w"].tolist() == [[0.5, 1.0], [0.25, 0.5], [0.0, 0.0]]
    assert merged["l0.q.w"] is zeros
    assert merged["l1.q.b"].tolist() == [1.0, 1.0, 1.0]


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
