"""Header timeout: closes a connection whose request head does not arrive in time.

No setting of uvicorn limits the wait for a request head, so that a few hundred sockets that
send a byte a minute (Slowloris) would hold every connection. This subclass of uvicorn's
protocol depends on its internals and is used with tested versions only, see ``timeouts``.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10
LEAVE_SECONDS = 1.0
"""Seconds an idle connection stays open when the service stops, so that a request already
sent is still answered."""


class HeaderTimeoutProtocol(HttpToolsProtocol):
    """HTTP/1.1 protocol that aborts a connection whose request head arrives too slowly."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout of the first request."""
        super().connection_made(transport)
        self._waiting: asyncio.TimerHandle | None = None
        self._is_ending = False
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Start the timeout when the head of a further request begins."""
        if self._waiting is None and self._is_idle:
            self._start_timer()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Cancel the timeout: the head is complete."""
        self._cancel_timer()
        super().on_headers_complete()
        if self._is_ending:
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """Leave the pause between two requests to uvicorn's keep-alive timeout."""
        super().on_response_complete()
        self._cancel_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeout."""
        self._cancel_timer()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Answer requests that were sent or are being sent, then close the connection."""
        self._is_ending = True
        if self._is_idle:
            self.loop.call_later(LEAVE_SECONDS, self._close_if_idle)
        else:
            super().shutdown()

    @property
    def _is_idle(self) -> bool:
        """Return whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _close_if_idle(self) -> None:
        """Close the connection unless a request has arrived."""
        if self._is_idle:
            self.transport.close()

    def _start_timer(self) -> None:
        """Start the timeout."""
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._abort)

    def _cancel_timer(self) -> None:
        """Cancel the timeout."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _abort(self) -> None:
        """Abort the connection."""
        self.transport.abort()
