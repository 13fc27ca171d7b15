"""Puts what changed in the bank into an index."""

from collections.abc import Callable, Mapping

from sqlmodel import Session

from qa_service.knowledge.indexing.build import indexed_pair, view_any_day
from qa_service.knowledge.pairs.ids import changed_ids
from qa_service.retrieval.backends.contract import Stamp
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.vocabulary import PairStatus

LIVE_BATCH = 25
"""Changed pairs per batch of indexing, during which searches wait."""

Taken = Callable[[Mapping[int, int]], None]
"""Callback that gets the revision of each pair just indexed, by id."""


def unnoted(_revisions: Mapping[int, int]) -> None:
    """Do nothing: the ``taken`` of an index that nobody searches yet."""


def apply_changes(
    session: Session,
    engine: RetrievalEngine,
    *,
    after: Stamp,
    up_to: Stamp,
    taken: Taken = unnoted,
) -> None:
    """Update the index of ``engine`` with the pairs changed ``after`` one stamp ``up_to`` another.

    ``up_to`` is that of the bank ``session`` sees: a pair that is gone is so at its revision.
    """
    changed = changed_ids(session, after_revision=after.revision)
    for start in range(0, len(changed), LIVE_BATCH):
        views = view_any_day(session, changed[start : start + LIVE_BATCH])
        published = [view for view in views if view.status is PairStatus.PUBLISHED]
        gone = {view.pair_id for view in views} - {view.pair_id for view in published}
        engine.remove(gone, revision=up_to.revision)
        engine.upsert([indexed_pair(view) for view in published])
        taken({view.pair_id: view.revision for view in views})
