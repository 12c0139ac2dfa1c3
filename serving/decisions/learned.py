"""The learned effects by which challengers and exploration choose; read again when they change."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from data import files
from serving.watched_file import WatchedFile
from training.decisions.covariates import NAMES
from training.decisions.learned import Learned

DESCRIPTION: Final = "effects.json"
"""The file that is read first, and names all others by what they hold."""
FILES: Final = (DESCRIPTION, "trees.txt")
"""All files of learned effects: someone may copy them one after the other, in any order."""


class LearnedFolders:
    """Learned effects, each in the folder of its name in ``folder``, from which ``load`` reads them."""

    def __init__(self, folder: Path, load: Callable[[Path], Learned]) -> None:
        self._folder, self._load = folder, load
        self._files: dict[str, WatchedFile[Learned | None]] = {}

    def of(self, name: str) -> Learned | None:
        """Give the effects called ``name``; None while there are none that can be used: the log says why."""
        if name not in self._files:
            self._files[name] = self._watched(self._folder / name)
        return self._files[name].content()

    def _watched(self, folder: Path) -> WatchedFile[Learned | None]:
        return WatchedFile(
            folder / DESCRIPTION,
            self._read,
            f"the learned effects {folder.name}",
            lambda _: paths(folder),
            until_valid=_none,
            keep_valid=False,  # by effects that are no longer there, or were changed, nothing may be done
        )

    def _read(self, path: Path) -> Learned:
        """Read effects; `UserError` where they are broken, or need covariates that baskets don't have."""
        found = self._load(path.parent)
        unknown, no_stakes = pd.DataFrame([dict.fromkeys(NAMES, np.nan)]), pd.DataFrame(index=[0])
        found.predict(unknown, no_stakes)
        return found


def paths(folder: Path) -> Iterable[Path]:
    """Give the files of the learned effects in ``folder``."""
    return [folder / name for name in FILES]


def stamps(folder: Path) -> list[files.Stamp | None]:
    """Fingerprint the files of the learned effects in ``folder``: another version has other ones."""
    return list(map(files.stamp, paths(folder)))


def _none() -> None:
    """Give none: what needs the effects does nothing."""
