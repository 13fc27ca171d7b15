"""The re-ranker: scores of (question, candidate) pairs, batched over requests and cached."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from qa_service.errors import QAServiceError, UnavailableError
from qa_service.retrieval.batching import BatchQueue
from qa_service.retrieval.encoders.e5.model import (
    WEIGHTS_SHA256,
    ensure_default_model,
    packaged_weights,
)
from qa_service.retrieval.encoders.encoder import read_form
from qa_service.retrieval.encoders.folders import folder_identity
from qa_service.retrieval.reranking.adapter import AdapterUnusableError, load_adapter
from qa_service.retrieval.reranking.build import ensure_default_reranker
from qa_service.retrieval.reranking.models import (
    GRAPH_FILE,
    GraphPairModel,
    Pair,
    PairModel,
    load_sentence_pair_model,
)

DEFAULT_RERANKER, NO_RERANKER = "default", "none"

ADAPTER_FILE = Path(__file__).with_name("reranker.safetensors")
"""The trained adapter; written by ``qa-service train-reranker``."""

OWN_ADAPTER = "reranker.safetensors"
"""Name, in the data folder, of the adapter tuned on this machine; without it, the packaged one."""

CACHED_PAIRS = 32_768
"""Number of cached scores, the most recently used; a few MB."""


class RerankerUnavailableError(UnavailableError):
    """The re-ranker cannot be loaded; only questions asked word for word are answered outright."""

    code = "reranker_unavailable"
    title = "重排模型不可用"


class RerankerFailedError(UnavailableError):
    """The loaded re-ranker could not score; the same pairs may succeed later."""

    code = "reranker_failed"
    title = "重排计算失败"


class Reranker:
    """Scores for any thread, a batch at a time.

    The cache is by the texts of question and candidate, so a changed pair is scored again.
    """

    def __init__(self, model: PairModel, identity: str) -> None:
        """Score by ``model``; ``identity`` names it and what it contains."""
        self._model = model
        self._queue = BatchQueue[Pair, float](self._score, _length, cached=CACHED_PAIRS)
        self.fingerprint = identity

    def scores(self, question: str, candidates: Sequence[str]) -> list[float]:
        """Return the log-odds that each candidate answers; raises RerankerFailedError."""
        return self._queue.results([(read_form(question), text) for text in candidates])

    def _score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the model's scores; raises RerankerFailedError for any exception of the model."""
        try:
            scores = self._model.score(pairs)
        # Models are third-party code that may raise anything; retrieval must continue without.
        except Exception as error:
            raise RerankerFailedError("重排计算失败，请稍后重试") from error
        if not np.isfinite(scores).all():
            raise RerankerFailedError("重排模型给出了无效的得分，请检查模型文件")
        return scores


def load_reranker(
    name: str, *, data_dir: Path, report: Callable[[str], None], threads: int = 1
) -> Reranker:
    """Return the re-ranker called ``name``: "default", or a folder with a CrossEncoder.

    The default is built below ``data_dir`` on first use, which is announced to ``report``, of the
    adapter tuned on this machine if there is one that can be used. No host is contacted. Raises
    RerankerUnavailableError for any failure, and for "none".
    """
    if name == NO_RERANKER:
        raise RerankerUnavailableError("没有启用重排模型（QA_RERANKER_MODEL=none）")
    try:
        if name == DEFAULT_RERANKER:
            return _load_own(data_dir, report, threads) or load_default(
                ADAPTER_FILE, data_dir=data_dir, report=report, threads=threads
            )
        folder = Path(name)
        return Reranker(
            load_sentence_pair_model(folder, threads), folder_identity(folder, data_dir / "models")
        )
    except QAServiceError as error:
        raise RerankerUnavailableError(error.message) from error
    # A third-party model may raise any exception.
    except Exception as error:
        cause = type(error).__name__
        raise RerankerUnavailableError(
            f"重排模型“{name}”无法加载（{cause}），请检查 QA_RERANKER_MODEL 和文件"
        ) from error


def load_default(
    adapter: Path, *, data_dir: Path, report: Callable[[str], None], threads: int = 1
) -> Reranker:
    """Return the default cross-encoder with ``adapter``, built below ``data_dir`` if missing.

    Raises UnavailableError for an adapter or a built model that cannot be used.
    """
    models = data_dir / "models"
    encoder = ensure_default_model(models, packaged_weights(), report)
    folder = ensure_default_reranker(models, packaged_weights(), adapter, report)
    model = GraphPairModel(folder / GRAPH_FILE, encoder / "tokenizer.json", threads)
    return Reranker(model, folder.name)


def own_adapter_file(data_dir: Path) -> Path:
    """Return the path of the adapter tuned on this machine."""
    return data_dir / OWN_ADAPTER


def adapter_in_use(data_dir: Path) -> Path:
    """Return the adapter tuned on this machine if it fits the encoder, else the packaged one."""
    own = own_adapter_file(data_dir)
    try:
        load_adapter(own, encoder=WEIGHTS_SHA256)
    except AdapterUnusableError:
        return ADAPTER_FILE
    return own


def _load_own(data_dir: Path, report: Callable[[str], None], threads: int) -> Reranker | None:
    """Return the re-ranker tuned on this machine; None without one, or if it cannot be used."""
    own = own_adapter_file(data_dir)
    if not own.exists():
        return None
    try:
        found = load_default(own, data_dir=data_dir, report=report, threads=threads)
    except QAServiceError as error:
        report(f"本机学到的重排模型不能使用，改用随程序提供的：{error.message}")
        return None
    # A file of the right form may lack a tensor, or have one of another shape.
    except (KeyError, ValueError) as error:
        cause = type(error).__name__
        report(
            f"本机学到的重排模型不能使用（{cause}），改用随程序提供的；可重新运行 qa-service tune"
        )
        return None
    report("使用在本机学到的重排模型")
    return found


def _length(pair: Pair) -> int:
    """Return the number of characters of both texts."""
    return len(pair[0]) + len(pair[1])
