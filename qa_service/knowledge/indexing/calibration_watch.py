"""Keeps the decision of a running process fit for its models, words and bank."""

from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.indexing.recalibration import FileState
from qa_service.retrieval.backends.contract import Recipe, Stamp


class CalibrationWatch:
    """Looks after the calibration of one process; called by its watcher alone."""

    def __init__(self, index_sync: IndexSync) -> None:
        """Look after the engine of ``index_sync``, from the calibration stored now on."""
        self._sync = index_sync
        self._tried: tuple[Recipe, str] | None = None
        self._checked: Stamp | None = None
        recalibration = index_sync.recalibration
        self._stored: FileState = recalibration.stored if recalibration else None

    def follow(self) -> None:
        """Take what was stored, then check the calibration after another model, word list or bank.

        Questions are asked in the calling thread, which takes a minute or two.
        """
        self.take_stored()
        self.fit()
        self.check_bank()

    def take_stored(self) -> None:
        """Use what was calibrated or tuned on this machine since, by a command or another process.

        A re-ranker that was tuned is loaded; one that cannot be leaves everything as it is.
        """
        recalibration = self._sync.recalibration
        if recalibration is None or recalibration.stored == self._stored:
            return
        self._stored = recalibration.stored
        engine = self._sync.engine
        found = recalibration.tuned(engine)
        if found is not None:
            engine.recalibrate(*found)

    def fit(self) -> None:
        """Find a calibration for the models in use if the present one was fitted with others.

        It is tried once for the same models and words.
        """
        engine, recalibration = self._sync.engine, self._sync.recalibration
        wanted = (self._sync.recipe, engine.reranker.fingerprint if engine.reranker else "")
        if recalibration is None or engine.fits(engine.calibration) or wanted == self._tried:
            return
        if not self._sync.finds:
            return
        self._tried = wanted
        found = recalibration.fitting(engine, meanwhile=self._sync.catch_up)
        if found is not None:
            engine.recalibrate(found)

    def check_bank(self) -> None:
        """Check the calibration again after much of the bank changed, once for the same bank.

        Meanwhile the present one decides: it fits the models, and only its precision is in doubt.
        """
        engine, recalibration = self._sync.engine, self._sync.recalibration
        stamp = engine.index.stamp
        if recalibration is None or stamp == self._checked or not engine.fits(engine.calibration):
            return
        if not self._sync.finds:
            return
        self._checked = stamp
        if recalibration.is_other_bank(stamp):
            found = recalibration.checked(engine, stamp, meanwhile=self._sync.catch_up)
            if found is not None:
                engine.recalibrate(found)
