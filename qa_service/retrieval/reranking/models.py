"""Cross-encoder runtimes: onnxruntime for the default model, sentence-transformers for others."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from qa_service.retrieval.encoders.e5.tokenizer import PADDING
from qa_service.retrieval.encoders.models import go_offline
from qa_service.retrieval.reranking.candidate_text import MOST_TOKENS

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

Pair = tuple[str, str]
"""A question and the text of a candidate."""

GRAPH_FILE = "reranker.onnx"


class PairModel(Protocol):
    """Computes scores of pairs; called by one thread at a time."""

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return, for each pair, the log-odds that the candidate answers the question."""
        ...


class GraphPairModel:
    """The default cross-encoder as one ONNX graph."""

    def __init__(self, graph: Path, tokenizer: Path, threads: int) -> None:
        """Load the graph and the encoder's tokenizer; inference uses ``threads`` threads."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MOST_TOKENS)
        padding = self._tokenizer.token_to_id(PADDING)
        self._tokenizer.enable_padding(pad_id=padding, pad_token=PADDING)

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the log-odds of each pair."""
        cut = self._tokenizer.encode_batch(list(pairs))
        # Separators and padding are on neither side.
        sides = np.array([[-1 if at is None else at for at in one.sequence_ids] for one in cut])
        tokens = {
            "input_ids": np.array([one.ids for one in cut], np.int64),
            "attention_mask": np.array([one.attention_mask for one in cut], np.int64),
            "asked": (sides == 0).astype(np.int64),
            "offered": (sides == 1).astype(np.int64),
        }
        scores: list[float] = self._session.run(None, tokens)[0].tolist()
        return scores


class SentencePairModel:
    """Any sentence-transformers CrossEncoder with one output, run by torch."""

    def __init__(self, model: "CrossEncoder") -> None:
        """Use a loaded model."""
        self._model = model

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the log-odds of each pair."""
        import torch

        scores = self._model.predict(
            list(pairs),
            batch_size=len(pairs),
            activation_fn=torch.nn.Identity(),
            show_progress_bar=False,
        )
        column: list[float] = np.asarray(scores, np.float64).reshape(len(pairs), -1)[:, 0].tolist()
        return column


def load_sentence_pair_model(folder: Path, threads: int) -> SentencePairModel:
    """Load the CrossEncoder in ``folder``; no host is ever contacted."""
    go_offline()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from sentence_transformers import CrossEncoder

    torch.set_num_threads(threads)
    return SentencePairModel(CrossEncoder(str(folder), device="cpu", local_files_only=True))
