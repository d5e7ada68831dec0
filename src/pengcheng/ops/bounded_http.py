"""HTTP with a bound on the head of a request: in bytes, and in the time that it may take.

The server below has neither: one sender could fill the memory with a header without end, or hold
connections open with a letter a minute. Bodies have limits of their own where they are read.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 * 1024
HEAD_SECONDS = 30.0
TOO_LARGE = b"431 Request Header Fields Too Large"
TOO_SLOW = b"408 Request Timeout"
_END = b"\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """One connection. A head beyond the limits is answered 431 or 408, and the connection closed;
    one that is idle between two requests is closed by the server as ever."""

    _is_heading = True
    _head = 0
    _tail = b""
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server declares it
        """The clock runs from the first moment: a sender may connect and say nothing."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, self._refuse, TOO_SLOW)

    def connection_lost(self, exc: Exception | None) -> None:
        """The clock stops with the connection."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What came in: of a head as much as there may be, and all of a body."""
        if self._is_heading:
            seen = self._tail + data
            end = seen.find(_END)
            self._head += len(data) if end < 0 else end - len(self._tail)
            self._tail = seen[-3:]
            if self._head > HEAD_BYTES_MAX:
                self._refuse(TOO_LARGE)
                return
        if not self.transport.is_closing():
            super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins, the first of its connection or a later one."""
        super().on_message_begin()
        self._stop_clock()
        self._late = self.loop.call_later(HEAD_SECONDS, self._refuse, TOO_SLOW)

    def on_headers_complete(self) -> None:
        """The head is whole: the body is not counted here."""
        self._stop_clock()
        self._is_heading, self._head, self._tail = False, 0, b""
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes now is the next head."""
        self._is_heading = True
        super().on_message_complete()

    def _stop_clock(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, status: bytes) -> None:
        self._stop_clock()
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\n\r\n")
            self.transport.close()
