"""Duty: replay the last month's questions at night, in short pieces (夜间重放)."""

import time
from collections.abc import Callable
from datetime import date

from qa_service.clock import BEIJING, beijing_day
from qa_service.consultation.search.searcher import Searcher
from qa_service.consultation.watch.models import ReplayChange, ReplayRun
from qa_service.consultation.watch.nightly_replay import (
    Asked,
    ask_again,
    begin_run,
    fingerprint_of,
    last_run,
    next_questions,
    store_batch,
)
from qa_service.errors import InvalidInputError
from qa_service.jobs.duty import Duty, JobContext
from qa_service.knowledge.coverage.topics import TopicNotFoundError
from qa_service.storage.engine import session_scope

FIRST_HOUR, LAST_HOUR = 1, 7
"""Hours of Beijing in which questions are replayed, the last one excluded."""

SECONDS = 8.0
"""Time one round may take; the next round goes on."""

BATCH = 20


def replay_questions(context: JobContext, seconds: Callable[[], float] = time.monotonic) -> int:
    """Replay questions for some seconds at night; return how many verdicts changed.

    Does nothing without an index, that is in a round run by cron, while nothing can be found, and
    where nothing that decides verdicts has changed since the last run that was finished.
    """
    hour = context.clock.now().astimezone(BEIJING).hour
    searcher = context.searcher
    if searcher is None or not FIRST_HOUR <= hour < LAST_HOUR:
        return 0
    run = _run(context)
    changed, ends = 0, seconds() + SECONDS
    while run is not None and run.finished_at is None and seconds() < ends and _finds(context):
        run, more = _batch(context, searcher, run)
        changed += more
    return changed


def _finds(context: JobContext) -> bool:
    """Return whether anything can be found: else every question would seem to have changed."""
    return context.index_sync is not None and context.index_sync.finds


def _run(context: JobContext) -> ReplayRun | None:
    """Return the run to go on with, a new one if something has changed, else None."""
    if context.index_sync is None or not _finds(context):
        return None
    with session_scope(context.database, read_only=True) as session:
        last = last_run(session)
    context.index_sync.follow()
    now_in_use = fingerprint_of(context.index_sync)
    if last is not None and last.fingerprint == now_in_use:
        return None if last.finished_at else last
    with session_scope(context.database) as session:
        return begin_run(session, now_in_use, now=context.clock.now())


def _batch(context: JobContext, searcher: Searcher, run: ReplayRun) -> tuple[ReplayRun, int]:
    with session_scope(context.database, read_only=True) as session:
        questions = next_questions(session, run, limit=BATCH)
    day, run_id = beijing_day(context.clock.now()), run.id or 0
    compared = (_compare(searcher, run_id, asked, day) for asked in questions)
    changes = [one for one in compared if one is not None]
    if not _finds(context):
        return run, 0
    with session_scope(context.database) as session:
        store_batch(session, run_id, len(questions), changes, now=context.clock.now())
        return session.get_one(ReplayRun, run_id), len(changes)


def _compare(searcher: Searcher, run_id: int, asked: Asked, day: date) -> ReplayChange | None:
    try:
        verdict, pair_id = ask_again(searcher, asked, day=day)
    except (InvalidInputError, TopicNotFoundError):
        # The area or matter it was asked in is no longer in use; nobody can ask it so today.
        return None
    if (verdict, pair_id) == (asked.verdict, asked.pair_id):
        return None
    return ReplayChange(
        run_id=run_id,
        consultation_id=asked.consultation_id,
        before_verdict=asked.verdict,
        before_pair_id=asked.pair_id,
        after_verdict=verdict,
        after_pair_id=pair_id,
    )


DUTY = Duty("replay", replay_questions)
