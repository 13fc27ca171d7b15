"""Encoder of texts into unit vectors, with a cache and batching of concurrent questions."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from qa_service.errors import QAServiceError, UnavailableError
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.batching import BATCH, BatchQueue
from qa_service.retrieval.encoders.e5.model import (
    ensure_default_model,
    packaged_weights,
    verify_model,
)
from qa_service.retrieval.encoders.folders import digest, folder_identity
from qa_service.retrieval.encoders.models import (
    GraphModel,
    TextModel,
    go_offline,
    load_sentence_model,
)
from qa_service.text.matching_form import MATCHING_FORM_VERSION, matching_form

DEFAULT_MODEL = "default"

CACHED_QUESTIONS = 4_096
"""Number of cached question vectors, the most recently used; about 6 MB."""


class EncoderUnavailableError(UnavailableError):
    """The encoder cannot be loaded; retrieval goes on without vectors."""

    code = "encoder_unavailable"
    title = "语义模型不可用"


class EncoderFailedError(UnavailableError):
    """The loaded encoder could not encode; the same texts may succeed later."""

    code = "encoder_failed"
    title = "语义计算失败"


class Encoder:
    """Encodes the matching form of texts for any thread, a batch at a time.

    Questions that arrive while a batch runs are queued; the next batch contains the first one
    of the queue and others of about its length.
    """

    def __init__(self, model: TextModel, identity: str) -> None:
        """Encode by ``model``; ``identity`` names it and goes into the fingerprint."""
        self._model = model
        self.queue = BatchQueue[str, Vectors](self._encode_rows, len, cached=CACHED_QUESTIONS)
        self.fingerprint = digest([identity, model.prompt, f"form {MATCHING_FORM_VERSION}"])
        self.dimension = self._encode(["预热"]).shape[1]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of questions, (len(texts), dimension); raises EncoderFailedError."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return np.stack(self.queue.results([read_form(text) for text in texts]))

    def encode_texts(self, texts: Sequence[str], *, at_once: int = 1) -> Vectors:
        """Return unit vectors of texts, (len(texts), dimension); raises EncoderFailedError.

        A batch waits its turn among the questions; with several batches ``at_once``, where nobody
        asks yet, none does.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        # A batch costs as much as its longest text, so texts of similar length are batched.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]

        def encode(places: list[int]) -> None:
            """Encode the texts at ``places``."""
            with self.queue.turn() if at_once == 1 else nullcontext():
                vectors[places] = self._encode([read_form(texts[at]) for at in places])

        with ThreadPoolExecutor(at_once) as pool:
            # The longest batches first, so that no thread is left working alone at the end.
            for _ in pool.map(encode, reversed(batches)):
                pass
        return vectors

    def _encode_rows(self, texts: Sequence[str]) -> list[Vectors]:
        """Return the vector of each text; raises EncoderFailedError."""
        return list(self._encode(texts))

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """Return the model's vectors; raises EncoderFailedError for any exception of the model."""
        try:
            vectors = self._model.encode(list(texts))
        # Models are third-party code that may raise anything; retrieval must continue without.
        except Exception as error:
            raise EncoderFailedError("语义计算失败，请稍后重试") from error
        if not np.isfinite(vectors).all():
            raise EncoderFailedError("语义模型给出了无效的向量，请检查模型文件")
        return vectors


def read_form(text: str) -> str:
    """Return what a model reads of ``text``: its matching form, or itself where that is empty."""
    return matching_form(text) or text.strip()


def load_encoder(
    name: str, *, data_dir: Path, report: Callable[[str], None], threads: int = 1
) -> Encoder:
    """Return the encoder called ``name``: "default", a folder, or a locally cached model.

    The default model is built below ``data_dir`` on first use, which is announced to ``report``.
    No host is contacted. Raises EncoderUnavailableError for any failure.
    """
    models = data_dir / "models"
    advice = "请检查模型路径和文件"
    try:
        if name == DEFAULT_MODEL:
            folder = ensure_default_model(models, packaged_weights(), report)
            advice = f"请删除数据目录下的 models/{folder.name} 后重启，将自动重建"
            verify_model(folder)
            return Encoder(GraphModel(folder, threads), folder.name)
        folder = _local_folder(name)
        return Encoder(load_sentence_model(folder, threads), folder_identity(folder, models))
    except QAServiceError as error:
        raise EncoderUnavailableError(error.message) from error
    # A third-party model may raise any exception.
    except Exception as error:
        cause = type(error).__name__
        raise EncoderUnavailableError(f"语义模型“{name}”无法加载（{cause}），{advice}") from error


def _local_folder(name: str) -> Path:
    """Return the folder of a model, by path or by the name of a cached model."""
    folder = Path(name)
    if folder.is_dir():
        return folder
    go_offline()
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, local_files_only=True))
