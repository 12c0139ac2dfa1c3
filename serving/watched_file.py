"""A file that people change while the service runs: read again when it has changed, and kept as it was while broken."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Generic, TypeVar

from data import files
from data.errors import UserError
from data.logs import log

LOOK_SECONDS: Final = 1.0
"""Least time between two checks of a file: a change takes effect within this time."""

Content = TypeVar("Content")


class WatchedFile(Generic[Content]):
    """The content of the file ``path`` as ``read`` gives it; ``what`` names it in the log.

    ``others_of``: the other files that the content was read from, and is read anew from when one of them changes.

    Raises
    ------
    UserError
        ``read`` refuses the file at the start. Later, the last valid content stays, and an error is logged.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], Content],
        what: str,
        others_of: Callable[[Content], Iterable[Path]] = lambda _: (),
    ) -> None:
        self._path, self._read, self._what, self._others_of = path, read, what, others_of
        self._stamps = {path: files.stamp(path)}
        self._content = read(path)
        self._watch_others()
        self._trouble: str | None = None
        self._next_look = time.monotonic() + LOOK_SECONDS

    def content(self) -> Content:
        """Give the content, at most `LOOK_SECONDS` old."""
        self._look()
        return self._content

    def trouble(self) -> str | None:
        """Say why the file can't be used now, so that its content stays as it was; None where it can be."""
        self._look()
        return self._trouble

    def _look(self) -> None:
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        stamps = {path: files.stamp(path) for path in self._stamps}
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            self._content = self._read(self._path)
        except UserError as error:
            self._trouble = str(error)
            log.error("%s stay as they were: %s", self._what, error)  # noqa: TRY400 - a broken file is no fault of ours
        else:
            self._trouble = None
            self._watch_others()
            log.info("%s were read anew", self._what)

    def _watch_others(self) -> None:
        """Watch the files of this content; one that is new is read once more, as it may have changed meanwhile."""
        watched = (self._path, *self._others_of(self._content))
        self._stamps = {path: self._stamps.get(path) for path in watched}
