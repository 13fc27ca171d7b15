"""ASGI middleware for every response: HEAD, compression, and links behind a path prefix."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.request_scope import PREFIX_KEY

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LINK = re.compile(
    rb'(\s(?:href|src|action|formaction|poster|hx-[a-z-]+|data-(?:suggestions|previews|copies-link|counts))=")/(?![/\\])'
)
_LINK_HEADERS = ("location", "hx-redirect", "hx-push-url", "hx-replace-url", "hx-location")


class HeadAsGet:
    """Answers HEAD like GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a HEAD request on as GET; the server sends the head of its answer alone."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            scope["method"] = "HEAD"  # the server then knows that no body follows
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        await self._app(scope, receive, send_head)


class Compression(GZipMiddleware):
    """Compresses answers that gain by it; see docs/security.md for what that may reveal."""

    def __init__(self, app: ASGIApp) -> None:
        excluded = (*DEFAULT_EXCLUDED_CONTENT_TYPES, _SPREADSHEET)
        super().__init__(app, 1000, 5, exclude_content_types=excluded)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress pages and static files; answers for software are small and left plain."""
        is_page = scope["type"] == "http" and not scope["path"].startswith("/api/")
        await (super().__call__ if is_page else self.app)(scope, receive, send)


class PrefixedLinks:
    """Puts the path prefix of the request, if there is one, before links and redirects."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the addresses in its answer."""
        prefix: str = scope.get(PREFIX_KEY, "") if scope["type"] == "http" else ""
        if prefix:
            await self._app(scope, receive, _Completing(send, prefix).send)
        else:
            await self._app(scope, receive, send)


class _Completing:
    """One answer on its way: a page is held back until it is whole."""

    def __init__(self, send: Send, prefix: str) -> None:
        self._send = send
        self._prefix = prefix
        self._start: Message | None = None
        self._page: list[bytes] = []

    async def send(self, message: Message) -> None:
        """Send a message on, with the prefix where it belongs."""
        if message["type"] == "http.response.start":
            _complete_headers(message, self._prefix)
            if Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                self._start = dict(message)
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._page.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body = _LINK.sub(rb"\1" + self._prefix.encode() + b"/", b"".join(self._page))
        headers = MutableHeaders(raw=self._start["headers"])
        if "content-length" in headers:
            headers["content-length"] = str(len(body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def _complete_headers(message: Message, prefix: str) -> None:
    """Put the prefix before the local addresses in headers."""
    message["headers"] = list(message.get("headers", ()))
    headers = MutableHeaders(raw=message["headers"])
    for name in _LINK_HEADERS:
        value = headers.get(name, "")
        if value.startswith("/") and not value.startswith("//"):
            headers[name] = prefix + value
