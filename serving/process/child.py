"""A supervised process: started, watched by its signs of life (heartbeats), killed when it hangs, restarted."""

import contextlib
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import ClassVar, Final

from data.errors import UserError
from data.logs import log
from serving.process.lifeline import Lifeline

APART_SECONDS: Final = 1.0
"""Least time between two starts of a process that gave a sign of life and then died."""
FIRST_WAIT_SECONDS: Final = 0.25
LONGEST_WAIT_SECONDS: Final = 30.0
"""Exponential backoff after failed starts: the first and the longest wait; each is twice as long as the last."""
KILL_SECONDS: Final = 5.0
FORK: Final = multiprocessing.get_context("fork")
"""A fork is safe, as the supervisor has no Python threads."""

ENDING: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Role:
    """The task of a process.

    ``run``: the code of the process, which is a fork of the supervisor. ``vital``: without the process, nothing is
    served. A process hangs if it gives no sign of life for ``start_seconds`` after its start, or later for
    ``hung_seconds``.
    """

    name: str
    run: Callable[[Lifeline], None]
    vital: bool = True
    start_seconds: float = 120.0
    hung_seconds: float = 30.0


class Child:
    """The process of a role, restarted whenever it ends.

    `was_ready`: whether any of its runs gave a sign of life. `failures`: how many of the latest runs, in a row, ended
    without one. `ended`: how the last run ended. Times are seconds of the monotonic clock.
    """

    _lines: ClassVar[set[socket.socket]] = set()
    """The supervisor's ends of all lifelines; each process closes its copies, which would keep the lifelines open."""

    def __init__(self, role: Role, died: Callable[[int], None]) -> None:
        self.role, self._died = role, died
        self.was_ready, self.failures, self.ended = False, 0, ""
        self._process: BaseProcess | None = None
        self._line: socket.socket | None = None
        self._started = self._alive = self._start_at = 0.0

    def look(self, now: float) -> None:
        """Start the process when it is due, read its signs of life, and handle its end or its hang."""
        if self._process is None:
            if now >= self._start_at:
                self._start(now)
            return
        ended = self._process.exitcode
        if self._beats():  # also of one that has ended: it may have come to life and died since the last look
            self.was_ready = True
            self._alive = now
        if ended is not None:
            self._bury(self._process, ended, now)
        elif now - max(self._alive, self._started) > self._patience():
            log.error("%s (process %s) gives no sign of life and is killed", self.role.name, self._process.pid)
            self._process.kill()

    def end(self) -> None:
        """Send SIGTERM, so that the process finishes its work and ends."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """Kill the process now."""
        if self._process is not None:
            log.error("%s (process %s) has not ended in time and is killed", self.role.name, self._process.pid)
            self._process.kill()
            self._process.join(KILL_SECONDS)

    def has_ended(self) -> bool:
        """Whether no process runs; valid after `end`."""
        return self._process is None or self._process.exitcode is not None

    def _start(self, now: float) -> None:
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)
        self._lines.add(self._line)
        with theirs:
            self._process = FORK.Process(target=self._live, args=(theirs,), name=self.role.name)
            before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # a signal that comes now waits for `_live`
            self._process.start()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._started, self._alive = now, 0.0

    def _live(self, line: socket.socket) -> None:
        """Run in the new process: release what belongs to the supervisor, and run the role."""
        os.setpgid(0, 0)  # a process group of its own, as only the supervisor handles Ctrl-C
        _show_name(self.role.name)
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        for other in self._lines:
            other.close()
        try:
            self.role.run(Lifeline(line))
        except UserError as error:
            log.error("%s stopped: %s", self.role.name, error)  # noqa: TRY400 - a message for people, with all in it
            raise SystemExit(1) from None
        except Exception:
            log.exception("%s failed", self.role.name)
            raise SystemExit(1) from None

    def _bury(self, process: BaseProcess, code: int, now: float) -> None:
        self.ended = f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        self.failures = 0 if self._alive else self.failures + 1
        self._start_at = self._started + APART_SECONDS if self._alive else now + _wait(self.failures)
        log.error("%s (process %s) ended: %s; a new one is started", self.role.name, process.pid, self.ended)
        self._died(process.pid or 0)
        self._process = None
        if self._line is not None:
            self._lines.discard(self._line)
            self._line.close()

    def _beats(self) -> bool:
        """Whether there were signs of life since the last call."""
        with contextlib.suppress(OSError):
            return self._line is not None and bool(self._line.recv(4096))
        return False

    def _patience(self) -> float:
        return self.role.hung_seconds if self._alive else self.role.start_seconds


def _show_name(name: str) -> None:
    """Let `ps` and `top` show what this process is for; Linux keeps 15 bytes."""
    with contextlib.suppress(OSError):
        comm = os.open("/proc/self/comm", os.O_WRONLY)
        try:
            os.write(comm, name.removeprefix("a ").removeprefix("the ").encode())
        finally:
            os.close(comm)


def _wait(failures: int) -> float:
    return float(min(FIRST_WAIT_SECONDS * 2 ** min(failures - 1, 10), LONGEST_WAIT_SECONDS))
