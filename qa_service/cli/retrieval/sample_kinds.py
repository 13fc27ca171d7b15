"""The kinds of samples that a re-ranker learns from, and how many of each are drawn."""

import random
from collections.abc import Mapping, Sequence
from enum import StrEnum, auto
from typing import TYPE_CHECKING

from qa_service.errors import InvalidInputError

if TYPE_CHECKING:
    from qa_service.retrieval.training.rows import RankedQuery

Drawn = Mapping["SampleKind", int]
"""Greatest number of samples of some kinds."""


class UnusableAmountsError(InvalidInputError):
    """A greatest number of samples is not written as one, or is of no kind."""

    code = "unusable_amounts"
    title = "样本条数不能使用"


class SampleKind(StrEnum):
    """The material that a sample is made from."""

    QUESTIONS = auto()
    VARIANTS = auto()
    LOOK_ALIKES = auto()
    THEMSELVES = auto()
    GROUPS = auto()
    CONTRASTS = auto()
    LETTERS = auto()
    ANSWERS = auto()


def read_amounts(written: Sequence[str]) -> Drawn:
    """Return the numbers written as 类别=条数; raises UnusableAmountsError with every fault."""
    found: dict[SampleKind, int] = {}
    faults = []
    for one in written:
        name, _, count = one.partition("=")
        if name in tuple(SampleKind) and count.isdecimal():
            found[SampleKind(name)] = int(count)
        else:
            faults.append(one)
    if faults:
        raise UnusableAmountsError(
            f"--most {'、'.join(faults)} 无法识别，请写作 类别=条数，类别为 {'、'.join(SampleKind)}"
        )
    return found


def drawn(
    learned: Mapping[SampleKind, list["RankedQuery"]], most: Drawn, seed: int
) -> list["RankedQuery"]:
    """Return the samples of every kind, of each as many as it may have, drawn by ``seed``."""
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    kept = []
    for kind, samples in learned.items():
        count = min(most.get(kind, len(samples)), len(samples))
        kept += samples if count == len(samples) else chance.sample(samples, count)
    return kept
