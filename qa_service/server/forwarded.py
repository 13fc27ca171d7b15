"""Address, scheme and path prefix that a trusted proxy states about a request.

Only what is well-formed is taken: the address ends in the audit trail and counts sign-in
attempts, the prefix ends in links.
"""

import ipaddress
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from qa_service.request_scope import PREFIX_KEY
from qa_service.server.trusted import Network

PREFIX_PATTERN = r"(/[A-Za-z0-9._~\-]{1,64}){1,8}"
_PREFIX = re.compile(PREFIX_PATTERN)
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5}")


def valid_address(text: str) -> str | None:
    """Return the IP address in ``text``, without a port or zone; None if there is none."""
    with_port = _WITH_PORT.fullmatch(text.strip()[:64])
    plain = (with_port[1] or with_port[2]) if with_port else text.strip()[:64]
    try:
        address = ipaddress.ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return str(mapped or address)


class ForwardedRequest:
    """Middleware that takes over what trusted proxies state, and nothing from anybody else.

    The prefix is cut off the path and kept in the scope (``PREFIX_KEY``), so that everything
    behind works as at the root; ``server.responses`` puts it before links and redirects.
    """

    def __init__(self, app: ASGIApp, *, trusted: tuple[Network, ...], prefix: str = "") -> None:
        """Trust proxies in ``trusted``; ``prefix`` is used where they state none."""
        self._app = app
        self._trusted = trusted
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its client's address, scheme and path."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        prefix = self._prefix
        peer = valid_address((scope.get("client") or ("", 0))[0])
        if peer:
            # A socket that takes both writes an IPv4 visitor as ::ffff:203.0.113.7.
            scope["client"] = (peer, 0)
        if peer and self._is_trusted(peer):
            headers = Headers(scope=scope)
            scope["client"] = (self._client(headers.getlist("x-forwarded-for"), peer), 0)
            scheme = headers.get("x-forwarded-proto", "").strip().lower()
            if scheme in {"http", "https"}:
                scope["scheme"] = scheme
            stated = headers.get("x-forwarded-prefix", "").strip().rstrip("/")
            if _PREFIX.fullmatch(stated):
                prefix = stated
        if prefix:
            _cut(scope, prefix)
        await self._app(scope, receive, send)

    def _client(self, lines: list[str], peer: str) -> str:
        """Return the last address that no trusted proxy has; junk ends the search before it."""
        client = peer
        for text in reversed(",".join(lines)[-4096:].split(",")):
            address = valid_address(text)
            if address is None:
                break
            client = address
            if not self._is_trusted(address):
                break
        return client

    def _is_trusted(self, address: str) -> bool:
        """Return whether ``address`` is that of a trusted proxy."""
        known = ipaddress.ip_address(address)
        return any(known.version == one.version and known in one for one in self._trusted)


def _cut_present_page(scope: Scope, prefix: str) -> None:
    """Cut the prefix off the page that htmx says it shows."""
    headers = MutableHeaders(scope=scope)
    shown = headers.get("hx-current-url", "")
    if shown:
        head, sign, rest = shown.partition(f"{prefix}/")
        headers["hx-current-url"] = f"{head}/{rest}" if sign else shown


def _cut(scope: Scope, prefix: str) -> None:
    """Cut ``prefix`` off the path if it is there (proxies may have cut it off) and note it."""
    scope[PREFIX_KEY] = prefix
    if scope["path"].endswith("/openapi.json"):
        scope["root_path"] = prefix  # FastAPI states it as the server's address
    path = scope["path"]
    _cut_present_page(scope, prefix)
    if path == prefix or path.startswith(f"{prefix}/"):
        scope["path"] = path[len(prefix) :] or "/"
        raw = scope.get("raw_path")
        if raw:
            scope["raw_path"] = raw[len(prefix) :] or b"/"
