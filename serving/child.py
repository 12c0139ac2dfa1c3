"""A process that is kept alive: started, watched by its signs of life, killed when it hangs, started again."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from serving.listener import Listener

STEADY_SECONDS: Final = 60.0
"""A process that ran for so long and then died is started again at once."""
FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 30.0
KILL_SECONDS: Final = 5.0

log = logging.getLogger("return_risk")


@dataclass(frozen=True)
class Role:
    """What a process is there for, and how it is started.

    ``command`` takes ``--lifeline FD`` at its end, and ``--socket FD`` where there is a ``listener``. ``vital``:
    without it, nothing is served. It hangs when there is no sign of life for ``start_seconds`` after its start, or
    later for ``hung_seconds``.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    listener: Listener | None = None
    vital: bool = True
    start_seconds: float = 120.0
    hung_seconds: float = 30.0


class Child:
    """One process of a role, and its successors.

    `was_ready`: one of them gave a sign of life; `failures`: how many died one after the other, each within
    `STEADY_SECONDS`; `ended`: what the last one that died died of. Times are seconds of the monotonic clock.
    """

    def __init__(self, role: Role, died: Callable[[int], None]) -> None:
        self.role, self._died = role, died
        self.was_ready, self.failures, self.ended = False, 0, ""
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._started = self._alive = self._start_at = 0.0

    @property
    def pid(self) -> int | None:
        """The number of the process that runs now."""
        return None if self._process is None else self._process.pid

    def look(self, now: float) -> None:
        """Start the process when it is time, take its signs of life, and see to it when it died or hangs."""
        if self._process is None:
            if now >= self._start_at:
                self._start(now)
            return
        if self._process.poll() is not None:
            self._bury(self._process, now)
        elif self._beats():
            self.was_ready = True
            self._alive = now
        elif now - max(self._alive, self._started) > self._patience():
            log.error("%s (process %d) gives no sign of life and is killed", self.role.name, self._process.pid)
            self._process.kill()

    def end(self) -> None:
        """Ask the process to finish what it does and end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process now."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):  # it sleeps in the kernel, where no signal reaches it
                self._process.wait(KILL_SECONDS)

    def has_ended(self) -> bool:
        """Whether no process runs; to be asked once `end` was called."""
        return self._process is None or self._process.poll() is not None

    def _start(self, now: float) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        handed = {"--lifeline": theirs}
        if self.role.listener is not None:
            handed["--socket"] = self.role.listener.for_worker()
        with contextlib.ExitStack() as closing:
            for end in handed.values():
                closing.enter_context(end)
            self._process = subprocess.Popen(  # noqa: S603 - our own module, by this Python
                [*self.role.command, *(text for name, end in handed.items() for text in (name, str(end.fileno())))],
                env=self.role.environment,
                pass_fds=[end.fileno() for end in handed.values()],
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is the supervisor's alone
            )
        self._line, self._started, self._alive = ours, now, 0.0

    def _bury(self, process: subprocess.Popen[bytes], now: float) -> None:
        self.ended = _told(process.returncode)
        self.failures = 1 if now - self._started > STEADY_SECONDS else self.failures + 1
        wait = 0.0 if self.failures == 1 else FIRST_WAIT_SECONDS * 2 ** min(self.failures - 2, 10)
        self._start_at = now + min(wait, LONGEST_WAIT_SECONDS)
        log.error("%s (process %d) ended: %s; another one is started", self.role.name, process.pid, self.ended)
        self._died(process.pid)
        self._process = None
        if self._line is not None:
            self._line.close()

    def _beats(self) -> bool:
        """Whether there were signs of life since this was last asked."""
        with contextlib.suppress(OSError):
            return self._line is not None and bool(self._line.recv(4096))
        return False

    def _patience(self) -> float:
        return self.role.hung_seconds if self._alive else self.role.start_seconds

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)


def _told(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
