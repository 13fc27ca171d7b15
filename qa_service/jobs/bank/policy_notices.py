"""Duty: tell units 30 and 7 days ahead that a policy document of theirs ends (失效预告)."""

from qa_service.jobs.duty import Duty, JobContext
from qa_service.knowledge.policies.notices import tell_of_ends_ahead
from qa_service.storage.engine import session_scope


def tell_units(context: JobContext) -> int:
    """Write the notices that are due; return how many."""
    with session_scope(context.database) as session:
        return tell_of_ends_ahead(session, now=context.clock.now())


DUTY = Duty("policy_notices", tell_units)
