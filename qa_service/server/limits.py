"""ASGI middleware for every request: body size limit and security headers."""

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 1_000_000
"""Greatest size of a request body in bytes."""

FORM_BYTES = 250_000
"""Greatest size of a form of the public desk in bytes: many times its fields at their longest."""

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


def desk_policy(embedders: Iterable[str] = ()) -> str:
    """Return the content security policy of the desk, which shows nothing but its own files.

    ``embedders`` are the origins of the sites that may show the page in theirs.
    """
    ancestors = " ".join(embedders) or "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "media-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {ancestors}",
        )
    )


DESK_HEADERS = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": desk_policy(),
    # Another site, even a linked one, does not learn which question was asked.
    "Referrer-Policy": "no-referrer",
}
_STATIC = "/static/"
_DESK_STATIC = "/static/desk/"
"""Files that the desk's frame loads in the pages of other sites, where it is of no origin."""
_DESK = "/desk"
_EMBEDDED = "/desk/embed"
"""Pages and the script that other sites load (``QA_DESK_ORIGINS``)."""
_DESK_API = "/desk/api/"

RawHeader = tuple[bytes, bytes]
"""A header in ASGI's form: name in lower case and value, as bytes."""


class SecurityHeaders:
    """Adds security headers; responses other than static files must not be cached.

    ``embedders`` are the origins of the sites that may show the desk's search in their pages, and
    whose pages may ask its interface.
    """

    def __init__(self, app: ASGIApp, *, embedders: Iterable[str] = ()) -> None:
        self._app = app
        self._embedders = frozenset(embedders)
        # A list of origins stands in the policy alone: X-Frame-Options knows none.
        shown = {name: value for name, value in DESK_HEADERS.items() if name != "X-Frame-Options"}
        policy = desk_policy(sorted(self._embedders))
        self._embedded = _encoded(
            {
                **shown,
                "Content-Security-Policy": policy,
                "Cross-Origin-Resource-Policy": "cross-origin",
                "Cache-Control": "no-store",
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of its response."""
        is_http = scope["type"] == "http"

        async def send_complete(message: Message) -> None:
            if is_http and message["type"] == "http.response.start":
                added = (*self._added_to(scope["path"]), *self._allowing(scope))
                message["headers"] = _completed(message.get("headers", ()), added)
            await send(message)

        await self._app(scope, receive, send_complete)

    def _added_to(self, path: str) -> tuple[RawHeader, ...]:
        """Return the headers that a response to ``path`` has unless it states them."""
        if path == _EMBEDDED or path.startswith(f"{_EMBEDDED}/"):
            return self._embedded
        if path == _DESK or path.startswith(f"{_DESK}/"):
            return _ADDED_AT_DESK
        if path.startswith(_DESK_STATIC):
            return _ADDED_TO_DESK_FILES
        return _ADDED if path.startswith(_STATIC) else _ADDED_UNLESS_STATIC

    def _allowing(self, scope: Scope) -> tuple[RawHeader, ...]:
        """Return what lets a page of a listed site read the answer of the desk's interface."""
        if not scope["path"].startswith(_DESK_API):
            return ()
        origin = Headers(scope=scope).get("origin", "").lower()
        allowed = {"Access-Control-Allow-Origin": origin} if origin in self._embedders else {}
        return _encoded({**allowed, "Vary": "Origin"})


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
_ADDED_TO_DESK_FILES = _encoded(
    {**SECURITY_HEADERS, "Cross-Origin-Resource-Policy": "cross-origin"}
)
_ADDED_AT_DESK = _encoded({**DESK_HEADERS, "Cache-Control": "no-store"})


def _completed(headers: Iterable[RawHeader], added: Iterable[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` with those of ``added`` that are missing."""
    given = list(headers)
    names = {name for name, _ in given}
    return given + [header for header in added if header[0] not in names]
