"""The learned effects by which challengers choose; read again when they change."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from data.errors import UserError
from data.logs import log
from serving.watched_file import WatchedFile
from training.decisions.covariates import NAMES
from training.decisions.learned import Learned

DESCRIPTION: Final = "effects.json"
"""The file that changes with each new version."""


class LearnedFolders:
    """Learned effects, each in the folder of its name in ``folder``, from which ``load`` reads them."""

    def __init__(self, folder: Path, load: Callable[[Path], Learned]) -> None:
        self._folder, self._load = folder, load
        self._files: dict[str, WatchedFile[Learned | None]] = {}

    def of(self, name: str) -> Learned | None:
        """Give the effects called ``name``; None where there are none, or none that can be used: the log says why."""
        if name not in self._files:
            path = self._folder / name / DESCRIPTION
            self._files[name] = WatchedFile(path, self._read, f"the learned effects {name}")
        return self._files[name].content()

    def _read(self, path: Path) -> Learned | None:
        try:
            found = self._load(path.parent)
            unknown, no_stakes = pd.DataFrame([dict.fromkeys(NAMES, np.nan)]), pd.DataFrame(index=[0])
            found.predict(unknown, no_stakes)  # refuses covariates that baskets don't have
        except UserError as error:
            log.error("a challenger does nothing: %s", error)  # noqa: TRY400 - broken effects are no fault of ours
            return None
        return found
