"""One keep-alive HTTP/1.1 connection that never blocks: what the load generator sends over."""

import errno
import socket
from dataclasses import dataclass
from typing import Final

import httptools

CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; ``body`` stays empty where nobody asked to keep it."""

    status: int
    body: bytes


class BrokenError(Exception):
    """A request came to nothing; the message is one short word: ``refused``, ``reset``, ``closed`` or ``garbled``."""


class Connection:
    """A connection that carries one request at a time, and is made anew for the next one when it was lost.

    ``intended`` and ``deadline`` are those of the request under way, in seconds of `time.perf_counter`.
    """

    def __init__(self, address: tuple[str, int], *, keep_body: bool) -> None:
        self.intended = self.deadline = self.rested = 0.0
        self.busy = False
        self._address, self._keep_body = address, keep_body
        self._family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._socket: socket.socket | None = None
        self._unsent = b""
        self._connecting = self._kept_alive = False

    def fileno(self) -> int:
        """The number of its socket, for `select`; -1 when it has none."""
        return -1 if self._socket is None else self._socket.fileno()

    @property
    def wants_to_write(self) -> bool:
        """Whether something is left to send."""
        return bool(self._unsent)

    def connect(self) -> None:
        """Begin to connect, if it isn't; `BrokenError` when that fails at once."""
        if self._socket is not None:
            return
        self._socket = socket.socket(self._family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._answer: Answer | None = None
        failed = self._socket.connect_ex(self._address)
        self._connecting = failed == errno.EINPROGRESS
        if failed and not self._connecting:
            raise self._broken(OSError(failed, ""))

    def send(self, request: bytes, intended: float, deadline: float) -> None:
        """Begin to send ``request``; `BrokenError` when that fails at once."""
        self.intended, self.deadline, self.busy = intended, deadline, True
        self._unsent = request
        self.connect()
        if not self._connecting:
            self.write()

    def write(self) -> None:
        """Send what the socket takes; it is writable, or is tried once."""
        if self._socket is None:
            return
        self._connecting = False
        try:
            taken = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError as error:
            raise self._broken(error) from error
        self._unsent = self._unsent[taken:]

    def read(self) -> Answer | None:
        """Take in what came; give the answer once it is whole.

        Raises
        ------
        BrokenError
            The answer to the request under way will not come. An idle connection that the server ends is no error.
        """
        busy = self.busy
        try:
            answer = self._receive()
        except BrokenError:
            if busy:
                raise
            return None
        return answer if busy else None

    def _receive(self) -> Answer | None:
        if self._socket is None:
            return None
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._broken(error) from error
        if not data:
            self.close()
            raise BrokenError("closed")
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.close()
            raise BrokenError("garbled") from error
        answer, self._answer = self._answer, None
        if answer is not None:
            self.busy = False
            if self._unsent or not self._kept_alive:
                self.close()
        return answer

    def close(self) -> None:
        """Let go of the socket and of the request under way."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._unsent, self.busy = None, b"", False

    def _broken(self, error: OSError) -> BrokenError:
        self.close()
        return BrokenError("refused" if error.errno == errno.ECONNREFUSED else "reset")

    def on_body(self, piece: bytes) -> None:
        """Called by the parser with a piece of a body."""
        if self._keep_body:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """Called by the parser at the end of an answer, when alone it knows whether the connection lasts."""
        self._kept_alive = self._parser.should_keep_alive()
        self._answer = Answer(self._parser.get_status_code(), b"".join(self._pieces))
        self._pieces.clear()
