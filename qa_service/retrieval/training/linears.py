"""Linears whose weights are the encoder's and a change that is trained, 0 at first."""

import math
from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import nn

from qa_service.retrieval.encoders.e5.weights import Tensor
from qa_service.retrieval.training.low_rank import nearest_of_rank

RANK = 32
"""Rank of the changes that are stored."""

STRENGTH = 2.0
"""Factor of the low-rank product (LoRA's alpha / rank)."""


class ChangedLinear(nn.Module, ABC):
    """A frozen linear plus a change.

    The change is added to the weights first: one product of large matrices is several times
    cheaper on a processor than a second path of narrow ones beside it.
    """

    def __init__(self, frozen: nn.Linear) -> None:
        """Wrap ``frozen``."""
        super().__init__()
        self.frozen = frozen

    @abstractmethod
    def change(self) -> torch.Tensor:
        """Return the change, shape (outputs, channels)."""

    @abstractmethod
    def resume(self, down: torch.Tensor, up: torch.Tensor) -> None:
        """Begin with the change ``up @ down``; without gradients."""

    @abstractmethod
    def factors(self) -> tuple[Tensor, Tensor]:
        """Return ``down`` and ``up`` of the change, of rank ``RANK``."""

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        """Return the output of the changed linear."""
        return nn.functional.linear(state, self.frozen.weight + self.change(), self.frozen.bias)


class LowRankLinear(ChangedLinear):
    """A linear whose change is a product of low rank (LoRA: Hu et al., 2021)."""

    def __init__(self, frozen: nn.Linear) -> None:
        """Wrap ``frozen``."""
        super().__init__(frozen)
        self.down = nn.Parameter(torch.empty(RANK, frozen.in_features))
        self.up = nn.Parameter(torch.zeros(frozen.out_features, RANK))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def change(self) -> torch.Tensor:
        """Return the change."""
        return STRENGTH * (self.up @ self.down)

    def resume(self, down: torch.Tensor, up: torch.Tensor) -> None:
        """Begin with factors of this rank or a lower one."""
        rank = len(down)
        self.down[:rank].copy_(down)
        self.up.zero_()
        self.up[:, :rank].copy_(up / STRENGTH)

    def factors(self) -> tuple[Tensor, Tensor]:
        """Return both factors, scaled to be multiplied."""
        return _array(self.down), STRENGTH * _array(self.up)


class FullLinear(ChangedLinear):
    """A linear of which every weight changes; what is stored is the nearest of low rank."""

    def __init__(self, frozen: nn.Linear) -> None:
        """Wrap ``frozen``."""
        super().__init__(frozen)
        self.changed = nn.Parameter(torch.zeros_like(frozen.weight))

    def change(self) -> torch.Tensor:
        """Return the change."""
        return self.changed

    def resume(self, down: torch.Tensor, up: torch.Tensor) -> None:
        """Begin with the product of factors of any rank."""
        self.changed.copy_(up @ down)

    def factors(self) -> tuple[Tensor, Tensor]:
        """Return the factors of the nearest change of rank ``RANK``."""
        change = _array(self.changed)
        up, down = nearest_of_rank(change, np.eye(change.shape[1], dtype=np.float32), RANK)
        return down, up


def _array(parameter: torch.Tensor) -> Tensor:
    return parameter.detach().numpy().astype(np.float32)
