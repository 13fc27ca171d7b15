"""Keeps a search index equal to the published bank, by the index revision.

Commit first, then the index follows: every search catches up before it looks, so
a change is found at once in the process that made it and by the next search in
every other. Only a bulk change, whose texts take minutes to embed, is left to the
watch of the bank; what it changed is not proposed until it is indexed. A snapshot
only saves work: it is checked against the database and rebuilt from it whenever it
does not fit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.knowledge.lexicon.versions import word_list, words_in_use
from qa_service.knowledge.models import WordListVersion
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.ids import changed_ids, published_ids
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.revision import bank_stamp
from qa_service.observability.events import SnapshotNotStored, log_event
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.embedded.embedding_cache import VectorLog
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.embedded.recipe import Recipe
from qa_service.retrieval.backends.embedded.snapshot import (
    SnapshotUnusableError,
    Stamp,
    load_snapshot,
    load_vectors,
    save_snapshot,
    verify_snapshot,
)
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer, WordList
from qa_service.vocabulary import PairStatus

BATCH = 200
"""Pairs read, embedded and indexed in one go."""

LIVE_BATCH = 25
"""The same in an index that answers meanwhile: searches wait while these are put in."""

AT_ONCE = 20
"""Changed pairs that a search takes in itself; it waits for them less than half a second."""

Progress = Callable[[int, int], None]
"""Told how many pairs are done, and of how many."""

_ANY_DAY = date(2000, 1, 1)


def _no_progress(_done: int, _total: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Indexed:
    """What an index shows: all changes up to ``revision``, and of later ones those ``ahead``.

    ``ahead`` holds the revision of each pair that was taken in before the rest of its bulk.
    """

    revision: int
    ahead: Mapping[int, int]

    def holds(self, pair_id: int, revision: int) -> bool:
        """Whether the pair, last changed at ``revision``, is indexed as it is now."""
        return revision <= self.revision or self.ahead.get(pair_id) == revision


class IndexSync:
    """One bank's index in this process."""

    def __init__(
        self, database: Engine, engine: RetrievalEngine, tokenizer: Tokenizer, root: Path
    ) -> None:
        """``tokenizer`` cuts for ``engine`` and is given the words of the bank."""
        self._database = database
        self.engine = engine
        self._tokeniser = tokenizer
        self._root = root
        self._stamp = Stamp("", 0)
        self._words = 0
        self._turn = Lock()
        self._words_turn = Lock()
        self._ahead: Mapping[int, int] = {}
        self._is_busy = False
        self.is_watched = False
        """Whether somebody calls ``catch_up`` after every change, so that no search needs to."""

    @property
    def revision(self) -> int:
        """The revision the index shows."""
        return self._stamp.revision

    @property
    def recipe(self) -> Recipe:
        """What makes this process's index."""
        return self.engine.recipe()

    def open(self, progress: Progress = _no_progress) -> bool:
        """Load the snapshot and catch up, or rebuild; True when it was rebuilt."""
        with session_scope(self._database, read_only=True) as session:
            self._adopt_words(session)
        try:
            arrays, stamp = load_snapshot(self._root, self.recipe)
            index = self.engine.index_of(arrays)
            with session_scope(self._database, read_only=True) as session:
                self._refuse_foreign(session, stamp, index)
        except SnapshotUnusableError:
            self.rebuild(progress)
            return True
        with self._turn:
            self.engine.adopt(index)
            self._stamp = stamp
        if self.catch_up() != stamp.revision and self.engine.index.is_worth_folding:
            with self._turn:
                self._save(self.engine, self.engine.index, self._stamp)
        return False

    def rebuild(self, progress: Progress = _no_progress) -> None:
        """Build the index from the database and store it.

        Texts that were embedded before, be it for a build that was killed, keep their vectors.
        """
        with self._turn:
            self._stamp = self._build(self.engine, progress)

    def take_words(self) -> None:
        """Cut by the word list in use.

        The index for it is built beside the one that answers meanwhile, still by the words
        before: no search waits, however large the bank.
        """
        with self._words_turn:
            number, words = self._new_words()
            if words is None:
                return
            tokenizer = Tokenizer(words)
            engine = RetrievalEngine(tokenizer, self.engine.encoder, self.engine.calibration)
            built = self._build(engine)
            with self._turn, session_scope(self._database, read_only=True) as session:
                newest, _ = _stamp(session)
                if newest.bank_id != built.bank_id:
                    return
                self._apply_changes(session, engine, after=built)
                self._tokeniser.adopt(tokenizer)
                self.engine.adopt(engine.index)
                self._stamp, self._words = newest, number

    @property
    def indexed(self) -> Indexed:
        """What the index shows now."""
        return Indexed(self._stamp.revision, self._ahead)

    def follow(self) -> Indexed:
        """What the index shows after taking in what can be taken in at once.

        More than that is left to the watch, if there is one.
        """
        with session_scope(self._database, read_only=True) as session:
            newest, _ = _stamp(session)
            if newest == self._stamp:
                return self.indexed
            # The ids of another bank mean other pairs: then there is nothing to go on with.
            is_same_bank = newest.bank_id == self._stamp.bank_id
            if self.is_watched and is_same_bank and (self._is_busy or self._is_much(session)):
                return self.indexed
        self.catch_up()
        return self.indexed

    def catch_up(self) -> int:
        """The revision the index shows after taking every committed change in."""
        with session_scope(self._database, read_only=True) as session:
            newest, _ = _stamp(session)
            if newest == self._stamp:
                return newest.revision
            with self._turn:
                if newest.bank_id == self._stamp.bank_id and newest.revision > self._stamp.revision:
                    self._take_in(session, newest)
        if newest.bank_id != self._stamp.bank_id:
            self.rebuild()
        return self._stamp.revision

    def verify(self) -> Stamp:
        """What the stored snapshot shows; raises SnapshotUnusableError if it must not be used."""
        with session_scope(self._database, read_only=True) as session:
            self._adopt_words(session)
        stamp = verify_snapshot(self._root, self.recipe)
        with session_scope(self._database, read_only=True) as session:
            newest, _ = _stamp(session)
        if newest.bank_id != stamp.bank_id:
            raise SnapshotUnusableError("索引快照属于另一个问答库")
        if newest.revision < stamp.revision:
            raise SnapshotUnusableError("索引快照比数据库新，数据库可能是从备份恢复的")
        return stamp

    def _refuse_foreign(self, session: Session, stamp: Stamp, index: SearchIndex) -> None:
        newest, _ = _stamp(session)
        if newest.bank_id != stamp.bank_id or newest.revision < stamp.revision:
            raise SnapshotUnusableError("索引快照与数据库不符")
        if newest == stamp and index.pair_ids() != frozenset(published_ids(session)):
            raise SnapshotUnusableError("索引快照与数据库内容不一致")

    def rehearse(self, tokenizer: Tokenizer) -> RetrievalEngine:
        """An engine with other words over the pairs that can be found now.

        It shares the vectors, so nothing is embedded again; the index in use is left alone.
        """
        engine = RetrievalEngine(tokenizer, self.engine.encoder, self.engine.calibration)
        known = self.engine.vectors_by_text()
        with session_scope(self._database, read_only=True) as session:
            ids = sorted(self.engine.index.pair_ids())
            pairs = [_indexed(view) for view in queries.view_pairs(session, ids, day=_ANY_DAY)]
        # A pair that changed in this very moment has texts that are not known yet.
        kept = [pair for pair in pairs if all(text in known for _, text in pair.texts())]
        engine.adopt(engine.build(kept if known else pairs, known))
        return engine

    def _new_words(self) -> tuple[int, WordList | None]:
        """The number of the word list in use, and the list unless this process has it."""
        with session_scope(self._database, read_only=True) as session:
            _, number = _stamp(session)
            if number == self._words:
                return number, None
            return number, word_list(session.get_one(WordListVersion, number))

    def _adopt_words(self, session: Session) -> None:
        version = words_in_use(session)
        if version is not None and version.id != self._words:
            self._tokeniser.adopt(Tokenizer(word_list(version)))
            self._words = version.id or 0

    def _take_in(self, session: Session, newest: Stamp) -> None:
        self._is_busy = self._is_much(session)
        try:
            self._apply_changes(session, self.engine, after=self._stamp)
            self._stamp = newest
            self._ahead = {}
        finally:
            self._is_busy = False

    def _apply_changes(self, session: Session, engine: RetrievalEngine, *, after: Stamp) -> None:
        changed = changed_ids(session, after_revision=after.revision)
        for start in range(0, len(changed), LIVE_BATCH):
            views = queries.view_pairs(session, changed[start : start + LIVE_BATCH], day=_ANY_DAY)
            published = [view for view in views if view.status is PairStatus.PUBLISHED]
            gone = {view.pair_id for view in views} - {view.pair_id for view in published}
            engine.remove(gone)
            engine.replace([_indexed(view) for view in published])
            if engine is self.engine:
                taken = {view.pair_id: view.revision for view in views}
                self._ahead = {**self._ahead, **taken}

    def _is_much(self, session: Session) -> bool:
        return len(changed_ids(session, after_revision=self._stamp.revision)) > AT_ONCE

    def _build(self, engine: RetrievalEngine, progress: Progress = _no_progress) -> Stamp:
        """Index every published pair for ``engine`` and store that; what the index shows."""
        recipe = engine.recipe()
        known = load_vectors(self._root, recipe)
        log = VectorLog(self._root, recipe.encoder, recipe.dimension)
        index = engine.empty_index()
        with session_scope(self._database, read_only=True) as session:
            stamp, _ = _stamp(session)
            ids = published_ids(session)
            for start in range(0, len(ids), BATCH):
                views = queries.view_pairs(session, ids[start : start + BATCH], day=_ANY_DAY)
                self._put(index, [_indexed(view) for view in views], known, log)
                progress(min(start + BATCH, len(ids)), len(ids))
        self._save(engine, index, stamp)
        log.clear()
        return stamp

    def _put(
        self,
        index: SearchIndex,
        pairs: Sequence[IndexedPair],
        known: Mapping[str, Vectors],
        log: VectorLog,
    ) -> None:
        texts = dict.fromkeys(text for pair in pairs for _, text in pair.texts())
        found = {text: known.get(text, log.get(text)) for text in texts}
        fresh = [text for text, vector in found.items() if vector is None]
        made = self.engine.embed(fresh)
        if made is not None:
            log.append(fresh, made)
            found.update(zip(fresh, made, strict=True))
        for pair in pairs:
            rows = [found[text] for _, text in pair.texts()] if made is not None else None
            index.replace(pair, np.array(rows, np.float32) if rows is not None else None)

    def _save(self, engine: RetrievalEngine, index: SearchIndex, stamp: Stamp) -> None:
        """Store ``index`` and let ``engine`` search in what was stored, mapped and shared.

        A full or read-only disk costs the next start its snapshot, and nobody an answer.
        """
        try:
            save_snapshot(index.compacted(), self._root, engine.recipe(), stamp)
            arrays, _ = load_snapshot(self._root, engine.recipe())
            engine.adopt(engine.index_of(arrays))
        except (OSError, SnapshotUnusableError) as error:
            log_event(SnapshotNotStored(type(error).__qualname__))
            engine.adopt(index)


def _stamp(session: Session) -> tuple[Stamp, int]:
    bank_id, revision, words = bank_stamp(session)
    return Stamp(bank_id, revision), words


def _indexed(view: PairView) -> IndexedPair:
    return IndexedPair(
        view.pair_id,
        view.content.question,
        view.content.variants,
        view.content.answer,
        view.content.area,
    )
