"""Duty: complete rework tasks (返工任务) whose pair has been published again."""

from qa_service.jobs.duty import Duty, JobContext
from qa_service.knowledge.policies.rework import complete_rework
from qa_service.storage.engine import session_scope


def complete_tasks(context: JobContext) -> int:
    """Complete rework tasks; return how many."""
    with session_scope(context.database) as session:
        return complete_rework(session, now=context.clock.now())


DUTY = Duty("rework", complete_tasks)
