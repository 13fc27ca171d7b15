"""Header timeout: closes a connection whose request head does not arrive in time.

No setting of uvicorn limits the wait for a request head, so that a few hundred sockets that
send a byte a minute (Slowloris) would hold every connection. This subclass of uvicorn's
protocol depends on its internals and is used with tested versions only, see ``timeouts``.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10
LEAVE_SECONDS = 1.0
"""How long an idle connection stays open when the service stops: a request already on its
way would otherwise get no answer."""


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
