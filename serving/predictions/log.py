"""The prediction log: writes the lines that say what was scored into the files of `data.logged.predictions`.

Scoring never waits for the log: while the queue or the disk is full, scores are dropped and counted. A process that is
killed loses the scores of its last quarter of a second.
"""

import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from data.logged.predictions import PREDICTIONS
from data.logs import log
from serving.predictions.rotating_file import RotatingFile

WRITE_SECONDS: Final = 0.25
BATCH: Final = 1000
"""Most lines of one write; during the write they are in memory twice."""


class PredictionLog:
    """Writes predictions in the background; `trouble` says why none can be written now, None when all is well.

    Parameters
    ----------
    folder
        Where the files are; several processes may share it.
    max_file_bytes, max_files
        Their product is the most that the folder holds, over all processes.
    queue_size
        Lines that may wait to be written.
    """

    def __init__(self, folder: Path, max_file_bytes: int, max_files: int, queue_size: int = 20_000) -> None:
        self._file = RotatingFile(PREDICTIONS, folder, max_file_bytes, max_files)
        self._queue: deque[bytes | None] = deque()
        self._queue_size = queue_size
        self._refused = self._lost = 0  # by the thread that scores, and by the one that writes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self.trouble: str | None = None

    @property
    def dropped(self) -> int:
        """How many lines were not logged since the start."""
        return self._refused + self._lost

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def write(self, lines: Sequence[bytes | None]) -> None:
        """Log lines, each with its end; None: one that could not be written as JSON, which is lost.

        It never waits and never raises. A full queue drops them. Call from one thread at a time.
        """
        if len(self._queue) + len(lines) > self._queue_size:
            self._refused += len(lines)
        else:
            self._queue.extend(lines)

    def stop(self, seconds: float = 5.0) -> None:
        """Write the waiting lines, for no longer than ``seconds``."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._stop.wait(WRITE_SECONDS)
            while self._queue:
                self._write([self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))])
        self._file.close()

    def _write(self, batch: list[bytes | None]) -> None:
        written, trouble = 0, None
        try:
            lines = [line for line in batch if line is not None]
            trouble = "they can't be written as JSON" if len(lines) < len(batch) else None
            written = self._file.append(lines)
        except OSError as error:
            trouble = f"{type(error).__name__}: {error}"
        self._lost += len(batch) - written
        if trouble is not None and self.trouble is None:
            log.error("predictions are dropped: %s", trouble)
        elif trouble is None and self.trouble is not None:
            log.warning("predictions are logged again; %d were dropped since the start", self.dropped)
        self.trouble = trouble
