"""Looks again and again, each time in a process of its own, which gives its memory back when it ends.

A look that fails says why in its file, beside what was told before, and the next one tries again.
"""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from data.errors import UserError
from data.logs import log
from data.stage import parts
from data.times import utc_now
from serving.json_file import JsonFile

FIRST_SECONDS: Final = 60.0
"""The first look waits so long: a start has enough to do."""
MOST_SECONDS: Final = 6 * 3600.0
"""A look that takes longer hangs, and is ended."""


class LookFile(JsonFile):
    """What was found last.

    ``problem``: why the look at ``tried_at`` told nothing; then the other fields are those of the look before.
    """

    tried_at: datetime
    problem: str | None = None


FileT = TypeVar("FileT", bound=LookFile)


@dataclass(frozen=True)
class Look:
    """How a look is started: its command, its folder and its environment; and every how many seconds, 0 for never.

    Without folder or environment it has those of this process.
    """

    command: Sequence[str]
    every: float
    folder: Path | None = None
    environment: Mapping[str, str] | None = field(default=None, repr=False)


class Looks:
    """Starts a look when one is due, and never waits for it.

    Parameters
    ----------
    kind, folder
        The file that a look writes, and where it is.
    what
        What is looked at, in words.
    """

    def __init__(self, look: Look, kind: type[LookFile], folder: Path, what: str) -> None:
        self._look, self._kind, self._folder, self._what = look, kind, folder, what
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
                log.warning("a look at %s took more than %.0f hours, and was ended", self._what, MOST_SECONDS / 3600)
            self.close()
            self._due_at = now + self._look.every
        elif self._look.every and now >= self._due_at:
            left = self._left()
            self._due_at = now + left
            if not left:
                self._start(now)

    def close(self) -> None:
        """End the look that runs."""
        self._stack.close()
        self._running = None

    def _start(self, now: float) -> None:
        environment = None if self._look.environment is None else dict(self._look.environment)
        options = {"cwd": self._look.folder, "env": environment, "stdout": subprocess.DEVNULL}
        (self._running,) = self._stack.enter_context(parts([list(self._look.command)], **options))
        self._until = now + MOST_SECONDS

    def _left(self) -> float:
        """How many seconds the last look is too young for another one, as after a restart of the service."""
        try:
            last = self._kind.read(self._folder)
        except UserError:  # a look writes a new one
            last = None
        if last is None:
            return 0.0
        left = self._look.every - (utc_now() - last.tried_at).total_seconds()
        return max(0.0, min(left, self._look.every))


def noted(kind: type[FileT], folder: Path, look: Callable[[], FileT]) -> FileT:
    """Look once, and write what was found into ``folder``.

    Where nothing can be told (`UserError`), the file keeps what was told before, and says why there is nothing newer.

    Raises
    ------
    OSError
        The file can't be written.
    """
    try:
        found = look()
    except UserError as error:
        problem = f"expected {error.expected}; found {error.found}; {error.fix}"
        found = _before(kind, folder).model_copy(update={"tried_at": utc_now(), "problem": problem})
    found.write(folder)
    return found


def _before(kind: type[FileT], folder: Path) -> FileT:
    try:
        before = kind.read(folder)
    except UserError:
        before = None  # of another version of the code: this look replaces it
    return before or kind(tried_at=utc_now())
