"""Keeps the processes of the service alive, and ends them in order.

uvicorn has a supervisor of its own, which this one replaces: that one stops the whole service when a worker that is
started again fails to start, waits for no time between such attempts and for any time for a worker to end, takes a
worker whose event loop hangs for well as its signs of life come from another thread, and leaves workers behind when it
is itself killed.
"""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

from data.errors import UserError
from serving.process.child import Child, Role
from serving.process.listener import Listener

LOOK_SECONDS: Final = 0.1
TWICE_SECONDS: Final = 0.5
"""Whoever starts this may pass on a signal that was sent to all of them: two at once are one."""
START_TRIES: Final = 3
"""So often a vital process may die before any was ready: then the service can't start, and says so."""
ANNOUNCE_SECONDS: Final = 60.0
"""No longer than this does the word that the service is ready wait for what is not vital."""


class Supervisor:
    """Runs one process for each of ``roles``.

    Parameters
    ----------
    listener
        The address of the service; let go when it ends.
    end_seconds
        How long the processes have to end; then they are killed.
    announce
        Called once when all of them are ready.
    died
        Called with the number of each process that ended by itself.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        listener: Listener,
        end_seconds: float,
        announce: Callable[[], None] = lambda: None,
        died: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._children = [Child(role, died) for role in roles]
        self._listener, self._end_seconds, self._announce = listener, end_seconds, announce
        self._asked, self._asked_at = threading.Event(), 0.0
        self._hurried = False

    def run(self) -> None:
        """Run until SIGTERM or SIGINT, then end all processes; another Ctrl-C ends them at once.

        Raises
        ------
        UserError
            The service can't start.
        """
        before = {number: signal.signal(number, self._hear) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._keep()
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _keep(self) -> None:
        began, announced = time.monotonic(), False
        while not self._asked.is_set():
            now = time.monotonic()
            for child in self._children:
                child.look(now)
            self._check_start()
            if not announced and self._is_ready(now - began):
                announced = True
                self._announce()
            self._asked.wait(LOOK_SECONDS)

    def _is_ready(self, waited: float) -> bool:
        awaited = [child for child in self._children if child.role.vital or waited < ANNOUNCE_SECONDS]
        return all(child.was_ready for child in awaited)

    def _check_start(self) -> None:
        vital = [child for child in self._children if child.role.vital]
        failed = [child for child in vital if child.failures >= START_TRIES]
        if failed and not any(child.was_ready for child in vital):
            raise UserError(
                expected=f"{failed[0].role.name} to start",
                found=f"it ended {failed[0].failures} times before it took a request, the last time by "
                f"{failed[0].ended}",
                fix="its own messages above say why",
            )

    def _end(self) -> None:
        self._listener.close()
        for child in self._children:
            child.end()
        deadline = time.monotonic() + self._end_seconds
        while not all(child.has_ended() for child in self._children):
            if time.monotonic() > deadline or self._hurried:
                self._kill()
                return
            time.sleep(LOOK_SECONDS)

    def _kill(self) -> None:
        for child in self._children:
            if not child.has_ended():
                child.kill()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._asked.is_set():
            self._asked_at = now
            self._asked.set()
        elif number == signal.SIGINT and now - self._asked_at > TWICE_SECONDS:
            self._hurried = True
