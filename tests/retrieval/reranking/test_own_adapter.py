"""The re-ranker tuned on this machine is used, or the packaged one where it cannot be."""

from pathlib import Path

import numpy as np
import pytest

from qa_service.retrieval.encoders.e5.model import WEIGHTS_SHA256
from qa_service.retrieval.reranking.adapter import HEAD_BIAS, Adapter, load_adapter, save_adapter
from qa_service.retrieval.reranking.build import built_name, remove_built
from qa_service.retrieval.reranking.reranker import (
    ADAPTER_FILE,
    Reranker,
    adapter_in_use,
    load_reranker,
    own_adapter_file,
)

pytestmark = pytest.mark.slow

CANDIDATES = ["社保卡遗失怎么补领", "低保金多久发一次"]


@pytest.fixture
def data_dir(tmp_path: Path, model_dir: Path, reranker: Reranker) -> Path:
    """A data folder with the packaged models as built, in which more can be built."""
    models = tmp_path / "models"
    models.mkdir()
    for built in (model_dir / "models").iterdir():
        # Another test may have tuned a re-ranker beside the packaged one.
        is_tuned = built.name.startswith("reranker-") and built.name != reranker.fingerprint
        if built.is_dir() and not is_tuned:
            (models / built.name).symlink_to(built)
    return tmp_path


def store(data_dir: Path, *, without: str = "", encoder: str = WEIGHTS_SHA256) -> None:
    """The packaged adapter with another bias, as a tuned one."""
    tensors = dict(load_adapter(ADAPTER_FILE, encoder=WEIGHTS_SHA256).tensors)
    tensors[HEAD_BIAS] = tensors[HEAD_BIAS] + np.float32(2)
    kept = {name: tensor for name, tensor in tensors.items() if name != without}
    save_adapter(Adapter(kept, encoder), own_adapter_file(data_dir))


def test_a_tuned_adapter_is_used_and_said_to_be(data_dir: Path, reranker: Reranker) -> None:
    store(data_dir)
    said: list[str] = []
    own = load_reranker("default", data_dir=data_dir, report=said.append)
    assert adapter_in_use(data_dir) == own_adapter_file(data_dir)
    assert "使用在本机学到的重排模型" in said
    assert own.fingerprint == built_name(own_adapter_file(data_dir)) != reranker.fingerprint
    packaged = reranker.scores("社保卡丢了怎么补办", CANDIDATES)
    assert np.allclose(
        own.scores("社保卡丢了怎么补办", CANDIDATES), np.array(packaged) + 2, atol=0.05
    )
    remove_built(data_dir / "models", keep=[ADAPTER_FILE])
    built = [path.name for path in (data_dir / "models").glob("reranker-*") if path.is_dir()]
    assert built == [reranker.fingerprint]


@pytest.mark.parametrize("fault", ["damaged", "other encoder", "incomplete"])
def test_one_that_cannot_be_used_gives_way_to_the_packaged_one(
    data_dir: Path, reranker: Reranker, fault: str
) -> None:
    if fault == "damaged":
        own_adapter_file(data_dir).write_bytes(b"half a file")
    else:
        store(
            data_dir,
            without=HEAD_BIAS if fault == "incomplete" else "",
            encoder="another" if fault == "other encoder" else WEIGHTS_SHA256,
        )
    said: list[str] = []
    found = load_reranker("default", data_dir=data_dir, report=said.append)
    assert found.fingerprint == reranker.fingerprint
    assert any("改用随程序提供的" in line for line in said)
