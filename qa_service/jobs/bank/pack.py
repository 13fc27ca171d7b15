"""Duty: build the fallback pack (应急包) of each night, for desks without network."""

from pathlib import Path

from qa_service.clock import BEIJING
from qa_service.jobs.duty import Duty, JobContext
from qa_service.web.publishing.pack import build_pack, newest_pack

NIGHT_HOUR = 1
"""The hour in Beijing from which the pack of the day is built, when hardly anybody calls."""


def build_nightly(context: JobContext) -> int:
    """Build the pack of the day unless it is there; return how many files were written.

    Where there is no pack at all it is built at once. Does nothing without ``QA_PACK_DIR``.
    """
    settings = context.settings
    if not settings.pack_dir:
        return 0
    folder = Path(settings.pack_dir)
    now = context.clock.now()
    there = newest_pack(folder)
    local = now.astimezone(BEIJING)
    if there is not None and (there.day >= local.date() or local.hour < NIGHT_HOUR):
        return 0
    return len(build_pack(context.database, folder, now=now, days=settings.pack_days))


DUTY = Duty("pack", build_nightly)
