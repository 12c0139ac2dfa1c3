"""The prediction log: the record of one score, and the reader of the log's files.

Monitoring joins the log with later returns. Each line of a file is one JSON object with the fields of `Prediction` as
its keys. The order's id is not known at the checkout. `data.predicted` joins a score with its order line by
``line_id`` where the shop gives the line the id that it has in the order, and else by ``customer``, ``product_id``,
``size``, ``color`` and the time (the first such order at or after ``scored_at``).

``customer`` is a keyed hash for every shop. The tables of a simulated shop hold their made-up ids in clear: hash them
with the key of the environment (`data.identity.IdKey.hash`) before the join. Labels join in their normal form
(`data.reading.labels.normal_form`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from data.errors import UserError

NAME: Final = re.compile(r"predictions-(\d{16})-\d+\.jsonl")
"""Name of a file: the time at which it was begun, in microseconds since 1970, and the id of the writing process."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The score of one line of a basket. Times are microseconds since 1970, UTC; money is in minor units.

    ``request_id``, ``basket`` (place of the basket in the request, from 0) and ``line`` (place of the line in the
    basket) identify the score; ``line_id`` is the shop's own id of the line, None where the shop sent none; ``lines``
    counts the lines of the basket. ``scored_at`` is the time of the request, the
    same for all of its lines. ``basket_id`` is the shop's own id of the basket, None where the shop sent none.
    ``customer`` is the keyed hash, None for a guest. ``model_version`` is None where priors answered; ``degraded``
    names the causes of a degraded answer. ``reasons`` has the probability of each predicted reason by its code, None
    where no reasons were predicted. ``data_as_of`` is the time of the latest fact in the online state.
    ``features_sha256`` is the hash of the feature values in the order of the model's catalog; ``features`` has the
    values themselves where their logging is switched on, None for a missing value.
    """

    scored_at: int
    request_id: str
    basket: int
    basket_id: str | None
    customer: str | None
    ordered_at: int
    line: int
    line_id: str | None
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


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Read all predictions of a folder, file by file; an incomplete last line is left out.

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
            continue  # the oldest files are removed in the meantime


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


def files(folder: Path) -> list[Path]:
    """The files of the folder, oldest first; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted((file for file in folder.iterdir() if NAME.fullmatch(file.name)), key=lambda file: file.name)


def file_name(begun_us: int, process: int) -> str:
    """Name a file that a process begins now; names sort by ``begun_us``, microseconds since 1970."""
    return f"predictions-{begun_us:016}-{process}.jsonl"


def begun(file: Path) -> int:
    """The time at which a file was begun, read from its name, in microseconds since 1970."""
    return int(file.name.split("-")[1])
