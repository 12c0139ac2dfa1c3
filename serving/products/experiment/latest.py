"""The latest read-out of a project, read anew when one of its files changed."""

import threading
import time
from pathlib import Path

from data import files
from data.errors import UserError
from data.logs import log
from serving.products.experiment.content import ReadOut, read
from serving.products.report import LOOK_SECONDS, NoReportError
from training.decisions.experiment_files.report import OF_COMMAND, OF_STAGE, Files


class Latest:
    """Gives the read-out that knows most: of that of the command and that of the stage, the one with the later time.

    A read-out that is broken leaves the last good one of the same files.
    """

    def __init__(self, project: Path) -> None:
        self._kept = [_Kept(each.under(project)) for each in (OF_COMMAND, OF_STAGE)]
        self._turn = threading.Lock()
        self._next_look = 0.0

    def current(self) -> ReadOut | None:
        """Give it; None where nothing was ever read out.

        Raises
        ------
        NoReportError
            There are files, and none of them can be read.
        """
        with self._turn:
            if time.monotonic() >= self._next_look:
                for each in self._kept:
                    each.look()
                self._next_look = time.monotonic() + LOOK_SECONDS
            found = [each.content for each in self._kept if each.content is not None]
            refused = next((each.refused for each in self._kept if each.refused is not None), None)
        if not found and refused is not None:
            raise NoReportError(expected=refused.expected, found=refused.found, fix=refused.fix)
        return max(found, key=_known_until, default=None)

    def trouble(self) -> UserError | None:
        """Why a read-out can't be read, as was found when `current` was asked last; None where all can."""
        with self._turn:
            return next((each.refused for each in self._kept if each.refused is not None), None)


class _Kept:
    """A read-out at one place."""

    def __init__(self, place: Files) -> None:
        self._place = place
        self._stamp: files.Stamp | None = None
        self.content: ReadOut | None = None
        self.refused: UserError | None = None

    def look(self) -> None:
        """Read it where it changed; the summary is written last."""
        stamp = files.stamp(self._place.summary)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        if stamp is None:
            self.content = self.refused = None
            return
        try:
            self.content, self.refused = read(self._place), None
        except UserError as error:
            self.refused = error.with_traceback(None)
            log.warning("the read-out of experiments can't be read, the last one stays: %s", error)


def _known_until(content: ReadOut) -> float:
    at = content.summary.as_of
    return 0.0 if at is None else at.timestamp()
