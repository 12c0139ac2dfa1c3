"""Writes lines to a stream in a thread of its own, so that a slow reader of the stream never delays an answer."""

import threading
from collections import deque
from typing import BinaryIO, Final

PAUSE_SECONDS: Final = 0.05
"""Lines are written together, so that a request costs no system call."""
WAITING: Final = 10_000
STOP_SECONDS: Final = 2.0


class LineWriter:
    """Queues lines at once and writes them a moment later. ``dropped`` counts the lines that were lost."""

    def __init__(self, stream: BinaryIO, waiting: int = WAITING) -> None:
        self._stream, self._room = stream, waiting
        self._lines: deque[bytes] = deque()
        self._awake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
        self.dropped = 0

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def write(self, line: bytes) -> None:
        """Take a line, which ends with a newline, or drop it when too many wait."""
        if len(self._lines) >= self._room:
            self.dropped += 1
            return
        self._lines.append(line)
        if not self._awake.is_set():
            self._awake.set()

    def stop(self) -> None:
        """Write the waiting lines and end, after `STOP_SECONDS` at the latest."""
        self._stopping.set()
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait()
            self._stopping.wait(PAUSE_SECONDS)
            self._awake.clear()
            self._write_waiting()
        self._write_waiting()

    def _write_waiting(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if not lines:
            return
        try:
            self._stream.write(b"".join(lines))
            self._stream.flush()
        except (OSError, ValueError):  # the reader is gone, or the stream is closed
            self.dropped += len(lines)
