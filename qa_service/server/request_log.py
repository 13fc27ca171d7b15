"""Gives each request an id, logs it and measures it.

Neither log nor metrics contain the question: the route is logged as its pattern, without
path values and query.
"""

import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.observability.events import RequestAnswered, log_event
from qa_service.observability.logs import request_bound
from qa_service.observability.metrics import REQUEST_SECONDS
from qa_service.text.privacy.masking import masked

REQUEST_ID = "X-Request-Id"
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that monitoring requests every few seconds: measured, not logged."""
_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")


class RequestLogging:
    """Middleware that logs and measures requests, under the caller's id if that is usable."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then log method, route, status and duration."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _is_usable(given) else uuid4().hex
        started, status = time.perf_counter(), 500

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with request_bound(request_id):
            try:
                await self._app(scope, receive, send_named)
            finally:
                _note(scope, status, time.perf_counter() - started)


def _is_usable(request_id: str) -> bool:
    """Return whether a caller's id may be logged: short, and no number of a person."""
    return bool(_ID.fullmatch(request_id)) and masked(request_id) == request_id


def _note(scope: Scope, status: int, seconds: float) -> None:
    """Record one request in metrics and log."""
    route = route_of(scope)
    REQUEST_SECONDS.labels(scope["method"], route, str(status)).observe(seconds)
    if route not in QUIET and not route.startswith("/static"):
        log_event(RequestAnswered(scope["method"], route, status, round(seconds * 1000, 1)))


def route_of(scope: Scope) -> str:
    """Return the pattern of the route that answered, or ``unknown``; never the path itself."""
    pattern = getattr(scope.get("route"), "path", None)
    if pattern is not None:
        prefix = scope.get("root_path", "")
        api = "/api/v1" if scope["path"].startswith("/api/v1") else ""
        return pattern if pattern.startswith(api) else f"{prefix}{api}{pattern}"
    return "/static" if scope["path"].startswith("/static/") else "unknown"
