"""Makes the default models of a first start while the bank is loaded, on another core."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING

from qa_service.cli.console import say
from qa_service.cli.service import read_settings
from qa_service.errors import QAServiceError

if TYPE_CHECKING:
    from qa_service.settings import Settings


@contextmanager
def models_made_beside(settings: "Settings") -> Iterator[None]:
    """Make the default models in a process of its own meanwhile, if they are not there yet.

    What fails in it is tried again, and told, where the models are opened.
    """
    if not _are_missing(settings) or (os.cpu_count() or 1) == 1:
        yield
        return
    say("首次使用，正在准备语义模型和重排模型")
    maker = get_context("spawn").Process(target=make_models, name="models")
    maker.start()
    try:
        yield
    except BaseException:
        maker.terminate()
        raise
    finally:
        maker.join()


def make_models() -> None:
    """Build the default models of the settings below the data folder."""
    from qa_service.retrieval.encoders.e5.model import ensure_default_model, packaged_weights
    from qa_service.retrieval.reranking.build import ensure_default_reranker
    from qa_service.retrieval.reranking.reranker import DEFAULT_RERANKER, adapter_in_use

    settings = read_settings()
    models = settings.data_dir / "models"
    with suppress(QAServiceError, OSError):
        ensure_default_model(models, packaged_weights(), _nothing)
        if settings.reranker_model == DEFAULT_RERANKER:
            adapter = adapter_in_use(settings.data_dir)
            ensure_default_reranker(models, packaged_weights(), adapter, _nothing)


def _are_missing(settings: "Settings") -> bool:
    """Return whether the default encoder is wanted and not built; imports little."""
    from qa_service.retrieval.encoders.e5.model import MODEL_NAME

    return (
        settings.embedding_model == "default"
        and not (settings.data_dir / "models" / MODEL_NAME).exists()
    )


def _nothing(_line: str) -> None:
    """Report nothing: the start has said what is made."""
