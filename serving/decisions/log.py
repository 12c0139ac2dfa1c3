"""The decision log: a decision is in its file before the answer leaves the service, and a reaction before its receipt.

Unlike the log of predictions, nothing is dropped here, and the service removes no file: experiments are read from it.
"""

from pathlib import Path
from typing import Final

import orjson

from data.logged.decisions import DECISIONS, Contact, Decision, Reaction
from serving.predictions.rotating_file import RotatingFile

ALL_FILES: Final = 10**9
"""More files than there can be: none is removed."""


class DecisionLog:
    """Appends to files in ``folder``, which several processes share; a new file begins at ``max_file_bytes``."""

    def __init__(self, folder: Path, max_file_bytes: int) -> None:
        self._file = RotatingFile(DECISIONS, folder, max_file_bytes, ALL_FILES)
        self.trouble: str | None = None

    def append(self, *records: Decision | Reaction | Contact) -> None:
        """Write records.

        Raises
        ------
        OSError
            They can't be written, or not all of them: none counts as written.
        """
        lines = [orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records]
        try:
            written = self._file.append(lines)
        except OSError as error:
            self.trouble = f"{type(error).__name__}: {error}"
            raise
        self.trouble = None if written == len(lines) else "the next file can't be begun"
        if self.trouble is not None:
            raise OSError(self.trouble)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
