"""The service of a test, with its bank on PostgreSQL: what was tried on SQLite is tried there."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from scratch_service import lay_test_corpus, make_settings
from sqlalchemy import Engine, make_url, text

from qa_service.accounts.actor import STARTER_BANK
from qa_service.clock import BEIJING, FixedClock
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.reranking.reranker import Reranker
from qa_service.services import Services, build_services, open_database
from qa_service.settings import Settings
from qa_service.storage.engine import open_engine, session_scope
from qa_service.text.tokenize import Tokenizer

MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)


def on_server(folder: Path, server: str, name: str) -> Settings:
    """Settings of a service in ``folder`` with the database ``name``."""
    address = make_url(server).set(database=name).render_as_string(hide_password=False)
    return make_settings(folder).model_copy(update={"database_url": address})


@pytest.fixture(scope="session")
def administration(postgres_url: str) -> Iterator[Engine]:
    """A connection that makes databases."""
    engine = open_engine(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def bank_on_postgres(
    postgres_template: str,
    postgres_url: str,
    administration: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    tokenizer: Tokenizer,
    encoder: Encoder,
) -> tuple[Path, str]:
    """A folder and a database with the test bank loaded and indexed, to be copied by each test."""
    folder, name = tmp_path_factory.mktemp("bank"), _copy_of(administration, postgres_template)
    lay_test_corpus(folder / "corpus")
    settings, clock = on_server(folder, postgres_url, name), FixedClock(MORNING)
    engine = open_database(settings)
    with session_scope(engine) as session:
        load_corpus(session, settings.corpus_dir, by=STARTER_BANK, now=clock.now())
    built = build_services(
        settings, clock=clock, database=engine, tokenizer=tokenizer, encoder=encoder
    )
    built.index_sync.open()
    engine.dispose()
    return folder, name


@pytest.fixture
def services(
    bank_on_postgres: tuple[Path, str],
    postgres_url: str,
    administration: Engine,
    tmp_path: Path,
    clock: FixedClock,
    tokenizer: Tokenizer,
    encoder: Encoder,
    reranker: Reranker,
) -> Iterator[Services]:
    """A service on its own copy of the test bank, its index open."""
    folder, bank = bank_on_postgres
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    name = _copy_of(administration, bank)
    settings = on_server(tmp_path, postgres_url, name)
    engine = open_engine(settings.effective_database_url, limited=True)
    built = build_services(
        settings,
        clock=clock,
        database=engine,
        tokenizer=tokenizer,
        encoder=encoder,
        reranker=reranker,
    )
    built.index_sync.open()
    yield built
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _copy_of(administration: Engine, template: str) -> str:
    name = f"qa_{uuid4().hex}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return name
