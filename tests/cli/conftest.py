import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from scratch_service import lay_starter_sample, lay_test_corpus
from typer.testing import CliRunner

from qa_service import services
from qa_service.cli import app
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.reranking import reranker as reranking
from qa_service.retrieval.reranking.reranker import ADAPTER_FILE, Reranker, load_default

Command = Callable[..., Result]
EVERY = 12
"""One pair of so many of the starter bank is taken; tuning asks for 40."""


@pytest.fixture
def home(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the service the commands are about: empty tables, and no model."""
    lay_test_corpus(tmp_path / "corpus")
    (tmp_path / "data").mkdir(mode=0o700)
    shutil.copy(migrated, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    for name in ("data", "corpus", "index"):
        monkeypatch.setenv(f"QA_{name.upper()}_DIR", str(tmp_path / name))
    monkeypatch.setenv("QA_EMBEDDING_MODEL", str(tmp_path / "no-model"))
    monkeypatch.setenv("QA_RERANKER_MODEL", "none")
    return tmp_path


@pytest.fixture
def empty_place(home: Path) -> Path:
    """The folder before the first start."""
    shutil.rmtree(home / "data")
    return home


@pytest.fixture
def command(home: Path) -> Command:
    """Runs ``qa-service`` with arguments and gives what it printed."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def sampled(home: Path) -> Path:
    """The corpus folder with so much of the starter bank that something can be learnt from it."""
    lay_starter_sample(home / "corpus", EVERY)
    return home / "corpus"


@pytest.fixture
def with_model(
    home: Path,
    model_dir: Path,
    encoder: Encoder,
    reranker: Reranker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Give the service the real models that the session built; they are read once for all.

    An adapter that was tuned here is read as ever.
    """

    def load_reranker(adapter: Path, **given: Any) -> Reranker:
        return reranker if adapter == ADAPTER_FILE else load_default(adapter, **given)

    (home / "data" / "models").symlink_to(model_dir / "models")
    monkeypatch.setattr(services, "load_encoder", lambda *_name, **_given: encoder)
    monkeypatch.setattr(reranking, "load_default", load_reranker)
    monkeypatch.setenv("QA_EMBEDDING_MODEL", "default")
    monkeypatch.setenv("QA_RERANKER_MODEL", "default")
