"""Limits of a request head: the time in which it must arrive, its size and its number of lines.

No setting of uvicorn limits the wait for a request head, so that a few hundred sockets that
send a byte a minute (Slowloris) would hold every connection; nor its size, so that an endless
one would keep the event loop busy and fill the memory. This subclass of uvicorn's
protocol depends on its internals and is used with tested versions only, see ``timeouts``.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10
HEAD_BYTES = 65_536
"""Greatest size of a request head, and of what stands between two pieces of a body."""
HEAD_LINES = 100
"""Greatest number of headers, trailers included."""
_TOO_LARGE = "请求头过大"
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%b"
) % (len(_TOO_LARGE.encode()), _TOO_LARGE.encode())
LEAVE_SECONDS = 1.0
"""Seconds an idle connection stays open when the service stops, so that a request already
sent is still answered."""


class HeadTooLargeError(Exception):
    """A request has too many headers; the parser stops."""


class HeaderTimeoutProtocol(HttpToolsProtocol):
    """HTTP/1.1 protocol that ends a connection whose request head is too slow or too large."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout of the first request."""
        super().connection_made(transport)
        self._waiting: asyncio.TimerHandle | None = None
        self._is_ending = False
        self._unparsed = 0
        self._lines = 0
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Start the timeout when the head of a further request begins."""
        if self._waiting is None and self._is_idle:
            self._start_timer()
        for start in range(0, len(data), HEAD_BYTES):
            self._unparsed += min(HEAD_BYTES, len(data) - start)
            super().data_received(data[start : start + HEAD_BYTES])
            if self._unparsed > HEAD_BYTES or self._lines > HEAD_LINES:
                self._refuse()
            if self.transport.is_closing():
                return

    def on_message_begin(self) -> None:
        """Begin to count the head of the next request."""
        super().on_message_begin()
        self._lines = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, unless there are too many."""
        self._lines += 1
        if self._lines <= HEAD_LINES:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Start the count again, of what comes before the next piece of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Start the count again, of the next request."""
        self._unparsed = 0
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        """Cancel the timeout: the head is complete."""
        self._cancel_timer()
        self._unparsed = 0
        if self._lines > HEAD_LINES:
            raise HeadTooLargeError
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

    def send_400_response(self, msg: str) -> None:
        """Refuse a malformed request, or one with too many headers."""
        if self._lines > HEAD_LINES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _refuse(self) -> None:
        """Answer 431 unless another request is being answered, and close the connection."""
        if self.transport.is_closing():
            return
        if self._is_idle:
            self.transport.write(_REFUSAL)
            self.transport.close()
        else:
            self.transport.abort()

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
