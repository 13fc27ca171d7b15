"""The number of things that wait for the user, shown in the menu of every page."""

from datetime import datetime

from fastapi import Request

from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.reporting.pending_items import Watch
from qa_service.reporting.pending_work import pending_count
from qa_service.services import Services
from qa_service.storage.engine import session_scope


def watch_of(services: Services, now: datetime, *, lists: bool = True) -> Watch:
    """Return how the service looks for pending work at ``now``."""
    return Watch(now, services.calendar, services.review_table, lists)


def pending_of(request: Request) -> int:
    """Return how many things wait for the signed-in user of ``request``; 0 without one."""
    user: SignedIn | None = getattr(request.state, "user", None)
    if user is None or user.must_change_password or user.awaits_code:
        return 0
    services: Services = request.app.state.services
    watch = watch_of(services, services.clock.now(), lists=False)
    with session_scope(services.database, read_only=True) as session:
        return pending_count(session, user.actor, watch)
