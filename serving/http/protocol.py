"""uvicorn's HTTP protocol with limits for the head of a request: on its bytes and on its time (slowloris attacks).

uvicorn has neither limit: a client that sends headers without end, or one byte an hour, would hold memory and a
connection for as long as it likes. `serving.http.guards.limits` limits the body.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from serving.http.problems import MEDIA_TYPE, Problem

MOST_HEAD_BYTES: Final = 16 * 1024
HEAD_SECONDS: Final = 10.0
"""Time limit for the head of a request, and for the rest of a body that is no longer read."""

_TOO_LONG: Final = (431, "head-too-large", "The headers are too large")
_UNREADABLE: Final = (400, "malformed-request", "The request can't be read")


class _HeadTooLongError(Exception):
    """Stops the parser."""


class GuardedProtocol(HttpToolsProtocol):
    """Refuses heads above `MOST_HEAD_BYTES` with 431, and closes connections that take longer than `HEAD_SECONDS`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = self._head_bytes = 0
        self._in_head, self._in_message = True, False
        self._too_long = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the time limit of the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the time limit."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse ``data``, and refuse a head that is too long."""
        head_before = self._head
        super().data_received(data)
        if self.transport.is_closing() or not self._in_head:
            return
        if self._in_message and self._head == head_before:  # all of ``data`` belongs to this head
            self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self._too_long = True
            self.send_400_response("")
        elif self._patience is None and self._is_idle():
            self._wait()

    def on_message_begin(self) -> None:
        """Begin to count the bytes of a head."""
        super().on_message_begin()
        self._in_message = True
        self._head += 1
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        """Check the length of the head, and run the request."""
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MOST_HEAD_BYTES:
            self._too_long = True
            raise _HeadTooLongError
        self._in_head = False
        self._wait_no_more()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Prepare for the next head. No time limit runs before it begins, as uvicorn closes idle connections."""
        super().on_message_complete()
        self._in_head, self._in_message = True, False
        self._wait_no_more()

    def on_response_complete(self) -> None:
        """Start the time limit for the rest of a body that was not read."""
        super().on_response_complete()
        if self._in_message and not self._in_head:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are not HTTP with a problem detail; ``msg`` is a fixed text of uvicorn."""
        status, slug, title = _TOO_LONG if self._too_long else _UNREADABLE
        problem = Problem(
            type=f"urn:return-risk:problem:{slug}",
            title=title,
            status=status,
            detail=msg or f"at most {MOST_HEAD_BYTES} bytes of headers are read",
            request_id="none",
        )
        content = problem.model_dump_json(exclude_none=True).encode()
        head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head.encode() + content)
        self.transport.close()

    def _is_idle(self) -> bool:
        """Whether no time limit runs: uvicorn cancels its own at any byte, even an empty line."""
        return self.timeout_keep_alive_task is None and (not self._head or self.cycle.response_complete)

    def _wait(self) -> None:
        self._wait_no_more()
        self._patience = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
