"""Time limits for clients: for the head of a request, and for its body."""

import asyncio
import math

import uvicorn
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.observability.events import HeaderTimeoutMissing, log_event

TESTED_UVICORN = frozenset({"0.54.0"})
"""Versions of uvicorn that the header timeout was tested with; others run without it."""
BODY_SECONDS = 30
"""Longest pause within a request body; a large upload may take longer in total."""
FORM_SECONDS = 30
"""Longest time in total for a form of the public desk, of which few are taken at once."""
KEEP_ALIVE_SECONDS = 5
MAX_CONNECTIONS = 1_000
"""Greatest number of concurrent connections; further clients get 503 immediately."""


def http_protocol(version: str = uvicorn.__version__) -> type[asyncio.Protocol] | str:
    """Return uvicorn's ``http`` setting: the protocol with a header timeout if it is safe.

    With an untested ``version`` of uvicorn its own implementation serves and the log says
    so; the reverse proxy in front limits request heads as well (``deploy/nginx.conf``).
    """
    if version in TESTED_UVICORN:
        # Imported here: an untested uvicorn may lack the class it derives from.
        from qa_service.server.header_timeout import HeaderTimeoutProtocol

        return HeaderTimeoutProtocol
    log_event(HeaderTimeoutMissing(version))
    return "auto"


class BodyTimeout:
    """Middleware that responds with 408 when no byte of the body arrives for ``seconds``.

    With ``in_total`` the whole body has that many seconds.
    """

    def __init__(
        self, app: ASGIApp, *, seconds: float = BODY_SECONDS, in_total: float | None = None
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._in_total = in_total

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and limit the wait for each piece of its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_read = False
        clock = asyncio.get_running_loop().time
        ends_at = math.inf if self._in_total is None else clock() + self._in_total

        async def receive_in_time() -> Message:
            nonlocal is_read
            # After the body, receive waits for the client to disconnect, which has no time limit.
            if is_read:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), min(self._seconds, ends_at - clock()))
            except TimeoutError as error:
                raise HTTPException(408) from error
            is_read = not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)
