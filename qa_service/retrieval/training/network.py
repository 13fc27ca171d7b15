"""The cross-encoder as a torch network: the encoder's frozen layers with changes.

Question and candidate are one sequence, so every token reads both. The head then compares the
mean of the question's tokens with that of the candidate's, which starts as the cosine the
encoder was trained for; a single mean over both would have to learn similarity from nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

from qa_service.retrieval.encoders.e5.tokenizer import PADDING
from qa_service.retrieval.encoders.e5.weights import Tensor
from qa_service.retrieval.reranking.adapter import (
    CHANGE,
    HEAD_BIAS,
    HEAD_PARTS,
    HEAD_WEIGHT,
    RANGE,
    SPREAD,
    Adapter,
)
from qa_service.retrieval.reranking.candidate_text import MOST_TOKENS

COSINE_SLOPE = 20.0
"""Initial weight of the cosine in the head."""

_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}

_ROUNDED_PARTS = ("q", "ao", "fi", "fo")
"""Linears whose input an ONNX graph rounds; keys and values read what queries read."""

_PROCESSOR = Path("/proc/cpuinfo")
_HALVING = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Names of the instructions on x86 and ARM."""

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Ids, flags of the question's tokens and flags of the candidate's, each (pairs, tokens)."""


class ChangedLinear(nn.Module):
    """A frozen linear plus a change that is trained, 0 at first."""

    def __init__(self, frozen: nn.Linear) -> None:
        """Wrap ``frozen``."""
        super().__init__()
        self.frozen = frozen
        self.change = nn.Parameter(torch.zeros_like(frozen.weight))

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        """Return the output of the changed linear."""
        changed = self.frozen.weight + self.change
        return nn.functional.linear(state, changed, self.frozen.bias)


class CrossEncoderNetwork(nn.Module):
    """Scores (question, candidate) pairs by log-odds.

    Products of the layers are in bfloat16 where the processor has instructions for it.
    """

    def __init__(self, folder: Path) -> None:
        """Start from the encoder in ``folder``."""
        super().__init__()
        self._is_halved = has_bfloat16()
        self.encoder = BertModel.from_pretrained(
            folder,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            # The fused kernel goes back through half precision four times as slowly.
            attn_implementation="eager",
        )
        self.encoder.requires_grad_(False)
        self.adapted = dict(self._adapt())
        hidden = self.encoder.config.hidden_size
        self.head = nn.Linear(HEAD_PARTS * hidden, 1)
        with torch.no_grad():
            self.head.weight.zero_()
            self.head.weight[:, :hidden] = COSINE_SLOPE
            self.head.bias.fill_(-COSINE_SLOPE)

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return the log-odds of each pair, shape (pairs,)."""
        ids, asked, offered = batch
        mask = torch.ne(ids, int(self.encoder.config.pad_token_id or 0)).long()
        with torch.autocast("cpu", torch.bfloat16, enabled=self._is_halved):
            state = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        one, other = _direction(state, asked), _direction(state, offered)
        compared = [one * other, (one - other).abs() * SPREAD, one * SPREAD, other * SPREAD]
        return torch.Tensor(self.head(torch.cat(compared, dim=1)).squeeze(-1))

    def resume(self, adapter: Adapter) -> None:
        """Take over what was trained before.

        What the adapter does not change begins unchanged.
        """
        found = {name: torch.from_numpy(tensor) for name, tensor in adapter.tensors.items()}
        with torch.no_grad():
            self.head.weight.copy_(found[HEAD_WEIGHT])
            self.head.bias.copy_(found[HEAD_BIAS])
            for name, linear in self.adapted.items():
                if f"{name}.{CHANGE}" in found:
                    linear.change.copy_(found[f"{name}.{CHANGE}"])

    def trained(self) -> dict[str, Tensor]:
        """Return what was trained, under the names of an ``Adapter``."""
        found = {HEAD_WEIGHT: _array(self.head.weight), HEAD_BIAS: _array(self.head.bias)}
        for name, linear in self.adapted.items():
            found[f"{name}.{CHANGE}"] = _array(linear.change)
        return found

    def ranges(self, batches: Iterable[Batch]) -> dict[str, Tensor]:
        """Return the greatest magnitude of each channel every linear reads over ``batches``.

        A batch holds one pair: padding has activations that mean nothing.
        """
        found: dict[str, torch.Tensor] = {}

        def watch(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
            """Return a hook that notes what the linear reads."""

            def note(_: nn.Module, read: tuple[torch.Tensor, ...]) -> None:
                widest = read[0].float().abs().flatten(0, -2).amax(0)
                found[name] = torch.maximum(found.get(name, widest), widest)

            return note

        hooks = [
            layer.get_submodule(_PARTS[part]).register_forward_pre_hook(watch(f"l{number}.{part}"))
            for number, layer in enumerate(self.encoder.encoder.layer)
            for part in _ROUNDED_PARTS
        ]
        with torch.inference_mode():
            for batch in batches:
                self(batch)
        for hook in hooks:
            hook.remove()
        return {f"{name}.{RANGE}": _array(widest) for name, widest in found.items()}

    def _adapt(self) -> Sequence[tuple[str, ChangedLinear]]:
        """Wrap the linears of every layer; return them by the names of an ``Adapter``."""
        found = []
        for number, layer in enumerate(self.encoder.encoder.layer):
            for part, path in _PARTS.items():
                place, _, attribute = path.rpartition(".")
                linear = layer.get_submodule(path)
                if not isinstance(linear, nn.Linear):
                    raise TypeError(path)
                wrapped = ChangedLinear(linear)
                setattr(layer.get_submodule(place), attribute, wrapped)
                found.append((f"l{number}.{part}", wrapped))
        return found


class PairTokenizer:
    """Cuts pairs of texts into one sequence each."""

    def __init__(self, folder: Path) -> None:
        """Load the tokenizer in ``folder``."""
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MOST_TOKENS)
        padding = self._tokenizer.token_to_id(PADDING)
        self._tokenizer.enable_padding(pad_id=padding, pad_token=PADDING)

    def batch(self, pairs: Sequence[tuple[str, str]]) -> Batch:
        """Return the tokens of the pairs."""
        cut = self._tokenizer.encode_batch(list(pairs))
        sides = np.array(
            [[-1 if side is None else side for side in one.sequence_ids] for one in cut]
        )
        ids = torch.tensor([one.ids for one in cut])
        return ids, torch.from_numpy(sides == 0), torch.from_numpy(sides == 1)


def has_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 by instructions of its own; Linux only."""
    try:
        flags = _PROCESSOR.read_text(encoding="ascii", errors="ignore").split()
    except OSError:
        return False
    return not _HALVING.isdisjoint(flags)


def _direction(state: torch.Tensor, flags: torch.Tensor) -> torch.Tensor:
    """Return the mean of the flagged tokens at unit length; the divisor of the mean cancels."""
    summed = (state * flags.unsqueeze(-1)).sum(dim=1)
    return nn.functional.normalize(summed, dim=1)


def _array(parameter: torch.Tensor) -> Tensor:
    return parameter.detach().numpy().astype(np.float32)
