"""Fixtures with real services: a real database file, the real model, a small published bank."""

import os
import re
import shutil
from collections.abc import Hashable, Iterator
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from argon2 import PasswordHasher
from compiled_kernels import needs_kernels  # before what has kernels, see there
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from scratch_service import REPOSITORY, lay_test_corpus, make_settings
from shared_statements import shared_statements
from sqlalchemy import Engine

from qa_service.accounts.actor import STARTER_BANK
from qa_service.accounts.authentication import passwords
from qa_service.clock import BEIJING, FixedClock
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.retrieval.encoders.encoder import Encoder, load_encoder
from qa_service.retrieval.reranking.reranker import Reranker, load_reranker
from qa_service.server.app import create_app
from qa_service.services import Services, build_services, open_database
from qa_service.settings import DATABASE_FILE, Settings
from qa_service.storage.encryption import FieldCipher, load_cipher
from qa_service.storage.engine import open_engine, session_scope
from qa_service.text import tokenize
from qa_service.text.tokenize import Tokenizer

pytest_plugins = (
    "scratch_in_memory",
    "shared_portal",
    "coverage_once",
    "garbage",
    "unsynced_disk",
    "kernels_compiled_once",
    "postgres_server",
    "seekdb_server",
    "rest_client",
    "ledger_fixtures",
)

# How long an example takes depends on the machine, not on the code. A gate gives the same
# answer twice; at a desk every run tries something new.
hypothesis_settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ)
hypothesis_settings.load_profile("steady")

LONG_FOLDERS = {"faults", "cli", "serving", "browser", "security"}
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=BEIJING)


_ALL_SLOW = re.compile(r"^pytestmark = .*mark\.(slow|faults)\b", re.MULTILINE)
_ANY_SLOW = re.compile(r"mark\.(slow|faults)\b")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave unread the files none of whose tests are to run: some take seconds to import."""
    if not collection_path.match("test_*.py"):
        return None
    if config.option.markexpr == "slow":
        return not _ANY_SLOW.search(collection_path.read_text()) or None
    if config.option.markexpr == "not slow":
        return bool(_ALL_SLOW.search(collection_path.read_text())) or None
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start long tests early, so that no process is left working alone at the end."""
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(pytest.mark.slow)
    items.sort(
        key=lambda item: (
            needs_kernels(item.nodeid),
            item.path.parent.name not in LONG_FOLDERS,
        )
    )


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Real argon2id that costs less, and each password is judged once.

    The tests set and try thousands of passwords, most of them the same.
    """
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_is_guessed", cache(passwords._is_guessed))
        patch.setattr(passwords, "HASHER", quick)
        patch.setattr(passwords, "DECOY", quick.hash("nobody's"))
        yield


@pytest.fixture(scope="session", autouse=True)
def word_lists_made_ready_once() -> Iterator[None]:
    """Commands read the same word list over and over; what is made of it never changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenize, "_made_ready", lru_cache(maxsize=4)(tokenize._made_ready))
        yield


@pytest.fixture(scope="session", autouse=True)
def migrations_loaded_once() -> Iterator[None]:
    """Each migration of a test would load the file of every revision anew."""
    load = ScriptDirectory.from_config
    loaded: dict[Hashable, ScriptDirectory] = {}

    def from_config(config: Config) -> ScriptDirectory:
        places = tuple(
            config.get_main_option(name) for name in ("script_location", "version_locations")
        )
        if places not in loaded:
            loaded[places] = load(config)
        return loaded[places]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", from_config)
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    with shared_statements():
        yield


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MORNING)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    lay_test_corpus(tmp_path / "corpus")
    return make_settings(tmp_path)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and no row, to be copied: migrating takes its time."""
    folder = tmp_path_factory.mktemp("migrated")
    open_database(make_settings(folder)).dispose()
    return folder / "data" / DATABASE_FILE


@pytest.fixture
def database(settings: Settings, migrated: Path) -> Iterator[Engine]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    shutil.copy(migrated, settings.data_dir / DATABASE_FILE)
    engine = open_engine(settings.effective_database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp()
    # Built once for all of the run's processes; building waits for whoever began.
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    (shared / "model").mkdir(exist_ok=True)
    return shared / "model"


@pytest.fixture(scope="session")
def encoder(model_dir: Path) -> Encoder:
    return load_encoder("default", data_dir=model_dir, report=lambda _line: None)


@pytest.fixture(scope="session")
def reranker(model_dir: Path) -> Reranker:
    return load_reranker("default", data_dir=model_dir, report=lambda _line: None)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    corpus = REPOSITORY / "corpus"
    return Tokenizer.from_files(corpus / "dictionary.txt", corpus / "synonyms.txt")


@pytest.fixture(scope="session")
def prepared_bank(
    tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer, encoder: Encoder
) -> Path:
    """A folder with the test bank loaded and indexed, to be copied by each test."""
    folder = tmp_path_factory.mktemp("bank")
    lay_test_corpus(folder / "corpus")
    settings = make_settings(folder)
    engine = open_database(settings)
    with session_scope(engine) as session:
        load_corpus(session, settings.corpus_dir, by=STARTER_BANK, now=MORNING)
    services = build_services(
        settings,
        clock=FixedClock(MORNING),
        database=engine,
        tokenizer=tokenizer,
        encoder=encoder,
    )
    services.index_sync.open()
    engine.dispose()
    return folder


@pytest.fixture(scope="session")
def cipher(prepared_bank: Path) -> FieldCipher:
    """The keys that every copy of the test bank has; a service's start would try them out."""
    return load_cipher(prepared_bank / "data")


@pytest.fixture
def services(
    prepared_bank: Path,
    cipher: FieldCipher,
    tmp_path: Path,
    clock: FixedClock,
    tokenizer: Tokenizer,
    encoder: Encoder,
    reranker: Reranker,
) -> Iterator[Services]:
    """A service on its own copy of the test bank, its index open."""
    shutil.copytree(prepared_bank, tmp_path, dirs_exist_ok=True)
    settings = make_settings(tmp_path)
    engine = open_engine(settings.effective_database_url)
    built = build_services(
        settings,
        clock=clock,
        database=engine,
        tokenizer=tokenizer,
        encoder=encoder,
        reranker=reranker,
        cipher=cipher,
    )
    built.index_sync.open()
    yield built
    engine.dispose()


@pytest.fixture(scope="session")
def application(prepared_bank: Path, tokenizer: Tokenizer, encoder: Encoder) -> FastAPI:
    """The application, made once: its routes take half a second."""
    settings = make_settings(prepared_bank)
    return create_app(
        build_services(
            settings,
            clock=FixedClock(MORNING),
            database=open_engine(settings.effective_database_url),
            tokenizer=tokenizer,
            encoder=encoder,
        )
    )


@pytest.fixture
def app(application: FastAPI, services: Services) -> FastAPI:
    """The application on this test's own services."""
    application.state.services = services
    return application
