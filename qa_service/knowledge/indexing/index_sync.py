"""Keeps the search index equal to the published bank, by the index revision.

Changes are committed first, then indexed. Every search first indexes recent changes, so a
change is found by the next search in every process. Only a bulk change, whose texts take
minutes to embed, is left to the ``IndexWatcher``; its pairs are not proposed until they are
indexed. A stored index only saves work: it is checked against the database and rebuilt from
it whenever it does not fit.
"""

import os
from collections.abc import Mapping
from threading import Lock

from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.knowledge.indexing.build import build_index, index_by_words, preview_engine
from qa_service.knowledge.indexing.changes import apply_changes
from qa_service.knowledge.indexing.indexed import (
    NOTHING_INDEXED,
    Indexed,
    bank_state,
    refuse_foreign,
    refuse_other_bank,
)
from qa_service.knowledge.indexing.recalibration import Recalibration
from qa_service.knowledge.indexing.shared import (
    adopt_built,
    load_without,
    note_engine,
    stand_by,
)
from qa_service.knowledge.lexicon.versions import word_list, words_in_use
from qa_service.knowledge.models import WordListVersion
from qa_service.knowledge.pairs.ids import changed_ids
from qa_service.observability.events import SnapshotNotStored, log_event
from qa_service.progress import Progress, no_progress
from qa_service.retrieval.backends.contract import (
    REBUILD_FIRST,
    EngineUnreachableError,
    IndexUnusableError,
    Recipe,
    ScoreCheck,
    SearchBackend,
    SearchEngineError,
    Stamp,
)
from qa_service.retrieval.backends.stores import IndexStore
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer, WordList

AT_ONCE = 20
"""Changed pairs that a search indexes itself, in less than half a second."""

CORES = os.cpu_count() or 1
"""Batches of texts embedded side by side as long as no question needs the encoder."""


class IndexSync:
    """The index of one bank in this process."""

    def __init__(
        self, database: Engine, engine: RetrievalEngine, tokenizer: Tokenizer, store: IndexStore
    ) -> None:
        """Keep the index of ``engine`` in sync; its ``tokenizer`` gets the bank's word list."""
        self._database = database
        self.engine = engine
        self._tokenizer = tokenizer
        self._store = store
        self._words = 0
        self._lock = Lock()
        self._words_lock = Lock()
        self._ahead: Mapping[int, int] = {}
        self._is_busy = False
        self.recalibration: Recalibration | None = None
        """Makes a calibration for another word list before it is used; None: the old one stays."""
        self.building: tuple[int, int] | None = None
        """Pairs done and all, while the vectors are made of what is searched by words alone."""
        self.is_watched = False
        """Whether a watcher calls ``catch_up`` after every change, so that no search needs to."""

    @property
    def _stamp(self) -> Stamp:
        """The stamp of the index in use."""
        return self.engine.index.stamp

    @property
    def revision(self) -> int:
        """The revision the index shows."""
        return self._stamp.revision

    @property
    def problem(self) -> str | None:
        """Why the index is not searched as it should be, in Chinese; None if it is."""
        return self.engine.index.problem

    @property
    def finds(self) -> bool:
        """Whether all can be found now: the engine outside answers, or an index stands by.

        What is concluded from finding nothing must not be stored while it is False.
        """
        return self.engine.index.takes_changes and not self.awaits_vectors

    @property
    def awaits_vectors(self) -> bool:
        """Whether words alone are searched until ``add_vectors`` has built the whole index."""
        return self.engine.encoder is not None and self.engine.degraded

    @property
    def recipe(self) -> Recipe:
        """The recipe of this process's index."""
        return self.engine.recipe()

    @property
    def indexed(self) -> Indexed:
        """The content of the index now."""
        return Indexed(self._stamp.revision, self._ahead)

    def open(self, progress: Progress = no_progress, *, by_words_first: bool = False) -> bool:
        """Load the stored index and catch up, or rebuild it; return whether it was rebuilt.

        With ``by_words_first``, where a watcher follows, words alone are searched after a rebuild.
        An index that other processes share is never rebuilt here: raises SearchEngineError if it
        does not fit, or if its engine cannot be used. One whose engine is gone, which had the
        bank before, is taken in when that is back.
        """
        with session_scope(self._database, read_only=True) as session:
            self._adopt_words(session)
        try:
            index = self._store.load(self.recipe, self.engine.tokenizer)
            with session_scope(self._database, read_only=True) as session:
                refuse_foreign(session, index, shared=not self._store.rebuilds_at_start)
        except EngineUnreachableError as gone:
            index = load_without(self._database, self.engine, self._store, gone)
        except IndexUnusableError as error:
            if not self._store.rebuilds_at_start:
                raise SearchEngineError(f"{error.message}，{REBUILD_FIRST}") from error
            if by_words_first and self.engine.encoder is not None:
                self._index_words(progress)
            else:
                self.rebuild(progress)
            return True
        loaded = index.stamp.revision
        with self._lock:
            self.engine.adopt(index)
            stand_by(self._database, self.engine, self._store, progress)
        if self.catch_up() != loaded and self._store.is_worth_saving(self.engine.index):
            with self._lock:
                self._save(self.engine, self.engine.index)
        return False

    def rebuild(self, progress: Progress = no_progress) -> None:
        """Build the index from the database and store it.

        Texts that were embedded before keep their vectors. Raises EncoderFailedError.
        """
        with self._lock:
            fresh = self.engine.emptied()
            # Nobody can search before it is done, so every core may work for it.
            self._build(fresh, progress, at_once=CORES)
            self.engine.adopt(fresh.index)

    def add_vectors(self, progress: Progress = no_progress) -> None:
        """Build the whole index if words alone are searched, and search in it from then on.

        Searches go on meanwhile, and so do changes: ``catch_up`` is called after each batch. As
        long as words alone are searched no question is encoded, so every core may work for it.
        Raises EncoderFailedError.
        """
        if not self.awaits_vectors:
            return

        def advance(done: int, total: int) -> None:
            """Note how many pairs are done."""
            self.building = done, total
            self.catch_up()
            progress(done, total)

        engine = self.engine.emptied()
        try:
            self._build(engine, advance, at_once=CORES)
        finally:
            self.building = None
        engine.warm_up()
        with self._lock, session_scope(self._database, read_only=True) as session:
            if self._is_brought_up(session, engine):
                self.engine.adopt(engine.index)
                self._ahead = {}

    def build_first(self, progress: Progress = no_progress) -> None:
        """Build the index without opening the present one, which may be unusable.

        Raises EncoderFailedError, and SearchEngineError if an engine cannot be used.
        """
        with session_scope(self._database, read_only=True) as session:
            self._adopt_words(session)
        self.rebuild(progress)

    def take_words(self) -> None:
        """Rebuild the index with the word list in use, if it changed.

        The present index answers with the former words until the new one is built and judged
        questions were asked with it, so no search waits, however large the bank.
        """
        with self._words_lock:
            number, words = self._new_words()
            if words is None:
                return
            tokenizer = Tokenizer(words)
            engine = self.engine.with_tokenizer(tokenizer)
            if adopt_built(engine, self._store):
                stand_by(self._database, engine, self._store)
            else:
                self._build(engine)
            if self.recalibration is not None:
                found = self.recalibration.fitting(engine, meanwhile=self.catch_up)
                engine.recalibrate(found or engine.calibration)
            with self._lock, session_scope(self._database, read_only=True) as session:
                if not self._is_brought_up(session, engine):
                    return
                self._tokenizer.adopt(tokenizer)
                self.engine.recalibrate(engine.calibration)
                self.engine.adopt(engine.index)
                self._words = number

    def follow(self) -> Indexed:
        """Index the latest changes if they are few, and return what the index contains.

        More than a few are left to the watcher, if there is one.
        """
        with session_scope(self._database, read_only=True) as session:
            newest, _ = bank_state(session)
            if newest == self._stamp:
                return self.indexed
            # The ids of another bank denote other pairs, so nothing of this index may be shown.
            is_same_bank = newest.bank_id == self._stamp.bank_id
            if not is_same_bank and not self._store.rebuilds_at_start:
                return NOTHING_INDEXED
            if self.is_watched and is_same_bank and (self._is_busy or self._is_much(session)):
                return self.indexed
        self.catch_up()
        return self.indexed

    def catch_up(self) -> int:
        """Index every committed change and return the revision the index then shows.

        What another process indexed already is not done again. An index that cannot be changed
        now is left behind.
        """
        with session_scope(self._database, read_only=True) as session:
            newest, _ = bank_state(session)
            if newest == self._stamp or not self.engine.index.takes_changes:
                return self._stamp.revision
            with self._lock:
                found = self.engine.index.refresh()
                if newest.bank_id == found.bank_id and newest.revision > found.revision:
                    self._index_changes(session, newest)
        if newest.bank_id != self._stamp.bank_id and self._store.rebuilds_at_start:
            self.rebuild()
        return self._stamp.revision

    def look_again(self) -> None:
        """Try whether an engine outside that failed is back, so that no search waits for it."""
        if self.problem is not None:
            with self._lock:
                self.engine.index.refresh()

    def note_engine(self) -> None:
        """Remember that the bank lies in the engine outside, if there is one that answers."""
        if self.problem is None:
            note_engine(self._database, self._store)

    def verify(self) -> Stamp:
        """Check the stored index and return its stamp; raises IndexUnusableError."""
        with session_scope(self._database, read_only=True) as session:
            self._adopt_words(session)
        stamp = self._store.verify(self.recipe)
        with session_scope(self._database, read_only=True) as session:
            newest, _ = bank_state(session)
        refuse_other_bank(newest, stamp)
        return stamp

    def check_scores(self) -> ScoreCheck | None:
        """Compare lexical scores of the stored index with a reference library on a sample.

        Raises IndexUnusableError and ScoresDifferError; None if there is no reference.
        """
        return self._store.load(self.recipe, self.engine.tokenizer).check_scores()

    def build_preview_engine(self, tokenizer: Tokenizer) -> RetrievalEngine:
        """Return an engine with another word list over the pairs that can be found now.

        It reuses the vectors, so nothing is embedded; the index in use is left alone.
        """
        with session_scope(self._database, read_only=True) as session:
            return preview_engine(session, self.engine, tokenizer)

    def _new_words(self) -> tuple[int, WordList | None]:
        """Return the number of the word list in use, and the list unless it is adopted."""
        with session_scope(self._database, read_only=True) as session:
            _, number = bank_state(session)
            if number == self._words:
                return number, None
            return number, word_list(session.get_one(WordListVersion, number))

    def _adopt_words(self, session: Session) -> None:
        """Tokenise by the word list in use, without rebuilding the index."""
        version = words_in_use(session)
        if version is not None and version.id != self._words:
            self._tokenizer.adopt(Tokenizer(word_list(version)))
            self._words = version.id or 0

    def _index_changes(self, session: Session, newest: Stamp) -> None:
        """Index the changes since the index's revision, up to ``newest``."""
        self._is_busy = self._is_much(session)
        try:
            apply_changes(
                session, self.engine, after=self._stamp, up_to=newest, taken=self._note_taken
            )
            self.engine.index.stamp = newest
            self._ahead = {}
        finally:
            self._is_busy = False

    def _note_taken(self, revisions: Mapping[int, int]) -> None:
        """Note the pairs, by id with their revision, that the index holds ahead of its stamp."""
        self._ahead = {**self._ahead, **revisions}

    def _is_brought_up(self, session: Session, engine: RetrievalEngine) -> bool:
        """Bring the index built for ``engine`` up to the bank; return whether it is of this one."""
        built = engine.index.stamp
        newest, _ = bank_state(session)
        if newest.bank_id != built.bank_id:
            return False
        apply_changes(session, engine, after=built, up_to=newest)
        engine.index.stamp = newest
        return True

    def _is_much(self, session: Session) -> bool:
        """Return whether more pairs changed than a search may wait for."""
        return len(changed_ids(session, after_revision=self._stamp.revision)) > AT_ONCE

    def _index_words(self, progress: Progress) -> None:
        """Search by words alone until ``add_vectors`` is done."""
        with self._lock, session_scope(self._database, read_only=True) as session:
            stamp, _ = bank_state(session)
            self.engine.adopt(index_by_words(session, self.engine, progress, stamp=stamp))

    def _build(
        self, engine: RetrievalEngine, progress: Progress = no_progress, *, at_once: int = 1
    ) -> None:
        """Index every published pair for ``engine``, store the index and search in it.

        ``at_once`` batches of texts are embedded side by side.
        """
        with session_scope(self._database, read_only=True) as session:
            stamp, _ = bank_state(session)
            index, cache = build_index(
                session, engine, self._store, progress, stamp=stamp, at_once=at_once
            )
        self._save(engine, index)
        note_engine(self._database, self._store)
        cache.clear()
        stand_by(self._database, engine, self._store, progress)

    def _save(self, engine: RetrievalEngine, index: SearchBackend) -> None:
        """Store ``index`` and let ``engine`` search in the stored one, mapped and shared.

        A full or read-only disk only makes the next start rebuild: the index is used unstored.
        """
        try:
            engine.adopt(self._store.save(index, engine.recipe(), engine.tokenizer))
        except (OSError, IndexUnusableError) as error:
            log_event(SnapshotNotStored(type(error).__qualname__))
            engine.adopt(index)
