"""Texts into unit vectors by a sentence-transformers model, loaded without any hub.

torch and sentence_transformers take seconds to import, so only ``load_encoder`` does.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from qa_service.errors import QAServiceError, UnavailableError
from qa_service.retrieval.dense import Vectors
from qa_service.retrieval.e5_model import ensure_default_model, packaged_weights

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "default"

BATCH = 16
"""Texts encoded at once; more are slower on a processor."""


class EncoderUnavailableError(UnavailableError):
    """The encoder cannot be loaded; retrieval goes on without vectors."""

    code = "encoder_unavailable"
    title = "语义模型不可用"


class EncoderFailedError(UnavailableError):
    """The loaded encoder could not encode; the same texts may succeed later."""

    code = "encoder_failed"
    title = "语义计算失败"


class Encoder:
    """Encodes for any thread, one at a time.

    Stored questions are compared with asked ones, so both kinds of text take the model's
    "query" prompt where it has one (E5's rule for symmetric tasks).
    """

    def __init__(self, model: "SentenceTransformer", identity: str) -> None:
        self._model = model
        self._prompt = model.prompts.get("query") or ""
        self._turn = Lock()
        self.fingerprint = _digest([identity, self._prompt])
        self.dimension = self._encode(["预热"]).shape[1]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimension); or EncoderFailedError."""
        return self._encode_all(texts)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of stored texts, shape (len(texts), dimension); or EncoderFailedError."""
        return self._encode_all(texts)

    def _encode_all(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        stripped = [text.strip() for text in texts]
        try:
            with self._turn:
                vectors = self._model.encode(
                    stripped,
                    prompt=self._prompt,
                    batch_size=BATCH,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
        # The model's code is not ours: whatever it raises, the question must go on.
        except Exception as error:
            raise EncoderFailedError("语义计算失败，请稍后重试") from error
        if not np.isfinite(vectors).all():
            raise EncoderFailedError("语义模型给出了无效的向量，请检查模型文件")
        return np.asarray(vectors, np.float32)


def load_encoder(
    name: str, *, data_dir: Path, report: Callable[[str], None], threads: int = 2
) -> Encoder:
    """The encoder called ``name``: "default", a folder, or a model that is cached locally.

    The default one is built below ``data_dir`` on first use, which ``report`` is told of.
    No host is ever contacted. Raises EncoderUnavailableError whatever the cause.
    """
    models = data_dir / "models"
    advice = "请检查模型路径和文件"
    try:
        if name == DEFAULT_MODEL:
            folder = ensure_default_model(models, packaged_weights(), report)
            advice = f"请删除数据目录下的 models/{folder.name} 后重启，将自动重建"
            return Encoder(_load(folder, threads), folder.name)
        folder = _local_folder(name)
        return Encoder(_load(folder, threads), _identity(folder, models))
    except QAServiceError as error:
        raise EncoderUnavailableError(error.message) from error
    # A model from elsewhere may fail in any way its libraries know.
    except Exception as error:
        cause = type(error).__name__
        raise EncoderUnavailableError(f"语义模型“{name}”无法加载（{cause}），{advice}") from error


def _load(folder: Path, threads: int) -> "SentenceTransformer":
    _go_offline()
    # Read when torch is first imported. By default its idle threads spin, and two of them on
    # busy cores were measured ten times slower than one; a setting of the operator's wins.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    torch.set_num_threads(threads)
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def _go_offline() -> None:
    # Read once, when huggingface_hub is first imported.
    os.environ["HF_HUB_OFFLINE"] = "1"


def _local_folder(name: str) -> Path:
    folder = Path(name)
    if folder.is_dir():
        return folder
    _go_offline()
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, local_files_only=True))


def _identity(folder: Path, cache: Path) -> str:
    """The folder's name and a hash of its content, computed anew only when a file changes."""
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
    return _digest([f"{path.relative_to(folder)} {_file_digest(path)}" for path in files])


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
