"""Goes on training the re-ranker in use with questions of one office, a little and carefully."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from qa_service.retrieval.encoders.e5.model import WEIGHTS_SHA256
from qa_service.retrieval.encoders.e5.weights import Tensor
from qa_service.retrieval.reranking.adapter import RANGE, Adapter, load_adapter, save_adapter
from qa_service.retrieval.training.network import CrossEncoderNetwork
from qa_service.retrieval.training.rows import RankedQuery, pairs_of
from qa_service.retrieval.training.trainer import Plan, Training, measured_ranges, train

RATE = 1e-5
"""Greatest learning rate: a tenth of that of the first training, so that little is forgotten."""

PASSES = 2
MOST_STEPS = 400
"""Batches of 32 rows at most: a quarter of an hour on one thread."""


def gentle_plan(*, seed: int, threads: int, passes: int = PASSES, steps: int = MOST_STEPS) -> Plan:
    """Return the plan of a tuning run."""
    return Plan(
        passes=passes,
        seed=seed,
        steps_between=50,
        most_steps=steps,
        threads=threads,
        learning_rate=RATE,
    )


def tune_adapter(
    model: Path,
    start: Path,
    out: Path,
    learned: Sequence[RankedQuery],
    *,
    held_out: Sequence[RankedQuery],
    plan: Plan,
    report: Callable[[str], None],
) -> None:
    """Train ``start`` on ``learned`` and write the adapter to ``out``.

    ``model`` is the folder of the encoder. Pairs that only ``held_out`` questions are about are
    no wrong candidates, so that nothing is learned about them. Raises AdapterUnusableError.
    """
    before = load_adapter(start, encoder=WEIGHTS_SHA256)
    known = frozenset(pair_id for one in learned for pair_id in one.candidates)
    own = (known - pairs_of(held_out)) | pairs_of(learned)

    def tell(_network: CrossEncoderNetwork, run: Training) -> None:
        """Report how far the run has come."""
        point = run.curve[-1]
        report(
            f"重排模型：第 {point.step}/{run.steps} 步，{point.seconds:.0f} 秒，"
            f"训练损失 {point.train_loss}"
        )

    network = train(model, learned, learned, plan, tell, own=own, start=before)
    ranges = measured_ranges(network, model, learned)
    tensors = {**network.trained(), **_widened(before, ranges)}
    save_adapter(Adapter(tensors, WEIGHTS_SHA256), out)


def _widened(before: Adapter, ranges: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the ranges of both: few questions show only a part of what a channel can hold."""
    former = {f"{name}.{RANGE}": widest for name, widest in before.ranges.items()}
    return {name: np.maximum(widest, former.get(name, widest)) for name, widest in ranges.items()}
