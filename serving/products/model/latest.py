"""What the quality watch found last, read anew when its file changed."""

from typing import Final

from data.errors import UserError
from data.files import Stamp, stamp
from serving.model.level import LevelMove, moves_of
from serving.quality.found import FILE, Quality
from serving.settings import Settings

SHOWN: Final = 20
"""Moves of the level that the page shows."""


class LatestQuality:
    """Gives what was found last for one shop; it may be asked from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._folder, self.every_seconds = settings.quality, settings.quality_every_seconds
        self._model_dir = settings.model_dir
        self._read: tuple[Stamp | None, Quality | None, UserError | None] = (None, None, None)

    def moves(self) -> list[LevelMove]:
        """Give the latest moves of the level, newest first; none where their record can't be read."""
        try:
            return moves_of(self._model_dir)[: -SHOWN - 1 : -1]
        except UserError:
            return []

    def current(self) -> tuple[Quality | None, UserError | None]:
        """Give it, None where nothing was found yet; and why the file can't be read, where it can't."""
        found = stamp(self._folder / FILE)
        if found is None:
            return None, None
        if self._read[0] != found:
            try:
                self._read = found, Quality.read(self._folder), None
            except UserError as error:
                self._read = found, None, error.with_traceback(None)
        return self._read[1:]
