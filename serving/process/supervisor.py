"""Keeps the processes of the service alive, and ends them in order.

It replaces uvicorn's own supervisor, for four reasons. uvicorn's supervisor stops the whole service when a restarted
worker fails to start. It has no wait between restarts, and no time limit for a worker to end. It misses a hanging event
loop, as its signs of life come from another thread. When it is killed itself, it leaves its workers behind.
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
"""Two signals within this time count as one: a parent process may pass on a signal that the whole group got."""
START_TRIES: Final = 3
"""Failed starts of a vital process, before any was ready, after which the service gives up with an error."""
ANNOUNCE_SECONDS: Final = 60.0
"""Longest time that the announcement of the service waits for processes that are not vital."""
ANSWER_SECONDS: Final = 300.0
"""Longest time that it waits for the service to say that it is ready: the first start on a machine compiles."""


class Supervisor:
    """Runs one process for each of ``roles``.

    Parameters
    ----------
    listener
        The address of the service; closed at the end.
    end_seconds
        How long the processes have to end; then they are killed.
    announce
        Called once when all of them are ready, and ``answers`` says that the service is.
    died
        Called with the id of each process that ended by itself.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        listener: Listener,
        end_seconds: float,
        announce: Callable[[], None] = lambda: None,
        died: Callable[[int], None] = lambda _: None,
        answers: Callable[[], bool] = lambda: True,
    ) -> None:
        self._children = [Child(role, died) for role in roles]
        self._listener, self._end_seconds, self._announce, self._answers = listener, end_seconds, announce, answers
        self._stopping, self._stopping_since = threading.Event(), 0.0
        self._hurried = False

    def run(self) -> None:
        """Run until SIGTERM or SIGINT, then end all processes; another Ctrl-C ends them at once.

        Raises
        ------
        UserError
            The service can't start.
        """
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._keep()
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _keep(self) -> None:
        began, announced = time.monotonic(), False
        while not self._stopping.is_set():
            now = time.monotonic()
            for child in self._children:
                child.look(now)
            self._check_start()
            if not announced and self._is_ready(now - began):
                announced = True
                self._announce()
            self._stopping.wait(LOOK_SECONDS)

    def _is_ready(self, waited: float) -> bool:
        awaited = [child for child in self._children if child.role.vital or waited < ANNOUNCE_SECONDS]
        return all(child.was_ready for child in awaited) and (waited > ANSWER_SECONDS or self._answers())

    def _check_start(self) -> None:
        vital = [child for child in self._children if child.role.vital]
        failed = [child for child in vital if child.failures >= START_TRIES]
        if failed and not any(child.was_ready for child in vital):
            raise UserError(
                expected=f"{failed[0].role.name} to start",
                found=f"it ended {failed[0].failures} times before it took a request, the last time by "
                f"{failed[0].ended}",
                fix="its own messages above have the cause",
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

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._stopping.is_set():
            self._stopping_since = now
            self._stopping.set()
        elif number == signal.SIGINT and now - self._stopping_since > TWICE_SECONDS:
            self._hurried = True
