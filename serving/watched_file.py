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
RETRY_SECONDS: Final = 5.0
"""Least time between two reads of a broken file that stays the same: what it names may have been mended."""

Content = TypeVar("Content")


class WatchedFile(Generic[Content]):
    """The content of the file ``path`` as ``read`` gives it; ``what`` names it in the log.

    ``others_of``: the other files that the content was read from, and is read anew from when one of them changes.
    ``until_valid``: gives the content where ``read`` refuses the file at the start, until the file is mended. Leave it
    out for a file without which the service must not run. ``keep_valid``: whether the last valid content stays when the
    file is broken later; False: ``until_valid`` gives the content then, too.

    Raises
    ------
    UserError
        ``read`` refuses the file at the start, and there is no ``until_valid``. Later, an error is logged.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], Content],
        what: str,
        others_of: Callable[[Content], Iterable[Path]] = lambda _: (),
        *,
        until_valid: Callable[[], Content] | None = None,
        keep_valid: bool = True,
    ) -> None:
        self._path, self._read, self._what, self._others_of = path, read, what, others_of
        self._stamps = {path: files.stamp(path)}
        self._trouble: str | None = None
        self._content = self._first(until_valid)
        self._while_broken = None if keep_valid else until_valid
        self._watch_others()
        self._next_look = time.monotonic() + LOOK_SECONDS
        self._next_retry = self._next_look

    def content(self) -> Content:
        """Give the content, at most `LOOK_SECONDS` old."""
        self._look()
        return self._content

    def trouble(self) -> str | None:
        """Say why the file can't be used now, so that its content stays as it was; None where it can be."""
        self._look()
        return self._trouble

    def _first(self, until_valid: Callable[[], Content] | None) -> Content:
        try:
            return self._read(self._path)
        except UserError as error:
            if until_valid is None:
                raise
            self._trouble = str(error)
            log.error("%s can't be used, and the service starts without: %s", self._what, error)  # noqa: TRY400 - no fault of ours
            return until_valid()

    def _look(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        stamps = {path: files.stamp(path) for path in self._stamps}
        if stamps == self._stamps and (self._trouble is None or now < self._next_retry):
            return
        self._stamps, self._next_retry = stamps, now + RETRY_SECONDS
        try:
            self._content = self._read(self._path)
        except UserError as error:
            self._tell(str(error))
            if self._while_broken is not None:
                self._content = self._while_broken()
        else:
            self._trouble = None
            self._watch_others()
            log.info("read %s anew", self._what)

    def _tell(self, trouble: str) -> None:
        """Log a trouble once, and not at each retry."""
        if trouble != self._trouble:
            holds = "what held before still holds" if self._while_broken is None else "the service goes on without"
            log.error("%s can't be used, and %s: %s", self._what, holds, trouble)
        self._trouble = trouble

    def _watch_others(self) -> None:
        """Watch the files of this content; one that is new is read once more, as it may have changed meanwhile."""
        watched = (self._path, *self._others_of(self._content))
        self._stamps = {path: self._stamps.get(path) for path in watched}
