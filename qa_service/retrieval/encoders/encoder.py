"""Encoder of texts into unit vectors, with a cache and batching of concurrent questions."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from threading import Lock

import numpy as np

from qa_service.errors import QAServiceError, UnavailableError
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.encoders.e5.model import (
    ensure_default_model,
    packaged_weights,
    verify_model,
)
from qa_service.retrieval.encoders.models import (
    GraphModel,
    TextModel,
    go_offline,
    load_sentence_model,
)

DEFAULT_MODEL = "default"

BATCH = 16
"""Texts per batch; larger batches are slower on a CPU."""

LIKE_LENGTH = 1.25
"""Factor by which a text may be longer or shorter than the first one of its batch, because
all cost as much as the longest."""

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
    """Encodes for any thread, a batch at a time.

    Questions that arrive while a batch runs are queued; the next batch contains the first one
    of the queue and others of about its length.
    """

    def __init__(self, model: TextModel, identity: str) -> None:
        """Encode by ``model``; ``identity`` names it and goes into the fingerprint."""
        self._model = model
        self._turn = Lock()
        self._shelf = Lock()
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._waiting: list[tuple[str, Future[Vectors]]] = []
        self.fingerprint = _digest([identity, model.prompt])
        self.dimension = self._encode(["预热"]).shape[1]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of questions, (len(texts), dimension); raises EncoderFailedError."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return np.stack([future.result() for future in self._requested(texts)])

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
            with self._turn if at_once == 1 else nullcontext():
                vectors[places] = self._encode([texts[at] for at in places])

        with ThreadPoolExecutor(at_once) as pool:
            # The longest batches first, so that no thread is left working alone at the end.
            for _ in pool.map(encode, reversed(batches)):
                pass
        return vectors

    def _requested(self, texts: Sequence[str]) -> list["Future[Vectors]"]:
        """Return finished futures of the vectors; encode batches of the queue until they are."""
        futures = [self._request(text.strip()) for text in texts]
        while not all(future.done() for future in futures):
            with self._turn:
                self._encode_waiting()
        return futures

    def _request(self, text: str) -> "Future[Vectors]":
        """Return the future of a vector: finished if cached, else put in the queue."""
        future: Future[Vectors] = Future()
        with self._shelf:
            known = self._cache.get(text)
            if known is None:
                self._waiting.append((text, future))
            else:
                self._cache.move_to_end(text)
                future.set_result(known)
        return future

    def _encode_waiting(self) -> None:
        """Encode the next batch of the queue and finish its futures."""
        with self._shelf:
            batch = self._next_batch()
        if not batch:
            return
        try:
            vectors = self._encode([text for text, _ in batch])
        except EncoderFailedError as error:
            for _, future in batch:
                future.set_exception(error)
            return
        with self._shelf:
            for (text, future), vector in zip(batch, vectors, strict=True):
                self._cache[text] = vector
                future.set_result(vector)
            while len(self._cache) > CACHED_QUESTIONS:
                self._cache.popitem(last=False)

    def _next_batch(self) -> list[tuple[str, "Future[Vectors]"]]:
        """Take texts of about the length of the first one off the queue."""
        if not self._waiting:
            return []
        length = len(self._waiting[0][0])
        batch: list[tuple[str, Future[Vectors]]] = []
        left: list[tuple[str, Future[Vectors]]] = []
        for text, future in self._waiting:
            is_alike = length <= LIKE_LENGTH * len(text) and len(text) <= LIKE_LENGTH * length
            chosen = batch if is_alike and len(batch) < BATCH else left
            chosen.append((text, future))
        self._waiting = left
        return batch

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """Return the model's vectors; raises EncoderFailedError for any exception of the model."""
        try:
            vectors = self._model.encode([text.strip() for text in texts])
        # Models are third-party code that may raise anything; retrieval must continue without.
        except Exception as error:
            raise EncoderFailedError("语义计算失败，请稍后重试") from error
        if not np.isfinite(vectors).all():
            raise EncoderFailedError("语义模型给出了无效的向量，请检查模型文件")
        return vectors


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
        return Encoder(load_sentence_model(folder, threads), _identity(folder, models))
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


def _identity(folder: Path, cache: Path) -> str:
    """Return the folder's name and a hash of its content, hashed again only after a change."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    states = [(path.relative_to(folder), path.stat()) for path in files]
    seen = _digest([f"{name} {state.st_size} {state.st_mtime_ns}" for name, state in states])
    known = cache / "fingerprints" / seen
    if not known.is_file():
        known.parent.mkdir(parents=True, exist_ok=True)
        draft = known.with_name(f"{seen}.{os.getpid()}.tmp")
        draft.write_text(_content(folder, files), encoding="ascii")
        draft.replace(known)
    return f"{folder.name} {known.read_text(encoding='ascii')}"


def _content(folder: Path, files: Sequence[Path]) -> str:
    """Return a hash over names and contents of the files."""
    return _digest([f"{path.relative_to(folder)} {_file_digest(path)}" for path in files])


def _file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(lines: Sequence[str]) -> str:
    """Return the SHA-256 of lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
