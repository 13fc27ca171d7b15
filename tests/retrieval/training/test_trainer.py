"""A few real steps of training: the loss falls, and a run goes on from what was trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.e5.model import (
    WEIGHTS_SHA256,
    ensure_default_model,
    packaged_weights,
)
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.retrieval.ranking.calibration import unfitted
from qa_service.retrieval.reranking.adapter import Adapter, load_adapter, save_adapter
from qa_service.retrieval.training.network import CrossEncoderNetwork, PairTokenizer
from qa_service.retrieval.training.rows import RankedQuery, rank_variants
from qa_service.retrieval.training.trainer import Plan, Training, measured_ranges, score, train
from qa_service.text.tokenize import Tokenizer

pytestmark = pytest.mark.slow

PAIRS = [("低保怎么申请", "低保怎么申请？"), ("低保怎么申请", "低保每月多少钱？")]
LEARNED = [
    RankedQuery(
        JudgedQuery("1", "低保怎么申请", frozenset({1}), near=frozenset({2})),
        {1: "低保怎么申请？", 2: "低保每月多少钱？"},
    ),
    RankedQuery(
        JudgedQuery("2", "低保一个月发多少", frozenset({2}), near=frozenset({1})),
        {2: "低保每月多少钱？", 1: "低保怎么申请？"},
    ),
]


@pytest.fixture(scope="module")
def folder(model_dir: Path) -> Path:
    return ensure_default_model(model_dir / "models", packaged_weights(), lambda _line: None)


def nothing(_network: CrossEncoderNetwork, _run: Training) -> None:
    """Keep nothing."""


def test_training_lowers_the_loss_ends_where_told_and_a_later_run_goes_on_from_it(
    folder: Path, tmp_path: Path
) -> None:
    points = []

    def note(_network: CrossEncoderNetwork, run: Training) -> None:
        points.append((run.curve[-1].step, run.steps, run.curve[-1].loss))

    plan = Plan(passes=5, until=4, steps_between=2, learning_rate=1e-4)
    network = train(folder, LEARNED, LEARNED, plan, note)
    assert [(step, steps) for step, steps, _ in points] == [(2, 5), (4, 5)]
    assert points[-1][2] < points[0][2]
    ranges = measured_ranges(network, folder, LEARNED)
    assert all(np.isfinite(widest).all() and widest.max() > 0 for widest in ranges.values())
    tokenizer = PairTokenizer(folder)
    trained = score(network, tokenizer, PAIRS)
    save_adapter(Adapter(network.trained(), WEIGHTS_SHA256), tmp_path / "a.safetensors")
    with torch.no_grad():
        network.head.bias.zero_()
        for linear in network.adapted.values():
            linear.change.zero_()
    network.resume(load_adapter(tmp_path / "a.safetensors", encoder=WEIGHTS_SHA256))
    assert np.allclose(trained, score(network, tokenizer, PAIRS), atol=0.1)


def test_a_stored_variant_is_never_read_beside_itself(
    tokenizer: Tokenizer, encoder: Encoder
) -> None:
    pairs = (
        IndexedPair(1, "低保怎么申请？", ("申请低保找谁", "怎么办低保"), "到街道申请。"),
        IndexedPair(2, "高龄津贴怎么领？", ("老人津贴怎么办",), "到社区申请。"),
    )
    engine = RetrievalEngine(tokenizer, encoder, unfitted())
    engine.upsert(pairs)
    found = rank_variants(
        engine, EvaluationSet("bank", pairs, ()), frozenset({1, 2}), seed=1, most=2
    )
    assert {one.query.text for one in found} == {"申请低保找谁", "怎么办低保", "老人津贴怎么办"}
    for one in found:
        (right,) = one.query.relevant
        assert one.query.text not in one.candidates[right]
        assert len(one.candidates) == 2
