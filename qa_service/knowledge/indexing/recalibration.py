"""Finds a calibration that fits the engine, after another word list, model or bank.

The calibrations at hand come first: this machine's own, then the shipped one. If none fits, the
judged questions are asked of the engine in the background and the result is stored as this
machine's own, so that other processes and later starts find it.
"""

import fcntl
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from qa_service.clock import Clock, beijing_day
from qa_service.errors import ConfigurationError
from qa_service.knowledge.indexing.checked_bank import (
    CheckedBank,
    read_checked_bank,
    write_checked_bank,
)
from qa_service.knowledge.indexing.judged_bank import judged_queries
from qa_service.knowledge.pairs.ids import changed_ids, count_published
from qa_service.observability.events import Recalibrated, RecalibrationImpossible, log_event
from qa_service.progress import Progress
from qa_service.retrieval.backends.contract import Stamp
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.ranking.calibration import (
    Calibration,
    load_calibration,
    save_calibration,
)
from qa_service.retrieval.reranking.reranker import Reranker
from qa_service.storage.engine import session_scope

MOST_QUESTIONS = 800
FEWEST_QUESTIONS = 200
"""Questions that are asked; fewer prove too little, and the bank is another than theirs."""

CHANGED_SHARE = 0.1
"""Share of the published pairs that changed, from which the bank is another one."""
FEWEST_CHANGED = 20

CHECKED_BANK = "calibration-bank.json"
"""Name, beside the own calibration, of the file that says by which bank it was checked last."""

FileState = tuple[int, int] | None
"""Time of the last change and size of a file; None where there is none."""


def no_reranker() -> Reranker | None:
    """Return None: the process has loaded its re-ranker for good."""
    return None


class Recalibration:
    """Calibrations of one machine; ``progress`` is (questions asked, all) while one is made."""

    def __init__(
        self,
        database: Engine,
        *,
        own: Path,
        shipped: Path,
        questions: Path,
        clock: Clock,
        fewest: int = FEWEST_QUESTIONS,
        load_reranker: Callable[[], Reranker | None] = no_reranker,
    ) -> None:
        """Read ``own`` and ``shipped``, write ``own``, ask at least ``fewest`` ``questions``.

        ``load_reranker`` loads the re-ranker that this machine has now.
        """
        self._database = database
        self._load_reranker = load_reranker
        self._bank_file = own.with_name(CHECKED_BANK)
        self._own, self._shipped, self._questions = own, shipped, questions
        self._clock, self._fewest = clock, fewest
        self.progress: tuple[int, int] | None = None

    def at_hand(self, engine: RetrievalEngine) -> Calibration | None:
        """Return the stored calibration that fits ``engine``, this machine's own first."""
        for path in (self._own, self._shipped):
            try:
                found = load_calibration(path)
            except ConfigurationError:
                continue
            if engine.fits(found):
                return found
        return None

    @property
    def stored(self) -> FileState:
        """State of the file of this machine's own calibration."""
        try:
            found = self._own.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def tuned(self, engine: RetrievalEngine) -> tuple[Calibration, Reranker | None] | None:
        """Return this machine's own calibration if it fits ``engine``, or else its re-ranker too.

        None where it was made with other words, another model, or a re-ranker that is not there.
        """
        try:
            found = load_calibration(self._own)
        except ConfigurationError:
            return None
        if engine.fits(found):
            return found, None
        if engine.reranker is None or not found.holds_for(engine.recipe()):
            return None
        reranker = self._load_reranker()
        is_its_own = reranker is not None and found.judges_scores_of(reranker.fingerprint)
        return (found, reranker) if is_its_own else None

    def is_other_bank(self, stamp: Stamp) -> bool:
        """Return whether a tenth of the published pairs or more changed since the last check.

        A bank that is seen first, or that was empty, is the one that the calibration is for.
        """
        last = read_checked_bank(self._bank_file)
        with session_scope(self._database, read_only=True) as session:
            pairs = count_published(session)
            if last is None or not last.pairs:
                self._note_bank(stamp, pairs)
                return False
            if last.bank_id != stamp.bank_id:
                return True
            changed = len(changed_ids(session, after_revision=last.revision))
        return changed >= max(FEWEST_CHANGED, CHANGED_SHARE * pairs)

    def checked(
        self,
        engine: RetrievalEngine,
        stamp: Stamp,
        *,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Calibration | None:
        """Ask the judged questions of the bank at ``stamp``; return the calibration to be used.

        None where they cannot tell; the bank counts as checked all the same. Processes of one
        machine wait for the one that does it; see ``fitting``.
        """
        self._own.parent.mkdir(parents=True, exist_ok=True)
        with self._own.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.is_other_bank(stamp):
                return self.at_hand(engine)
            with session_scope(self._database, read_only=True) as session:
                pairs = count_published(session)
            found = self._made(engine, meanwhile)
            self._note_bank(stamp, pairs)
            return found

    def _note_bank(self, stamp: Stamp, pairs: int) -> None:
        """Write down that the calibration is for this bank."""
        self._bank_file.parent.mkdir(parents=True, exist_ok=True)
        write_checked_bank(CheckedBank(stamp.bank_id, stamp.revision, pairs), self._bank_file)

    def fitting(
        self, engine: RetrievalEngine, *, meanwhile: Callable[[], object] = lambda: None
    ) -> Calibration | None:
        """Return a calibration that fits ``engine``, made if none is at hand; else None.

        It takes a minute or two; ``meanwhile`` is called between questions. Processes of one
        machine wait for the one that makes it.
        """
        found = self.at_hand(engine)
        if found is not None or engine.encoder is None:
            return found
        self._own.parent.mkdir(parents=True, exist_ok=True)
        with self._own.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self.at_hand(engine) or self._made(engine, meanwhile)

    def _made(self, engine: RetrievalEngine, meanwhile: Callable[[], object]) -> Calibration | None:
        """Return the calibration made with the judged questions, and store it; None if it fails."""
        # Imported only where it is fitted, because importing scikit-learn takes a second.
        from qa_service.retrieval.evaluation.fitting import TooLittleToFitError

        with session_scope(self._database, read_only=True) as session:
            queries = judged_queries(session, self._questions, most=MOST_QUESTIONS)
        if len(queries) < self._fewest:
            log_event(RecalibrationImpossible(len(queries)))
            return None

        def advance(asked: int, total: int) -> None:
            """Note how many questions were asked."""
            self.progress = asked, total
            meanwhile()

        try:
            return self._revalidated(engine, queries, advance)
        except TooLittleToFitError:
            log_event(RecalibrationImpossible(len(queries)))
            return None
        finally:
            self.progress = None

    def _revalidated(
        self, engine: RetrievalEngine, queries: list[JudgedQuery], advance: Progress
    ) -> Calibration:
        from qa_service.retrieval.evaluation.revalidation import revalidate

        day = beijing_day(self._clock.now())
        found = revalidate(engine, queries, day=day, progress=advance)
        draft = self._own.with_suffix(".tmp")
        save_calibration(found.calibration, draft)
        draft.replace(self._own)
        log_event(Recalibrated(len(queries), found.answered, found.right, int(found.is_refitted)))
        return found.calibration
