import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from scratch_service import lay_starter_sample, lay_test_corpus
from typer.testing import CliRunner

from qa_service.cli import app

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
    home: Path, prepared_bank: Path, model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Give the service the real model that the session built."""
    (home / "data" / "models").symlink_to(model_dir / "models")
    monkeypatch.setenv("QA_EMBEDDING_MODEL", "default")
    monkeypatch.setenv("QA_RERANKER_MODEL", "default")
