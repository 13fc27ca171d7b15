"""The built graph scores as the network does that was trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from qa_service.retrieval.encoders.e5.model import (
    WEIGHTS_SHA256,
    ensure_default_model,
    packaged_weights,
)
from qa_service.retrieval.reranking.adapter import Adapter, save_adapter
from qa_service.retrieval.reranking.build import RerankerDamagedError, ensure_default_reranker
from qa_service.retrieval.reranking.models import GRAPH_FILE, GraphPairModel
from qa_service.retrieval.training.network import CrossEncoderNetwork, PairTokenizer
from qa_service.retrieval.training.trainer import score

pytestmark = pytest.mark.slow

PAIRS = [
    ("社保卡丢了怎么补办", "社保卡遗失怎么补领 社保卡丢失后怎么办"),
    ("社保卡丢了怎么补办", "低保金多久发一次"),
    ("低保怎么申请", "最低生活保障怎么申请"),
    ("低保", "特困人员供养的条件是什么"),
    ("我想问一下育儿补贴在手机上怎么申领", "国家育儿补贴怎么申请领取？"),
    ("明天天气怎么样", "国家育儿补贴怎么申请领取？"),
]


def ignore(line: str) -> None:
    """Take a report and do nothing with it."""


@pytest.fixture(scope="module")
def network(model_dir: Path) -> CrossEncoderNetwork:
    """A network whose changes are not 0."""
    torch.manual_seed(7)
    folder = ensure_default_model(model_dir / "models", packaged_weights(), ignore)
    made = CrossEncoderNetwork(folder)
    with torch.no_grad():
        for linear in made.adapted.values():
            linear.change.normal_(std=0.002)
    return made


def test_the_graph_agrees_with_the_network_and_a_damaged_one_is_refused(
    network: CrossEncoderNetwork, model_dir: Path, tmp_path: Path
) -> None:
    encoder = ensure_default_model(model_dir / "models", packaged_weights(), ignore)
    tokenizer = PairTokenizer(encoder)
    ranges = network.ranges(tokenizer.batch([pair]) for pair in PAIRS)
    adapter = tmp_path / "adapter.safetensors"
    save_adapter(Adapter({**network.trained(), **ranges}, WEIGHTS_SHA256), adapter)
    folder = ensure_default_reranker(tmp_path, packaged_weights(), adapter, ignore)
    graph = GraphPairModel(folder / GRAPH_FILE, encoder / "tokenizer.json", threads=1)
    ours = np.array(graph.score(PAIRS))
    theirs = score(network, tokenizer, PAIRS)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99
    assert [graph.score([pair])[0] for pair in PAIRS] == pytest.approx(ours.tolist(), abs=0.02)

    (folder / GRAPH_FILE).write_bytes(b"other bytes")
    with pytest.raises(RerankerDamagedError, match="校验值不符"):
        ensure_default_reranker(tmp_path, packaged_weights(), adapter, ignore)
