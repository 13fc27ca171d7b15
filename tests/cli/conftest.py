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


def lay_home(folder: Path, migrated: Path, patch: pytest.MonkeyPatch) -> None:
    """Have commands be about a service in ``folder`` with empty tables and no model."""
    lay_test_corpus(folder / "corpus")
    (folder / "data").mkdir(mode=0o700)
    shutil.copy(migrated, folder / "data")
    patch.chdir(folder)
    for name in ("data", "corpus", "index"):
        patch.setenv(f"QA_{name.upper()}_DIR", str(folder / name))
    patch.setenv("QA_EMBEDDING_MODEL", str(folder / "no-model"))
    patch.setenv("QA_RERANKER_MODEL", "none")


def run_command(*arguments: str) -> Result:
    """Run ``qa-service`` with arguments; the result holds what it printed."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def home(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the service the commands are about: empty tables, and no model."""
    lay_home(tmp_path, migrated, monkeypatch)
    return tmp_path


@pytest.fixture(scope="session")
def started_once(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A folder as the first start leaves it, to be copied."""
    folder = tmp_path_factory.mktemp("started")
    with pytest.MonkeyPatch.context() as patch:
        lay_home(folder, migrated, patch)
        asked = run_command("ask", "低保怎么申请", "--dry-run")
    assert asked.exit_code == 0, asked.output
    return folder


@pytest.fixture
def started(home: Path, started_once: Path) -> Path:
    """The folder after the first start: the test bank, its keys, and the index of its words."""
    shutil.copytree(started_once, home, dirs_exist_ok=True)
    return home


@pytest.fixture
def empty_place(home: Path) -> Path:
    """The folder before the first start."""
    for name in ("data", "index"):
        shutil.rmtree(home / name, ignore_errors=True)
    return home


@pytest.fixture
def command(home: Path) -> Command:
    """Runs ``qa-service`` with arguments and gives what it printed."""
    return run_command


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
