"""Duty: load changed holidays, of files and of the pages, in every process."""

from qa_service.errors import ConfigurationError
from qa_service.jobs.duty import Duty, JobContext
from qa_service.ledger.deadlines.holidays import kept_years
from qa_service.observability.events import CalendarKept, CalendarReloaded, Notice, log_event
from qa_service.storage.engine import session_scope


def reload_calendar(context: JobContext) -> int:
    """Load what staff saved and the files; return 1 if the calendar changed, else 0.

    With a faulty file the years of the files stay unchanged and the cause is logged.
    """
    with session_scope(context.database, read_only=True) as session:
        kept = kept_years(session)
    is_new = context.calendar.keep(kept)
    try:
        is_new = context.calendar.reload() or is_new
    except ConfigurationError as error:
        log_event(CalendarKept(Notice.of(error)))
    if is_new:
        log_event(CalendarReloaded())
    return int(is_new)


DUTY = Duty("holidays", reload_calendar, per_process=True)
