"""The decision log on disk, as the service writes it."""

from pathlib import Path
from typing import Final

from data.logged.decisions import DECISIONS
from training.decisions.experiment.log import Log, read_rows

FOLDER: Final = Path("serving/var/decisions")
"""Where the service keeps the log, unless it is set otherwise."""


def read_log(folder: Path) -> Log | None:
    """Read all files of the folder; None where there is no decision.

    Raises
    ------
    UserError
        A file was damaged, or a line is none of a decision log.
    """
    log = read_rows(DECISIONS.read(folder))
    return log if len(log.decisions) else None
