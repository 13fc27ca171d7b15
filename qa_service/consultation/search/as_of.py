"""Search by the rules in force on a past day (按某日有效的规定检索).

What is found so is marked wherever it is shown, and never stands for today's rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.indexing.build import indexed_pair
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.indexing.indexed import Indexed
from qa_service.knowledge.pairs.in_force import (
    first_day_known,
    formerly_in_force,
    views_in_force,
)
from qa_service.knowledge.pairs.queries import PairView
from qa_service.retrieval.backends.contract import Recipe, Stamp
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.storage.engine import session_scope
from qa_service.text.guards.periods import periods_of
from qa_service.text.normalise import normalise

AS_OF = "按 {day} 有效的规定"
"""The mark of everything found by the rules of a past day."""


class UnusableDayError(InvalidInputError):
    """The day asked for lies ahead, or before everything the bank holds."""

    code = "unusable_day"
    title = "不能按这一天检索"


@dataclass(frozen=True, slots=True)
class PastBank:
    """The bank as it was in force on a past day.

    ``engine`` finds it: all that was ``indexed``, and in place of the versions published now
    those ``apart``, version numbers by pair id.
    """

    engine: RetrievalEngine
    indexed: Indexed
    apart: Mapping[int, int]

    def views(self, session: Session, pair_ids: Sequence[int], *, day: date) -> list[PairView]:
        """Return those of the pairs that were in force on ``day``, as they were."""
        return views_in_force(session, pair_ids, day=day)

    def holds(self, view: PairView, indexed: Indexed) -> bool:
        """Return whether the engine finds the pair by the words of ``view``."""
        if view.pair_id in self.apart:
            return self.apart[view.pair_id] == view.version
        return self.indexed.holds(view.pair_id, view.revision)


@dataclass(frozen=True, slots=True)
class _Made:
    """The bank that was made last, and what it was made of."""

    stamp: Stamp
    recipe: Recipe
    bank: PastBank


class PastBanks:
    """Makes the bank of a past day, for any thread; keeps the last engine made.

    An engine is used again only for the same versions: two days with the same answers share
    it, and what may be shown on the day asked is looked up each time.
    """

    def __init__(self, database: Engine, index_sync: IndexSync) -> None:
        self._database = database
        self._index_sync = index_sync
        self._lock = Lock()
        self._made: _Made | None = None

    def on(self, day: date) -> PastBank:
        """Return the bank of ``day``; raises EncoderFailedError.

        The engine in use serves for a day on which nothing but the present versions held.
        """
        indexed = self._index_sync.follow()
        with session_scope(self._database, read_only=True) as session:
            views = formerly_in_force(session, day=day)
        if not views:
            return PastBank(self._index_sync.engine, indexed, {})
        with self._lock:
            return self._made_of(views)

    def _made_of(self, views: Sequence[PairView]) -> PastBank:
        """Return a bank with ``views`` in place of the versions published now."""
        present, indexed = self._index_sync.engine, self._index_sync.indexed
        apart = {view.pair_id: view.version for view in views}
        stamp, recipe = present.index.stamp, present.recipe()
        made = self._made
        if made is None or (made.stamp, made.recipe, made.bank.apart) != (stamp, recipe, apart):
            engine = present.copied()
            engine.upsert([indexed_pair(view) for view in views])
            made = self._made = _Made(stamp, recipe, PastBank(engine, indexed, apart))
        # Another calibration may have been fitted since, without any change of the index.
        made.bank.engine.recalibrate(present.calibration)
        return made.bank


def check_day(session: Session, day: date, *, today: date) -> None:
    """Raise UnusableDayError for a day ahead of ``today``, or before the first answer."""
    if day > today:
        raise _unusable(f"{day.isoformat()} 还没有到，只能按今天（{today.isoformat()}）及以前检索")
    first = first_day_known(session)
    if first is None:
        raise _unusable("问答库中还没有发布过答复，不能按以前的日期检索")
    if day < first:
        raise _unusable(
            f"问答库中最早的答复自 {first.isoformat()} 起生效，没有 {day.isoformat()} 的规定；"
            "请改选日期，或登记交承办单位答复"
        )


def mark(day: date) -> str:
    """Return the words that mark an answer of a past day."""
    return AS_OF.format(day=day.isoformat())


def day_to_offer(question: str, *, today: date) -> date | None:
    """Return the last day of the past year that a question names, None if it names none.

    The rule of today does not answer such a question; that of the day may.
    """
    for period in periods_of(normalise(question), this_year=today.year):
        if period.low is not None and period.low == period.high and period.low < today.year:
            return date(int(period.low), 12, 31)
    return None


def _unusable(message: str) -> UnusableDayError:
    return UnusableDayError(message, problems=(FieldProblem("as_of", message),))
