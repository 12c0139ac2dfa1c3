"""The lifeline: a socket pair between the supervisor and a process that it keeps alive.

The process sends signs of life. It notices the end of the supervisor when the other end of the pair closes. A process
that runs without a supervisor has no socket, and its `Lifeline` does nothing.
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
"""Time that a process gets to finish once its supervisor is gone."""


class Lifeline:
    """The end that the process holds; None without a supervisor."""

    def __init__(self, end: socket.socket | None) -> None:
        self._end = end

    @classmethod
    def from_arguments(cls, description: str | None) -> "Lifeline":
        """Take the lifeline from the command line, where a supervisor passed one."""
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument(
            "--lifeline", type=int, metavar="FD", help="file descriptor of the lifeline; left out: no supervisor"
        )
        descriptor = parser.parse_args().lifeline
        return cls(None if descriptor is None else socket.socket(fileno=descriptor))

    def hand_on(self) -> int:
        """Keep the lifeline open across exec, and return its descriptor."""
        if self._end is None:
            raise ValueError("there is no lifeline to hand on")
        self._end.set_inheritable(True)
        return self._end.fileno()

    def beat(self) -> None:
        """Send a sign of life; never waits."""
        if self._end is not None:
            with contextlib.suppress(OSError):  # full: the supervisor is slow; closed: `end_with_supervisor` sees to it
                self._end.send(b".", socket.MSG_DONTWAIT)

    def end_with_supervisor(self) -> None:
        """Send this process SIGTERM when the supervisor is gone, however it ended: an orphan would keep the port."""
        if self._end is not None:
            threading.Thread(target=_wait_for_end, args=(self._end,), name="lifeline", daemon=True).start()


def _wait_for_end(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.recv(1)  # nothing is ever sent this way: recv returns when the other end is closed
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)  # it hangs, and nobody else will end it
