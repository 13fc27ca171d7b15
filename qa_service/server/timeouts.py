"""How long the server waits for a client: for the head of a request, and for its body.

uvicorn itself waits for ever for both, so that a few hundred sockets that send a byte a
minute (Slowloris) would hold every connection.
"""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10
BODY_SECONDS = 30
"""Without a byte of the body; a large upload may take longer as a whole."""
KEEP_ALIVE_SECONDS = 5
LEAVE_SECONDS = 1.0
"""For which a connection between two requests stays open when the service ends: a request
that is on its way already would get no answer."""
MOST_CONNECTIONS = 1_000
"""More are told at once that the service is busy (503)."""


class HeaderTimeoutProtocol(HttpToolsProtocol):
    """HTTP/1.1 that closes a connection whose request head does not come in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for the first request."""
        super().connection_made(transport)
        self._waiting: asyncio.TimerHandle | None = None
        self._is_ending = False
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting for a head that began before."""
        if self._waiting is None and self._is_between:
            self._wait()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._stop_waiting()
        super().on_headers_complete()
        if self._is_ending:
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """Between two requests keep-alive decides; a head that has begun is waited for anew."""
        super().on_response_complete()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Answer what was asked and what is being asked at this moment, then close."""
        self._is_ending = True
        if self._is_between:
            self.loop.call_later(LEAVE_SECONDS, self._leave)
        else:
            super().shutdown()

    @property
    def _is_between(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _leave(self) -> None:
        if self._is_between:
            self.transport.close()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self.transport.abort()


class BodyTimeout:
    """Refuses to wait longer than ``seconds`` for the next piece of a body."""

    def __init__(self, app: ASGIApp, *, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body waited for."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_read = False

        async def receive_in_time() -> Message:
            nonlocal is_read
            # After the body, receive waits for the client to leave: that may take its time.
            if is_read:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self._seconds)
            except TimeoutError as error:
                raise HTTPException(408) from error
            is_read = not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)
