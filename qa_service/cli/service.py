"""Opens the service for commands: settings, database, services, first start."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service.cli.console import progress_bar, say
from qa_service.errors import ConfigurationError, FieldProblem

if TYPE_CHECKING:
    from pydantic import ValidationError
    from sqlalchemy import Engine

    from qa_service.services import Services
    from qa_service.settings import Settings
    from qa_service.storage.encryption import FieldCipher


STARTED_WITH = "启动设置"
SECRETS_DIR = "QA_SECRETS_DIR"
"""Variable that names a folder of secrets as files, such as /run/secrets/qa_webhook_secret."""


def read_settings() -> "Settings":
    """Read the settings of the environment; raises ConfigurationError naming the faulty ones."""
    from pydantic import ValidationError

    from qa_service.settings import Settings

    try:
        # The class has this parameter, which mypy's pydantic plugin does not know.
        return Settings(_secrets_dir=os.environ.get(SECRETS_DIR))  # type: ignore[call-arg]
    except ValidationError as error:
        raise ConfigurationError(
            "设置有误，请按提示修改环境变量或 .env", problems=_faults(error)
        ) from error


def _faults(error: "ValidationError") -> tuple[FieldProblem, ...]:
    """Return one problem for each faulty setting, by the name of its variable."""
    return tuple(
        FieldProblem("QA_" + "_".join(map(str, fault["loc"])).upper(), f"值无效（{fault['msg']}）")
        for fault in error.errors(include_input=False)
    )


def open_services(
    settings: "Settings",
    database: "Engine",
    *,
    cipher: "FieldCipher | None" = None,
    with_index: bool = True,
    by_words_first: bool = False,
) -> "Services":
    """Build the services and bring the index up to date with the bank, unless not ``with_index``.

    An index that has to be built finds ``by_words_first``, and the rest is left to the watcher.
    With a ``cipher`` the keys of the data folder are not read. Raises InvalidPlanError for a
    stored stage table of the review that leaves a gate unasked.
    """
    from qa_service.clock import SystemClock
    from qa_service.services import build_services, open_encoder, open_reranker, open_tokenizer
    from qa_service.storage.engine import session_scope

    encoder, reason = open_encoder(settings, say)
    reranker, unread = open_reranker(settings, say) if encoder else (None, None)
    services = build_services(
        settings,
        clock=SystemClock(),
        database=database,
        tokenizer=open_tokenizer(settings),
        encoder=encoder,
        reranker=reranker,
        degraded_reason=reason or unread,
        cipher=cipher,
    )
    with session_scope(database, read_only=True) as session:
        services.review_table(session)  # a table that leaves a gate unasked stops the start
    if reason is None and services.degradation:
        say(f"注意：{services.degradation}")
    if with_index:
        with progress_bar("建立索引") as advance:
            services.index_sync.open(advance, by_words_first=by_words_first)
        if services.index_sync.problem:
            say(f"注意：{services.index_sync.problem}")
        elif services.index_sync.awaits_vectors:
            say(f"注意：{services.degradation}")
    return services


@contextmanager
def opened_service() -> Iterator["Services"]:
    """Open the services of the environment's settings; close them at the end."""
    with _service(with_index=True) as services:
        yield services


@contextmanager
def built_service() -> Iterator["Services"]:
    """Build the services without their index, which may be unusable; close them at the end."""
    with _service(with_index=False) as services:
        yield services


@contextmanager
def _service(*, with_index: bool) -> Iterator["Services"]:
    """Open the services with or without their index."""
    from qa_service.services import open_database

    settings = read_settings()
    check_engine(settings, is_needed=not with_index)
    database = open_database(settings, limited=False)
    try:
        load_starter_bank(settings, database)
        yield open_services(settings, database, with_index=with_index)
    finally:
        database.dispose()


def check_engine(settings: "Settings", *, is_needed: bool = False) -> None:
    """Raise SearchEngineError before anything is written, unless the search engine can be used.

    One that is only gone is let pass if it had this bank before, unless it ``is_needed``, as to
    fill it; an index that is missing, half-filled or of another dimension is refused likewise.
    Imports little and opens no model, so that a wrong address is told at once.
    """
    from qa_service.retrieval.backends.choice import index_store
    from qa_service.retrieval.backends.contract import (
        REBUILD_FIRST,
        EngineUnreachableError,
        IndexUnusableError,
        SearchEngineError,
    )

    store = index_store(settings)
    try:
        if is_needed:
            store.check()
        else:
            store.check_filled(_stated_dimension(settings))
    except IndexUnusableError as unfit:
        raise SearchEngineError(f"{unfit.message}，{REBUILD_FIRST}") from unfit
    except EngineUnreachableError as gone:
        database = None if is_needed else _present_database(settings)
        if database is None:
            raise
        from qa_service.knowledge.indexing.shared import refuse_unknown

        try:
            refuse_unknown(database, store, gone)
        finally:
            database.dispose()


def _stated_dimension(settings: "Settings") -> int | None:
    """Return the dimension that the files of the semantic model state, None if they do not."""
    from qa_service.retrieval.encoders.e5.model import MODEL_NAME
    from qa_service.retrieval.encoders.folders import stated_dimension

    if settings.embedding_model == "default":
        return stated_dimension(settings.data_dir / "models" / MODEL_NAME)
    return stated_dimension(Path(settings.embedding_model))


def _present_database(settings: "Settings") -> "Engine | None":
    """Open the database of the settings as it is; None where it is not of this version.

    Nothing is created or migrated.
    """
    from qa_service.settings import DATABASE_FILE
    from qa_service.storage.engine import open_engine
    from qa_service.storage.migrate import is_current

    if not settings.database_url and not (settings.data_dir / DATABASE_FILE).exists():
        return None
    engine = open_engine(settings.effective_database_url, limited=True)
    if is_current(engine):
        return engine
    engine.dispose()
    return None


def load_starter_bank(settings: "Settings", database: "Engine", *, empty: bool = False) -> None:
    """Load the corpus into a database where none was loaded; its units only if ``empty``."""
    from qa_service.accounts.actor import STARTER_BANK
    from qa_service.clock import SystemClock
    from qa_service.knowledge.exchange.corpus.loading import is_set_up, load_corpus
    from qa_service.storage.engine import session_scope

    with session_scope(database, read_only=True) as session:
        if is_set_up(session):
            return
    with session_scope(database) as session, progress_bar("载入起步库") as advance:
        if not is_set_up(session):  # another process may have loaded it first
            load_corpus(
                session,
                settings.corpus_dir,
                by=STARTER_BANK,
                now=SystemClock().now(),
                progress=advance,
                units_only=empty,
                media_dir=settings.effective_media_dir,
            )


def make_first_admin(database: "Engine") -> str | None:
    """Create the first administrator and return the one-time password; None if there are users."""
    from qa_service.accounts.users import create_first_admin
    from qa_service.clock import SystemClock
    from qa_service.storage.engine import session_scope

    with session_scope(database) as session:
        return create_first_admin(session, now=SystemClock().now())


def note_settings(settings: "Settings", database: "Engine") -> None:
    """Record in the audit trail which settings changed since the last start, without values."""
    from qa_service.accounts.actor import COMMAND_LINE
    from qa_service.accounts.audit import AuditFilter, list_events, record
    from qa_service.clock import SystemClock
    from qa_service.storage.engine import session_scope
    from qa_service.vocabulary import AuditAction

    now = SystemClock().now()
    marks = {name: _mark(value) for name, value in settings.model_dump(mode="json").items()}
    with session_scope(database) as session:
        wanted = AuditFilter(action=AuditAction.SETTINGS, subject=STARTED_WITH)
        last = next(iter(list_events(session, wanted, limit=1)), None)
        before = last.details if last else {}
        changed = sorted(name for name, mark in marks.items() if before.get(name) != mark)
        if changed:
            record(
                session,
                AuditAction.SETTINGS,
                actor=COMMAND_LINE,
                now=now,
                subject=STARTED_WITH,
                changed=" ".join(changed) if before else None,
                **marks,
            )


def _mark(value: object) -> str:
    """Return a hash that is short enough to show a change without revealing a secret."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:4]
