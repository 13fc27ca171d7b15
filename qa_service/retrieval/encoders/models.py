"""Model runtimes: onnxruntime for the default model, sentence-transformers for others.

Both expect stripped texts. torch and sentence_transformers take seconds to import, so only
the loaders that need them import them.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.encoders.e5.model import GRAPH_FILE, QUERY_PROMPT
from qa_service.retrieval.encoders.e5.tokenizer import PADDING

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MOST_TOKENS = 512


class TextModel(Protocol):
    """Computes vectors of texts; called by one thread at a time."""

    @property
    def prompt(self) -> str:
        """The prefix of every text."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of ``texts``, shape (len(texts), dimension)."""
        ...


class GraphModel:
    """The default model as one ONNX graph."""

    prompt = QUERY_PROMPT

    def __init__(self, folder: Path, threads: int) -> None:
        """Load graph and tokenizer of ``folder``; inference uses ``threads`` threads."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads halve the time of a question; they must not spin between questions.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(
            str(folder / GRAPH_FILE), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MOST_TOKENS)
        padding = self._tokenizer.token_to_id(PADDING)
        self._tokenizer.enable_padding(pad_id=padding, pad_token=PADDING)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of ``texts``, shape (len(texts), dimension)."""
        encodings = self._tokenizer.encode_batch([f"{self.prompt}{text}" for text in texts])
        tokens = {
            "input_ids": np.array([found.ids for found in encodings], np.int64),
            "attention_mask": np.array([found.attention_mask for found in encodings], np.int64),
        }
        return np.asarray(self._session.run(None, tokens)[0], np.float32)


class SentenceModel:
    """Any sentence-transformers model, run by torch.

    Stored questions are compared with asked ones, so both kinds of text take the model's
    "query" prompt where it has one (E5's rule for symmetric tasks).
    """

    def __init__(self, model: "SentenceTransformer") -> None:
        """Use a loaded sentence-transformers model."""
        self._model = model
        self.prompt = model.prompts.get("query") or ""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of ``texts``, shape (len(texts), dimension)."""
        vectors = self._model.encode(
            list(texts),
            prompt=self.prompt,
            batch_size=len(texts),
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)


def load_sentence_model(folder: Path, threads: int) -> SentenceModel:
    """Load the sentence-transformers model in ``folder``; no host is ever contacted."""
    go_offline()
    # Read when torch is first imported. By default its idle threads spin, and two of them on
    # busy cores were measured ten times slower than one; an existing setting has precedence.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    torch.set_num_threads(threads)
    return SentenceModel(SentenceTransformer(str(folder), device="cpu", local_files_only=True))


def go_offline() -> None:
    """Set the variables that keep huggingface_hub off the network; call before its import."""
    os.environ["HF_HUB_OFFLINE"] = "1"
