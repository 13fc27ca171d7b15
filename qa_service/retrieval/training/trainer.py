"""Trains the cross-encoder and records its learning curve.

sentence-transformers' CrossEncoderTrainer needs accelerate and datasets, which nothing else in
the service needs; a pass over rows with AdamW is all there is to do.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from qa_service.retrieval.encoders.e5.weights import Tensor
from qa_service.retrieval.evaluation.judged_questions import QuestionKind
from qa_service.retrieval.reranking.adapter import Adapter
from qa_service.retrieval.training.network import CrossEncoderNetwork, PairTokenizer
from qa_service.retrieval.training.rows import RankedQuery, Row, pairs_of, rows_of

BATCH = 32
SORTED_BATCHES = 20
"""Rows are sorted by length within so many batches, because a batch costs its longest row."""

WARM_UP = 0.05
"""Share of the steps during which the learning rate rises; then it falls to 0."""
WEIGHT_DECAY = 0.01
GREATEST_GRADIENT = 1.0

CURVE_QUERIES = 160
CURVE_CANDIDATES = 4
"""Questions of the tune split, and candidates of each, that a point of the curve scores."""


RANGE_QUERIES, RANGE_CANDIDATES = 600, 2
"""Questions, and candidates of each, over which activations are measured."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a training run; equal plans on equal questions do the same.

    ``most_steps`` ends a run before its passes are over; the learning rate falls to 0 by then.
    ``until`` ends it at a step of the same plan, to go on from there with other questions.
    """

    passes: int = 2
    seed: int = 7
    steps_between: int = 100
    most_steps: int | None = None
    until: int | None = None
    threads: int = 2
    learning_rate: float = 1e-3
    """Greatest rate; a run that starts from an adapter wants a smaller one."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of the learning curve.

    ``rank_auroc`` parts right candidates from wrong ones; ``look_alike_auroc`` questions that
    are a pair's wording from look-alikes that nothing answers, by the best score of each.
    """

    step: int
    seconds: float
    train_loss: float
    loss: float
    rank_auroc: float
    look_alike_auroc: float
    recall_at_1: float


@dataclass(slots=True)
class Training:
    """A run: its learning curve so far."""

    rows: int
    steps: int
    curve: list[CurvePoint] = field(default_factory=list)


Keep = Callable[[CrossEncoderNetwork, Training], None]
"""Callback after each point of the curve, which keeps the network as it is."""


def train(
    folder: Path,
    learned: Sequence[RankedQuery],
    tune: Sequence[RankedQuery],
    plan: Plan,
    keep: Keep,
    *,
    own: frozenset[int] | None = None,
    start: Adapter | None = None,
) -> CrossEncoderNetwork:
    """Train on the questions ``learned``, watched on ``tune``; return the network.

    ``own`` are the pairs that may be wrong candidates, by default those that ``learned`` are
    about; ``start`` is the adapter to go on from.
    """
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    network, tokenizer = CrossEncoderNetwork(folder), PairTokenizer(folder)
    if start is not None:
        network.resume(start)
    own = own or pairs_of(learned)
    passes = [rows_of(learned, own, plan.seed + number) for number in range(plan.passes)]
    batches = [batch for rows in passes for batch in batched(rows, plan.seed)][: plan.most_steps]
    watched = random.Random(plan.seed).sample(tune, min(CURVE_QUERIES, len(tune)))  # noqa: S311
    run = Training(sum(map(len, passes)), len(batches))
    parameters = [one for one in network.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=plan.learning_rate, weight_decay=WEIGHT_DECAY)
    if start is None:
        _centre_head(network, tokenizer, batches[0])
    losses: list[float] = []
    began = perf_counter()
    for step, batch in enumerate(batches[: plan.until], start=1):
        optimiser.param_groups[0]["lr"] = plan.learning_rate * _rate(step / len(batches))
        loss = _loss(network, tokenizer, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, GREATEST_GRADIENT)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
        if step % plan.steps_between == 0 or step in (len(batches), plan.until):
            seconds = perf_counter() - began
            run.curve.append(_point(network, tokenizer, watched, step, seconds, losses))
            losses.clear()
            keep(network, run)
    return network


def measured_ranges(
    network: CrossEncoderNetwork, folder: Path, learned: Sequence[RankedQuery]
) -> dict[str, Tensor]:
    """Return how large activations become, by channel, over first candidates of ``learned``."""
    tokenizer = PairTokenizer(folder)
    spread = learned[:: max(1, len(learned) // RANGE_QUERIES)]
    pairs = [
        (one.query.text, text)
        for one in spread
        for text in list(one.candidates.values())[:RANGE_CANDIDATES]
    ]
    return network.ranges(tokenizer.batch([pair]) for pair in pairs)


def batched(rows: Sequence[Row], seed: int) -> Iterator[list[Row]]:
    """Yield batches of rows of like length, in random order within each stretch."""
    chance = random.Random(seed)  # noqa: S311
    stretch = BATCH * SORTED_BATCHES
    for start in range(0, len(rows), stretch):
        part = sorted(
            rows[start : start + stretch], key=lambda row: len(row.question) + len(row.candidate)
        )
        batches = [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
        chance.shuffle(batches)
        yield from batches


def score(
    network: CrossEncoderNetwork, tokenizer: PairTokenizer, pairs: Sequence[tuple[str, str]]
) -> np.ndarray:
    """Return the log-odds of each pair."""
    order = sorted(range(len(pairs)), key=lambda at: len(pairs[at][0]) + len(pairs[at][1]))
    found = np.zeros(len(pairs))
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            found[places] = network(tokenizer.batch([pairs[at] for at in places])).numpy()
    return found


def _centre_head(
    network: CrossEncoderNetwork, tokenizer: PairTokenizer, rows: Sequence[Row]
) -> None:
    """Move the bias so that the first scores have the odds of right rows."""
    with torch.inference_mode():
        mean = network(tokenizer.batch([(row.question, row.candidate) for row in rows])).mean()
    right = sum(row.answers for row in rows) / len(rows)
    right = min(max(right, 0.05), 0.95)
    with torch.no_grad():
        network.head.bias.add_(float(np.log(right / (1 - right))) - float(mean))


def _rate(done: float) -> float:
    """Return the factor of the learning rate when ``done`` of the run is over."""
    return done / WARM_UP if done < WARM_UP else (1 - done) / (1 - WARM_UP)


def _loss(
    network: CrossEncoderNetwork, tokenizer: PairTokenizer, rows: Sequence[Row]
) -> torch.Tensor:
    scores = network(tokenizer.batch([(row.question, row.candidate) for row in rows]))
    labels = torch.tensor([float(row.answers) for row in rows])
    return nn.functional.binary_cross_entropy_with_logits(scores, labels)


def _point(
    network: CrossEncoderNetwork,
    tokenizer: PairTokenizer,
    watched: Sequence[RankedQuery],
    step: int,
    seconds: float,
    losses: Sequence[float],
) -> CurvePoint:
    """Score the first candidates of the watched questions."""
    asked = [one for one in watched if one.candidates]
    firsts = [list(one.candidates)[:CURVE_CANDIDATES] for one in asked]
    pairs = [
        (one.query.text, one.candidates[pair_id])
        for one, first in zip(asked, firsts, strict=True)
        for pair_id in first
    ]
    ends = np.cumsum([len(first) for first in firsts])
    scores = np.split(score(network, tokenizer, pairs), ends[:-1])
    right = [
        np.array([pair_id in one.query.relevant for pair_id in first])
        for one, first in zip(asked, firsts, strict=True)
    ]
    flat, flags = np.concatenate(scores), np.concatenate(right)
    best = [
        (one.query, float(s.max()), bool(r[s.argmax()]))
        for one, s, r in zip(asked, scores, right, strict=True)
    ]
    wordings = [top for query, top, hit in best if query.kind == QuestionKind.WORDING and hit]
    alike = [
        top
        for query, top, _ in best
        if query.kind == QuestionKind.LOOK_ALIKE and not query.relevant
    ]
    hits = [hit for query, _, hit in best if query.relevant]
    return CurvePoint(
        step=step,
        seconds=round(seconds, 1),
        train_loss=round(float(np.mean(losses)), 4) if losses else 0.0,
        loss=round(float(np.mean(np.logaddexp(0, flat) - flags * flat)), 4),
        rank_auroc=_auroc(flat[flags], flat[~flags]),
        look_alike_auroc=_auroc(wordings, alike),
        recall_at_1=round(float(np.mean(hits)), 4) if hits else 0.0,
    )


def _auroc(high: Sequence[float] | np.ndarray, low: Sequence[float] | np.ndarray) -> float:
    """Return how well scores part two groups; 0.5 where one is empty."""
    if not len(high) or not len(low):
        return 0.5
    labels = [1] * len(high) + [0] * len(low)
    return round(float(roc_auc_score(labels, [*high, *low])), 4)
