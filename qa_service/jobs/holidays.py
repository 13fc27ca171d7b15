"""Duty: load new holiday files, in every process."""

from qa_service.errors import ConfigurationError
from qa_service.jobs.duty import Duty, JobContext
from qa_service.observability.events import CalendarKept, CalendarReloaded, Notice, log_event


def reload_calendar(context: JobContext) -> int:
    """Reload the calendar if its files changed; return 1 if it changed, else 0.

    With a faulty file the calendar stays unchanged and the cause is logged.
    """
    try:
        is_new = context.calendar.reload()
    except ConfigurationError as error:
        log_event(CalendarKept(Notice.of(error)))
        return 0
    if is_new:
        log_event(CalendarReloaded())
    return int(is_new)


DUTY = Duty("holidays", reload_calendar, per_process=True)
