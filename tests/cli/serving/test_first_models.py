"""Models that are made beside the loading of the bank."""

from pathlib import Path

import pytest

from qa_service.cli.service import read_settings
from qa_service.cli.serving.first_models import make_models, models_made_beside
from qa_service.retrieval.encoders.e5.model import MODEL_NAME, verify_model
from qa_service.retrieval.reranking.build import built_name
from qa_service.retrieval.reranking.reranker import ADAPTER_FILE


@pytest.fixture
def models(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the models of a service that is to use the default ones."""
    monkeypatch.setenv("QA_EMBEDDING_MODEL", "default")
    monkeypatch.setenv("QA_RERANKER_MODEL", "default")
    return home / "data" / "models"


@pytest.mark.slow
def test_are_there_when_the_bank_is_loaded(models: Path) -> None:
    with models_made_beside(read_settings()):
        pass
    verify_model(models / MODEL_NAME)
    assert (models / built_name(ADAPTER_FILE) / "checksum").is_file()


def test_are_not_made_where_another_model_is_used(home: Path) -> None:
    with models_made_beside(read_settings()):
        pass
    assert not (home / "data" / "models").exists()


def test_that_cannot_be_made_are_left_to_the_start_that_tells(models: Path) -> None:
    models.write_text("no folder", encoding="utf-8")
    make_models()
    assert models.read_text(encoding="utf-8") == "no folder"
