"""Runs all duties and one round of delivery once, in order, for cron and tests."""

from dataclasses import dataclass
from functools import partial

from qa_service.integration.delivery import Delivered
from qa_service.jobs import daily_mail, housekeeping, reports
from qa_service.jobs.bank import (
    alarms,
    contradictions,
    expiry,
    pack,
    policy_notices,
    replay,
    review_dates,
    rework,
)
from qa_service.jobs.delivery import NAME as DELIVERY
from qa_service.jobs.delivery import DeliveryJob
from qa_service.jobs.duty import Duty, JobContext, attempt
from qa_service.jobs.ledger import (
    asker_names,
    closing,
    deadlines,
    erasure,
    holidays,
    reminders,
    reply_notices,
    tasks,
)

DUTIES: tuple[Duty, ...] = (
    holidays.DUTY,
    deadlines.DUTY,
    reminders.DUTY,
    tasks.DUTY,
    alarms.DUTY,
    policy_notices.DUTY,
    closing.DUTY,
    rework.DUTY,
    expiry.DUTY,
    review_dates.DUTY,
    contradictions.DUTY,
    erasure.DUTY,
    asker_names.DUTY,
    reply_notices.DUTY,
    daily_mail.DUTY,
    housekeeping.DUTY,
    reports.DUTY,
    replay.DUTY,
    pack.DUTY,
)
"""Every duty in order of execution: deadlines come after the holidays they depend on."""


@dataclass(frozen=True, slots=True)
class Round:
    """Counts of one round; a job that failed is named in ``failed`` and counts 0."""

    recounted: int
    reminded: int
    closed: int
    withdrawn: int
    purged: int
    forgotten: int
    delivered: Delivered
    failed: tuple[str, ...]


def run_round(context: JobContext) -> Round:
    """Run every duty and one round of delivery; return the counts. A failing job stops no other."""
    counts = {
        duty.name: attempt(duty.name, partial(duty.run, context), clock=context.clock)
        for duty in DUTIES
    }
    delivered = Delivered()

    def deliver() -> int:
        nonlocal delivered
        delivered = DeliveryJob(context).run()
        return delivered.arrived

    counts[DELIVERY] = attempt(DELIVERY, deliver, clock=context.clock)
    return Round(
        recounted=counts[deadlines.DUTY.name] or 0,
        reminded=counts[reminders.DUTY.name] or 0,
        closed=counts[closing.DUTY.name] or 0,
        withdrawn=counts[expiry.DUTY.name] or 0,
        purged=counts[erasure.DUTY.name] or 0,
        forgotten=counts[housekeeping.DUTY.name] or 0,
        delivered=delivered,
        failed=tuple(name for name, count in counts.items() if count is None),
    )
