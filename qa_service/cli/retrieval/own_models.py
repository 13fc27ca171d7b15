"""The office's own models, made by ``qa-service tune``: trained as a draft, then taken over."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa_service.cli.console import say

if TYPE_CHECKING:
    from qa_service.consultation.learning.tuning import Material
    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.ranking.calibration import Calibration
    from qa_service.retrieval.reranking.reranker import Reranker
    from qa_service.retrieval.training.trainer import Plan
    from qa_service.settings import Settings

DRAFT_ADAPTER = "reranker.draft"


@contextmanager
def own_reranker(
    settings: "Settings", engine: "RetrievalEngine", material: "Material", plan: "Plan | None"
) -> "Iterator[Reranker | None]":
    """Train the re-ranker in use; yields None where there is no plan, or it cannot be trained.

    What was trained is removed afterwards unless it was taken over.
    """
    from qa_service.consultation.learning.tuning import train_own
    from qa_service.retrieval.encoders.e5.model import ensure_default_model, packaged_weights
    from qa_service.retrieval.reranking.build import remove_built
    from qa_service.retrieval.reranking.reranker import (
        ADAPTER_FILE,
        DEFAULT_RERANKER,
        adapter_in_use,
        load_default,
    )

    is_trainable = settings.reranker_model == DEFAULT_RERANKER and engine.reads
    if plan is None or not is_trainable:
        if plan is not None:
            say("重排模型不是随程序提供的那一种，或与现有校准不符，只拟合判定校准")
        yield None
        return
    models, draft = settings.data_dir / "models", settings.data_dir / DRAFT_ADAPTER
    try:
        train_own(
            material,
            model=ensure_default_model(models, packaged_weights(), say),
            start=adapter_in_use(settings.data_dir),
            out=draft,
            plan=plan,
            report=say,
        )
        yield load_default(draft, data_dir=settings.data_dir, report=say, threads=plan.threads)
    finally:
        draft.unlink(missing_ok=True)
        remove_built(models, keep=(ADAPTER_FILE, adapter_in_use(settings.data_dir)))


def take_over(settings: "Settings", fitted: "Calibration", *, is_tuned: bool) -> str:
    """Use the calibration, and the adapter it was fitted with; return the adapter's checksum.

    The adapter comes first: one without its calibration is checked again by the service.
    """
    from dataclasses import replace

    from qa_service.knowledge.indexing.calibration_files import own_calibration_file
    from qa_service.retrieval.encoders.folders import file_digest
    from qa_service.retrieval.ranking.calibration import ADAPTER, save_calibration
    from qa_service.retrieval.reranking.reranker import own_adapter_file

    target, adapter = own_calibration_file(settings.data_dir), ""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        own = own_adapter_file(settings.data_dir)
        if is_tuned:
            (settings.data_dir / DRAFT_ADAPTER).replace(own)
        if own.exists():
            adapter = file_digest(own)
            fitted = replace(fitted, provenance={**fitted.provenance, ADAPTER: adapter})
        draft = target.with_suffix(".tmp")
        save_calibration(fitted, draft)
        draft.replace(target)
    return adapter if is_tuned else ""
