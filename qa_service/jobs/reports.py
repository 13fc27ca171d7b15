"""Duty: issue the inspection package of each quarter that is over, and write it into a folder.

Besides the quarter, 30 September and 31 December close the year to date, as the notice collects
results on these days.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from qa_service.accounts.actor import CLOCKWORK
from qa_service.clock import beijing_day
from qa_service.jobs.duty import Duty, JobContext
from qa_service.reporting.figures.period import (
    InvalidPeriodError,
    Period,
    quarter_of,
    year_until,
)
from qa_service.reporting.figures.scope import open_scope
from qa_service.reporting.inspection.compiling import compile_package
from qa_service.reporting.inspection.content import PackageContent
from qa_service.reporting.inspection.service import issue_package, issued_for
from qa_service.reporting.inspection.texts import NoticeRule
from qa_service.storage.engine import session_scope
from qa_service.web.supervision.package_files import package_files, write_files

_YEAR_TO_DATE = (9, 12)
"""Months at whose end the year to date is reported too."""


def write_reports(context: JobContext) -> int:
    """Issue what is due and write missing files; return how many packages were written.

    Does nothing without ``QA_REPORT_DIR``.
    """
    if not context.settings.report_dir:
        return 0
    folder = Path(context.settings.report_dir)
    today = beijing_day(context.clock.now())
    return sum(_write(context, folder, *due) for due in occasions(today))


def occasions(today: date) -> Iterator[tuple[str, Period]]:
    """Yield the reports of the quarter that ended last: a name for each, and its period."""
    quarter = quarter_of(quarter_of(today).first - timedelta(days=1))
    last = quarter.last
    yield f"quarter-{last.year}-{last.month // 3}", quarter
    if last.month in _YEAR_TO_DATE:
        yield f"year-{last.isoformat()}", year_until(last)


def _write(context: JobContext, folder: Path, occasion: str, period: Period) -> bool:
    """Issue the package if it was not yet, and write its files if one is missing."""
    if not _is_issued(context, occasion) and not _issue(context, occasion, period):
        return False
    with session_scope(context.database, read_only=True) as session:
        package = issued_for(session, occasion)
        if package is None or all(one.exists() for one in package_files(package, folder)):
            return False
        write_files(session, package, folder)
    return True


def _is_issued(context: JobContext, occasion: str) -> bool:
    with session_scope(context.database, read_only=True) as session:
        return issued_for(session, occasion) is not None


def _issue(context: JobContext, occasion: str, period: Period) -> bool:
    content = _compile(context, period)
    if content is None:
        return False
    now = context.clock.now()
    with session_scope(context.database) as session:
        issue_package(session, content, period, actor=CLOCKWORK, now=now, occasion=occasion)
    return True


def _compile(context: JobContext, period: Period) -> PackageContent | None:
    """Return the package of one moment; None where the records do not reach into the period."""
    now = context.clock.now()
    with session_scope(context.database, read_only=True) as session:
        scope = open_scope(session, period, now=now, calendar=context.calendar)
        try:
            return compile_package(session, scope, NoticeRule.of(context.settings))
        except InvalidPeriodError:
            return None


DUTY = Duty("reports", write_reports)
