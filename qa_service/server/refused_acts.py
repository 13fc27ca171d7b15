"""Writes acts that were refused to a known person or key (越权被拒) down in the audit trail.

What such a request had written is rolled back, so the row has a transaction of its own, after
the answer. It names the route and never the path or the body, which may hold a caller's words.
"""

from typing import cast

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.accounts.rate_limit import RateExceededError, RateLimiter
from qa_service.observability.events import DatabaseBusy, log_event
from qa_service.server.request_log import route_of
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction

MOST_A_MINUTE = 600
"""Rows written of one person or key, so that nobody fills the trail by trying."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class RefusedActs:
    """Middleware that records every 403 to a request that would have changed something."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limiter = RateLimiter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then record it if it was refused."""
        if scope["type"] != "http" or scope["method"] in _READING:
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, send_noted)
        actor = scope.get("state", {}).get("actor")
        if status == 403 and isinstance(actor, Actor):
            await run_in_threadpool(self._record, scope, actor)

    def _record(self, scope: Scope, actor: Actor) -> None:
        route, services = route_of(scope), cast("Services", scope["app"].state.services)
        try:
            self._limiter.take((actor.person_id, actor.api_key_id), MOST_A_MINUTE)
            with session_scope(services.database) as session:
                record(
                    session,
                    AuditAction.REFUSED_ACT,
                    actor=actor,
                    now=services.clock.now(),
                    subject=f"{scope['method']} {route}",
                    code=scope["state"].get("refusal"),
                )
        except RateExceededError:
            return
        except (DBAPIError, PoolTimeoutError):
            # The answer was given; the refusal itself stands whether or not it is written down.
            log_event(DatabaseBusy(route))
