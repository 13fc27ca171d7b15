"""Duty: build the fallback pack (应急包) each night and after changes, for desks offline."""

from datetime import datetime
from pathlib import Path

from qa_service.clock import BEIJING
from qa_service.jobs.duty import Duty, JobContext
from qa_service.storage.engine import session_scope
from qa_service.web.publishing.pack import Pack, build_pack, is_outdated, newest_pack

NIGHT_HOUR = 1
"""The hour in Beijing from which the pack of the day is built, when hardly anybody calls."""


def build_nightly(context: JobContext) -> int:
    """Build the pack of the day unless it is there; return how many files were written.

    It is built at once where there is none, or where answers were published or withdrawn since.
    Does nothing without ``QA_PACK_DIR``.
    """
    settings = context.settings
    if not settings.pack_dir:
        return 0
    folder = Path(settings.pack_dir)
    now = context.clock.now()
    there = newest_pack(folder)
    if there is not None and not _is_due(there, now) and not _is_outdated(context, there):
        return 0
    return len(build_pack(context.database, folder, now=now, days=settings.pack_days))


def _is_due(there: Pack, now: datetime) -> bool:
    """Return whether the night's pack has yet to be built, or the one there has ended."""
    local = now.astimezone(BEIJING)
    is_night = there.day < local.date() and local.hour >= NIGHT_HOUR
    return is_night or there.valid_until < local.date()


def _is_outdated(context: JobContext, there: Pack) -> bool:
    with session_scope(context.database, read_only=True) as session:
        return is_outdated(session, there)


DUTY = Duty("pack", build_nightly)
