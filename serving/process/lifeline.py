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
    """The end that the kept process holds; None where nobody supervises."""

    def __init__(self, end: socket.socket | None) -> None:
        self._end = end

    @classmethod
    def from_arguments(cls, description: str | None) -> "Lifeline":
        """Take the line that a supervisor gave a program on its command line, if it did."""
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument(
            "--lifeline", type=int, metavar="FD", help="where a supervisor takes signs of life; else none"
        )
        descriptor = parser.parse_args().lifeline
        return cls(None if descriptor is None else socket.socket(fileno=descriptor))

    def hand_on(self) -> int:
        """Keep the line open in the program that this process is about to become; give its descriptor."""
        if self._end is None:
            raise ValueError("there is no line to hand on")
        self._end.set_inheritable(True)
        return self._end.fileno()

    def beat(self) -> None:
        """Say that the process does its work; never waits."""
        if self._end is not None:
            with contextlib.suppress(OSError):  # full: the supervisor is slow; closed: `end_with_supervisor` sees to it
                self._end.send(b".", socket.MSG_DONTWAIT)

    def end_with_supervisor(self) -> None:
        """Send this process SIGTERM when the supervisor is gone, however it ended: an orphan would keep the port."""
        if self._end is not None:
            threading.Thread(target=_wait_for_end, args=(self._end,), name="lifeline", daemon=True).start()


def _wait_for_end(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.recv(1)  # nothing is ever sent this way: it comes back when the other end is closed
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)  # it hangs, and nobody else will end it
