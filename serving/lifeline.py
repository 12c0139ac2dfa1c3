"""The line between the supervisor and a process that it keeps alive: signs of life one way, its end the other.

It is one end of a socket pair. A process that runs by itself has none, and `Lifeline` then does nothing.
"""

import argparse
import contextlib
import os
import signal
import socket
import threading
import time
from typing import Final

ORPHAN_SECONDS: Final = 60.0
"""What a process gets to finish once its supervisor is gone."""


class Lifeline:
    """The end that the kept process holds; ``fd`` is its file descriptor, None where nobody supervises."""

    def __init__(self, fd: int | None) -> None:
        self._socket = None if fd is None else socket.socket(fileno=fd)

    def beat(self) -> None:
        """Say that the process does its work; never waits."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # full: the supervisor is slow; closed: `end_with_supervisor` sees to it
                self._socket.send(b".", socket.MSG_DONTWAIT)

    def end_with_supervisor(self) -> None:
        """Send this process SIGTERM when the supervisor is gone, however it ended: an orphan would keep the port."""
        if self._socket is not None:
            threading.Thread(target=_wait_for_end, args=(self._socket,), name="lifeline", daemon=True).start()


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option by which a supervisor hands its line over."""
    parser.add_argument("--lifeline", type=int, metavar="FD", help="where a supervisor takes signs of life; else none")


def _wait_for_end(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.recv(1)  # nothing is ever sent this way: it comes back when the other end is closed
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)  # it hangs, and nobody else will end it
