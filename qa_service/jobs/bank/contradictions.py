"""Duty: compare changed pairs with the others (口径冲突); what contradicts is not told outright."""

from qa_service.jobs.duty import Duty, JobContext
from qa_service.knowledge.pairs.overlap.contradiction_scan import (
    compare_pairs,
    fill_wording_keys,
    next_to_compare,
    store_compared,
)
from qa_service.storage.engine import session_scope

AT_ONCE = 25
"""Pairs compared in one round, in about two seconds; the next round goes on."""


def find_contradictions(context: JobContext) -> int:
    """Compare pairs that changed since they were compared; return the changes to the work list.

    Does nothing without an index, that is in a round run by cron, or while nothing can be found.
    """
    while True:
        with session_scope(context.database) as session:
            if not fill_wording_keys(session):
                break
    if context.index_sync is None or not context.index_sync.finds:
        return 0
    indexed = context.index_sync.follow()
    with session_scope(context.database, read_only=True) as session:
        due = next_to_compare(session, up_to=indexed.revision, limit=AT_ONCE)
        engine, ids = context.index_sync.engine, [pair_id for _, pair_id in due]
        found = compare_pairs(session, engine, ids, now=context.clock.now())
    if not due or not context.index_sync.finds:
        return 0
    with session_scope(context.database) as session:
        return store_compared(session, due, found, now=context.clock.now())


DUTY = Duty("contradictions", find_contradictions)
