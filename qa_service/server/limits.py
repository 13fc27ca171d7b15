"""ASGI middleware for every request: body size limit and security headers."""

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 1_000_000
"""Greatest size of a request body in bytes."""

IMPORT_BYTES = 30_000_000
"""Greatest size in bytes of an uploaded bank file."""

# The vendored interface documentation (Swagger UI) uses data: images.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
DESK_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Content security policy of the public desk, which shows nothing but its own files."""

DESK_HEADERS = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": DESK_POLICY,
    # Another site, even a linked one, does not learn which question was asked.
    "Referrer-Policy": "no-referrer",
}
_STATIC = "/static/"
_DESK = "/desk"

RawHeader = tuple[bytes, bytes]
"""A header in ASGI's form: name in lower case and value, as bytes."""


class SecurityHeaders:
    """Adds security headers; responses other than static files must not be cached."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of its response."""
        is_http = scope["type"] == "http"

        async def send_complete(message: Message) -> None:
            if is_http and message["type"] == "http.response.start":
                message["headers"] = _completed(message.get("headers", ()), scope["path"])
            await send(message)

        await self._app(scope, receive, send_complete)


class BodyLimit:
    """Limits the size of request bodies; the error handlers respond with 413."""

    def __init__(
        self, app: ASGIApp, *, limit: int = BODY_BYTES, uploads: Mapping[str, int] | None = None
    ) -> None:
        """Limit bodies to ``limit`` bytes, and those of the paths in ``uploads`` to their own."""
        self._app = app
        self._limit = limit
        self._uploads = uploads or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._uploads.get(scope["path"], self._limit)
        announced = Headers(scope=scope).get("content-length", "")
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            # Any other exception raised while FastAPI reads the body would become a 400.
            if announced.isdecimal() and int(announced[:20]) > limit:
                raise HTTPException(413)
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_counted, send)


def _encoded(headers: Mapping[str, str]) -> tuple[RawHeader, ...]:
    """Return headers as ASGI sends them."""
    return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())


_ADDED = _encoded(SECURITY_HEADERS)
_ADDED_UNLESS_STATIC = _encoded({**SECURITY_HEADERS, "Cache-Control": "no-store"})
_ADDED_AT_DESK = _encoded({**DESK_HEADERS, "Cache-Control": "no-store"})


def _added_to(path: str) -> tuple[RawHeader, ...]:
    """Return the headers that a response to ``path`` has unless it states them."""
    if path == _DESK or path.startswith(f"{_DESK}/"):
        return _ADDED_AT_DESK
    return _ADDED if path.startswith(_STATIC) else _ADDED_UNLESS_STATIC


def _completed(headers: Iterable[RawHeader], path: str) -> list[RawHeader]:
    """Return ``headers`` with the security headers that are missing."""
    given = list(headers)
    names = {name for name, _ in given}
    added = _added_to(path)
    return given + [header for header in added if header[0] not in names]
