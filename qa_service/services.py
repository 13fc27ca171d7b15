"""The service container: all services of a running process, each built once from the settings."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.rate_limit import RateLimiter
from qa_service.accounts.usage import UsageLog
from qa_service.clock import Clock
from qa_service.consultation.desk.kept_searches import KeptSearches
from qa_service.consultation.desk.search import DeskSearch
from qa_service.consultation.search.searcher import Searcher
from qa_service.consultation.service import ConsultationDeps
from qa_service.integration.provider_documents import ProviderDocuments
from qa_service.knowledge.coverage.counting import PublishedCounts
from qa_service.knowledge.indexing.calibration_files import (
    calibration_in_use,
    default_calibration,
    own_calibration_file,
)
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.indexing.recalibration import Recalibration
from qa_service.knowledge.lexicon.versions import word_list, words_in_use
from qa_service.knowledge.pairs.scopes import ScopesInUse
from qa_service.knowledge.review.plan import StageTable, table_in_use
from qa_service.ledger.askers.sealed_texts import sealed_samples
from qa_service.ledger.deadlines.holidays import kept_years
from qa_service.ledger.rules import LedgerRules
from qa_service.reporting.pending.tally import PendingTally
from qa_service.retrieval.backends.choice import index_store
from qa_service.retrieval.encoders.encoder import Encoder, EncoderUnavailableError, load_encoder
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.reranking.reranker import (
    Reranker,
    RerankerUnavailableError,
    load_reranker,
)
from qa_service.settings import DATABASE_FILE, Settings
from qa_service.storage.backups.backup import refuse_half_restored
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.key_register import open_cipher
from qa_service.storage.migrate import upgrade
from qa_service.text.tokenize import Tokenizer, WordList
from qa_service.workdays.calendar import WorkCalendar

UNCALIBRATED = "判定校准与现在的语义模型或词典不符，请运行 qa-service calibrate 重新校准"
RECALIBRATING = "正在后台用评测问题重新核验判定（{}/{}），完成前不直接答复"
WITHOUT_VECTORS = "正在建立语义索引{}，完成前只按关键词检索，不直接答复"
UNREAD = (
    "判定校准与现在的重排模型不符，只直接答复与库中问法一字不差的问题，请运行 qa-service calibrate"
)

JUDGED_QUESTIONS = "questions"
"""Folder of judged questions in that of the corpus."""

Report = Callable[[str], None]
"""Callback that gets a Chinese description of a slow step as it begins."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services that entry points use.

    ``degraded_reason`` is the Chinese reason of a degraded service since its start, or None.
    ``desk_writer`` is the engine by which the process of the public desk writes, None elsewhere.
    """

    settings: Settings
    clock: Clock
    database: Engine
    calendar: WorkCalendar
    index_sync: IndexSync
    searcher: Searcher
    cipher: FieldCipher
    tokenizer: Tokenizer
    ledger_rules: LedgerRules
    degraded_reason: str | None
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    usage: UsageLog = field(default_factory=UsageLog)
    pending_tally: PendingTally = field(default_factory=PendingTally)
    scopes: ScopesInUse = field(default_factory=ScopesInUse)
    published_counts: PublishedCounts = field(default_factory=PublishedCounts)
    provider_documents: ProviderDocuments = field(default_factory=ProviderDocuments)
    kept_searches: KeptSearches = field(default_factory=KeptSearches)
    desk_writer: Engine | None = None

    @property
    def public_writes(self) -> Engine:
        """Engine for what citizens leave at the public desk; each transaction is short."""
        return self.desk_writer or self.database

    @property
    def consultation(self) -> ConsultationDeps:
        """The services that a consultation needs."""
        return ConsultationDeps(
            searcher=self.searcher,
            calendar=self.calendar,
            cipher=self.cipher,
            tokenizer=self.tokenizer,
            rules=self.ledger_rules,
        )

    def review_table(self, session: Session) -> StageTable:
        """Return the stage table of the review; raises InvalidPlanError for a faulty stored one."""
        return table_in_use(
            session,
            stages=self.settings.review_stages,
            two_persons=self.settings.review_two_persons,
        )

    @property
    def desk_search(self) -> DeskSearch:
        """The search of the public desk, with the outcomes that this process keeps."""
        return DeskSearch(self.desk_searcher, self.kept_searches)

    @property
    def desk_searcher(self) -> Searcher:
        """The searcher of the public desk, which never tells what is unsigned (未经本单位审校)."""
        return Searcher(
            self.database,
            self.index_sync,
            limit=self.settings.candidate_limit,
            tells_unsigned=False,
        )

    @property
    def degradation(self) -> str | None:
        """Return the Chinese reason why the service is degraded now; None for full service."""
        model = self._preparing or self._model_problem
        found = [reason for reason in (self.index_sync.problem, model) if reason]
        return "；".join(found) or None

    @property
    def _preparing(self) -> str | None:
        """Notice in Chinese, with its progress, that the index has no vectors yet, or None."""
        if not self.index_sync.awaits_vectors:
            return None
        done = self.index_sync.building
        return WITHOUT_VECTORS.format("（{}/{}）".format(*done) if done else "")

    @property
    def _model_problem(self) -> str | None:
        """Reason in Chinese why the models degrade the service; None if they do not.

        A word list activated at run time invalidates the calibration.
        """
        engine, recalibration = self.index_sync.engine, self.index_sync.recalibration
        if self.degraded_reason is None and engine.encoder and not engine.is_calibrated:
            progress = recalibration.progress if recalibration else None
            return RECALIBRATING.format(*progress) if progress else UNCALIBRATED
        if self.degraded_reason is None and engine.reranker and not engine.reads:
            return UNREAD
        return self.degraded_reason


def open_database(settings: Settings, *, limited: bool = True) -> Engine:
    """Open the database of the settings, migrated to the newest schema.

    Unless ``limited`` is False, as for commands that may take long, PostgreSQL ends statements
    that keep a request waiting. Raises HalfRestoredError while a restore is not complete.
    """
    refuse_half_restored(settings.data_dir)
    engine = open_engine(settings.effective_database_url)
    upgrade(engine)  # may take long, so without limits
    engine.dispose()
    return open_engine(settings.effective_database_url, limited=limited)


def open_calendar(settings: Settings, database: Engine | None = None) -> WorkCalendar:
    """Load the calendar of working days: announced years in files, and those in ``database``."""
    calendar = WorkCalendar.load(settings.corpus_dir / "holidays")
    if database is not None:
        with session_scope(database, read_only=True) as session:
            calendar.keep(kept_years(session))
    return calendar


def calendar_in_use(settings: Settings) -> WorkCalendar:
    """Load the calendar for a command that does not open the service; creates no database."""
    if not settings.database_url and not (settings.data_dir / DATABASE_FILE).exists():
        return open_calendar(settings)
    database = open_database(settings)
    try:
        return open_calendar(settings, database)
    finally:
        database.dispose()


def open_encoder(settings: Settings, report: Report) -> tuple[Encoder | None, str | None]:
    """Load the encoder; return it and None, or None and the reason in Chinese."""
    try:
        encoder = load_encoder(
            settings.embedding_model,
            data_dir=settings.data_dir,
            report=report,
            threads=settings.encoder_threads,
        )
    except EncoderUnavailableError as error:
        report(f"语义模型不可用，仅用关键词检索：{error.message}")
        return None, error.message
    return encoder, None


def open_reranker(settings: Settings, report: Report) -> tuple[Reranker | None, str | None]:
    """Load the re-ranker; return it and None, or None and the reason in Chinese."""
    try:
        reranker = load_reranker(
            settings.reranker_model,
            data_dir=settings.data_dir,
            report=report,
            threads=settings.encoder_threads,
        )
    except RerankerUnavailableError as error:
        reason = f"{error.message}，只直接答复与库中问法一字不差的问题"
        report(reason)
        return None, reason
    return reranker, None


def build_services(
    settings: Settings,
    *,
    clock: Clock,
    database: Engine,
    tokenizer: Tokenizer,
    encoder: Encoder | None,
    reranker: Reranker | None = None,
    degraded_reason: str | None = None,
    cipher: FieldCipher | None = None,
) -> Services:
    """Build all services; the caller then opens the index with ``index_sync.open``.

    Without a ``cipher``, it is opened with the keys of the data folder. Raises
    KeysUnusableError when the keys do not open what is encrypted in the database.
    """
    calibration, fallback_reason = calibration_in_use(settings.data_dir)
    engine = RetrievalEngine(tokenizer, encoder, calibration, reranker=reranker)
    recalibration = Recalibration(
        database,
        own=own_calibration_file(settings.data_dir),
        shipped=default_calibration(),
        questions=settings.corpus_dir / JUDGED_QUESTIONS,
        clock=clock,
        load_reranker=lambda: open_reranker(settings, lambda _line: None)[0],
    )
    engine.recalibrate(recalibration.at_hand(engine) or calibration)
    index_sync = IndexSync(database, engine, tokenizer, index_store(settings))
    index_sync.recalibration = recalibration
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        calendar=open_calendar(settings, database),
        index_sync=index_sync,
        searcher=Searcher(
            database,
            index_sync,
            limit=settings.candidate_limit,
            tells_unsigned=settings.tell_unsigned,
        ),
        cipher=cipher or open_cipher(database, settings.data_dir, sealed_samples, now=clock.now()),
        tokenizer=tokenizer,
        ledger_rules=ledger_rules(settings),
        degraded_reason=degraded_reason or fallback_reason,
        kept_searches=KeptSearches(settings.desk_kept_searches),
    )


def open_retrieval(
    settings: Settings,
    tokenizer: Tokenizer,
    encoder: Encoder | None,
    reranker: Reranker | None = None,
) -> RetrievalEngine:
    """Return an engine with the calibration in use and an empty index."""
    calibration, _ = calibration_in_use(settings.data_dir)
    return RetrievalEngine(tokenizer, encoder, calibration, reranker=reranker)


def ledger_rules(settings: Settings) -> LedgerRules:
    """Return the ledger's time limits."""
    return LedgerRules(
        answer_workdays=settings.answer_workdays,
        kind_workdays=settings.entry_kind_workdays,
        return_workdays=settings.return_workdays,
        extension_workdays=settings.extension_workdays,
        repeat_days=settings.repeat_days,
        opinion_workdays=settings.opinion_workdays,
        correction_callback_days=settings.correction_callback_days,
    )


def open_tokenizer(settings: Settings) -> Tokenizer:
    """Return the tokenizer with the dictionary and synonyms of the corpus."""
    return Tokenizer.from_files(
        settings.corpus_dir / "dictionary.txt", settings.corpus_dir / "synonyms.txt"
    )


def tokenizer_in_use(settings: Settings) -> Tokenizer:
    """Return the tokenizer with the activated word list, else with that of the corpus."""
    tokenizer = open_tokenizer(settings)
    if settings.database_url or (settings.data_dir / DATABASE_FILE).exists():
        database = open_database(settings)
        with session_scope(database, read_only=True) as session:
            version = words_in_use(session)
            if version is not None:
                tokenizer.adopt(Tokenizer(word_list(version)))
        database.dispose()
    return tokenizer


def corpus_words(settings: Settings) -> WordList:
    """Return the word list of the corpus, in use until another is activated."""
    return WordList.of_files(
        settings.corpus_dir / "dictionary.txt", settings.corpus_dir / "synonyms.txt"
    )
