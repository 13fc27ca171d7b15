"""Builds the default cross-encoder below the data directory, on first use.

``<models>/<name>/`` holds ``reranker.onnx`` and its checksum; ``name`` contains the checksum of
the adapter, so another adapter is built again. The tokenizer is the default encoder's.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from qa_service.errors import UnavailableError
from qa_service.retrieval.encoders.e5.model import WEIGHTS_SHA256
from qa_service.retrieval.encoders.e5.weights import read_e5_file
from qa_service.retrieval.encoders.folders import file_digest
from qa_service.retrieval.reranking.adapter import load_adapter
from qa_service.retrieval.reranking.models import GRAPH_FILE

BUILD = 1
"""Version of the conversion, to be incremented when it changes."""

CHECKSUM_FILE = "checksum"
LOCK_FILE = "reranker.lock"


class RerankerDamagedError(UnavailableError):
    """The built model is not the one that was built."""

    code = "reranker_damaged"
    title = "重排模型文件已损坏"


def ensure_default_reranker(
    models: Path, weights: Path, adapter: Path, report: Callable[[str], None]
) -> Path:
    """Return the folder of the cross-encoder below ``models``, built if missing.

    A file lock serialises concurrent builds. Raises AdapterUnusableError, E5FileError,
    RerankerDamagedError, or OSError if the disk fails.
    """
    folder = models / built_name(adapter)
    models.mkdir(parents=True, exist_ok=True)
    with (models / LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / CHECKSUM_FILE).is_file():
            report("首次使用，正在准备重排模型（约需几秒）…")
            _build(weights, adapter, folder)
            report("重排模型已就绪")
    if (folder / CHECKSUM_FILE).read_text(encoding="ascii") != file_digest(folder / GRAPH_FILE):
        raise RerankerDamagedError(
            f"重排模型文件已损坏（校验值不符），请删除数据目录下的 models/{folder.name} 后重启，"
            "将自动重建"
        )
    return folder


def built_name(adapter: Path) -> str:
    """Return the name of the folder built of ``adapter``."""
    return f"reranker-{BUILD}-{file_digest(adapter)[:16]}"


def remove_built(models: Path, *, keep: Iterable[Path]) -> None:
    """Remove the folders below ``models`` that were built of other adapters than those to keep."""
    kept = {built_name(adapter) for adapter in keep}
    with (models / LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for folder in models.glob("reranker-*"):
            if folder.is_dir() and folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)


def _build(weights: Path, adapter: Path, folder: Path) -> None:
    """Build the graph in a draft folder, then rename it to ``folder``."""
    # Imported only where the model is built, because importing onnx takes half a second.
    from qa_service.retrieval.reranking.graph import write_pair_graph

    trained = load_adapter(adapter, encoder=WEIGHTS_SHA256)
    draft = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        graph = draft / GRAPH_FILE
        write_pair_graph(read_e5_file(weights, sha256=WEIGHTS_SHA256), trained, graph)
        (draft / CHECKSUM_FILE).write_text(file_digest(graph), encoding="ascii")
        for path in draft.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
