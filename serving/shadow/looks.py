"""Looks at the evidence again and again: each look is a process of its own, ``python -m serving.shadow --act``."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data.errors import UserError
from data.logs import log
from data.stage import parts
from data.times import utc_now
from serving.model.folder import ShadowLook

FIRST_SECONDS: Final = 60.0
"""The first look waits so long: a start has enough to do."""
MOST_SECONDS: Final = 6 * 3600.0
"""A look that takes longer hangs, and is ended."""


@dataclass(frozen=True)
class Look:
    """How a look is started: its command, its folder and its environment; and every how many seconds, 0 for never."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    every: float


class Looks:
    """Starts a look when one is due, and never waits for it."""

    def __init__(self, look: Look, model_dir: Path) -> None:
        self._look, self._dir = look, model_dir
        self._stack = ExitStack()
        self._running: subprocess.Popen[Any] | None = None
        self._due_at = time.monotonic() + FIRST_SECONDS
        self._until = 0.0

    def turn(self) -> None:
        """Start a look where one is due, and see whether the one that runs has ended."""
        now = time.monotonic()
        if self._running is not None:
            if self._running.poll() is None and now < self._until:
                return
            if self._running.poll() is None:
                log.warning("a look at the shadow took more than %.0f hours, and was ended", MOST_SECONDS / 3600)
            self.close()
        elif self._look.every and now >= self._due_at:
            left = self._left()
            self._due_at = now + (left or self._look.every)
            if not left:
                self._start(now)

    def close(self) -> None:
        """End the look that runs."""
        self._stack.close()
        self._running = None

    def _start(self, now: float) -> None:
        options = {"cwd": self._look.folder, "env": dict(self._look.environment), "stdout": subprocess.DEVNULL}
        (self._running,) = self._stack.enter_context(parts([list(self._look.command)], **options))
        self._until = now + MOST_SECONDS

    def _left(self) -> float:
        """How many seconds the last look is too young for another one, as after a restart of the service."""
        try:
            last = ShadowLook.read(self._dir)
        except UserError:
            last = None
        if last is None:
            return 0.0
        return max(0.0, self._look.every - (utc_now() - last.tried_at).total_seconds())
