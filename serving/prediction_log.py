"""What was said of every line, kept for the monitoring that will hold it against later returns.

One JSON object a line, with the fields of `Prediction` as its keys. An order's id is not known at the checkout, so a
line is joined with the order that followed by ``customer``, ``product_id``, ``size``, ``color`` and the time (the first
such order at or after ``scored_at``), or by ``basket_id`` where the shop gave one and sends it on with the order.

Scoring never waits for the log: what finds the queue full, or the disk, is dropped and counted. A process that is
killed loses what it scored in its last quarter of a second.
"""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from data.errors import UserError
from data.logs import log
from serving.prediction_file import RotatingFile, files

WRITE_SECONDS: Final = 0.25
BATCH: Final = 1000
"""Lines that are held a second time, as JSON, while they are written."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was said of one line of a basket. Times are microseconds since 1970, UTC; money is in minor units.

    ``request_id``, ``basket`` (its place in the request, from 0) and ``line`` (its place in the basket) name it;
    ``lines`` is how many the basket had.
    ``basket_id`` is what the shop calls the basket, None where it doesn't say. ``customer`` is the keyed hash, None for
    a guest. ``model_version``: None where priors answered; ``degraded`` names the causes of falling back.
    ``reasons`` are those that were said, by code, None where none were.
    ``data_as_of``: the latest fact that the state knew. ``features_sha256`` is of the values in the order of the
    model's catalog; ``features`` are the values themselves, where that is switched on, with None for a missing one.
    """

    scored_at: int
    request_id: str
    basket: int
    basket_id: str | None
    customer: str | None
    ordered_at: int
    line: int
    lines: int
    product_id: str
    size: str | None
    color: str | None
    quantity: int
    price_minor: int
    probability: float
    low: float
    high: float
    expected_cost_minor: float
    model_version: str | None
    data_as_of: int | None
    degraded: tuple[str, ...] = ()
    reasons: Mapping[str, float] | None = None
    features_sha256: str | None = None
    features: Mapping[str, float | None] | None = None


class PredictionLog:
    """Writes predictions in the background; `trouble` says why none can be written now, None when all is well.

    Parameters
    ----------
    folder
        Where the files are; several processes may share it.
    max_file_bytes, max_files
        Together the most that the folder holds, the files of all processes counted.
    queue_size
        Lines that may wait to be written.
    """

    def __init__(self, folder: Path, max_file_bytes: int, max_files: int, queue_size: int = 20_000) -> None:
        self._file = RotatingFile(folder, max_file_bytes, max_files)
        self._queue: deque[Prediction] = deque()
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

    def write(self, *predictions: Prediction) -> None:
        """Log lines; never waits and never raises. What comes on a full queue is dropped. From one thread at a time."""
        if len(self._queue) + len(predictions) > self._queue_size:
            self._refused += len(predictions)
        else:
            self._queue.extend(predictions)

    def stop(self, seconds: float = 5.0) -> None:
        """Write what waits, for no longer than ``seconds``."""
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

    def _write(self, batch: list[Prediction]) -> None:
        written, trouble = 0, None
        try:
            lines = [line for line in map(_line, batch) if line is not None]
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


def _line(prediction: Prediction) -> bytes | None:
    """The prediction as it is filed; None where it can't be, which costs this line and no other."""
    try:
        return orjson.dumps(prediction, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:
        return None


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Read all predictions of a folder, file by file; a last line that was cut off, or is being written, is left out.

    Raises
    ------
    UserError
        A line in the middle of a file is no JSON object: the file was damaged.
    """
    for file in files(folder):
        try:
            with file.open("rb") as lines:
                yield from (_parsed(file, number, line) for number, line in enumerate(lines, 1) if line.endswith(b"\n"))
        except FileNotFoundError:
            continue  # removed meanwhile, as the oldest


def _parsed(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        found = str(error)
    else:
        if isinstance(content, dict):
            return content
        found = f"a {type(content).__name__}"
    raise UserError(
        expected=f"a JSON object in each line of {file}",
        found=f"{found}, in line {number}",
        fix="move the damaged file out of the folder",
    )
