"""What the service said of every line: a line of the prediction log, and how the log is read.

Monitoring holds it against later returns. There is one JSON object a line, with the fields of `Prediction` as its keys.
An order's id is not known at the checkout, so a line is joined with the order that followed by ``customer``,
``product_id``, ``size``, ``color`` and the time (the first such order at or after ``scored_at``), or by ``basket_id``
where the shop gave one and sends it on with the order.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from data.errors import UserError

NAME: Final = re.compile(r"predictions-(\d{16})-\d+\.jsonl")
"""Of a file: when it was begun, in microseconds since 1970, and the process that wrote it."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was said of one line of a basket. Times are microseconds since 1970, UTC; money is in minor units.

    ``request_id``, ``basket`` (its place in the request, from 0) and ``line`` (its place in the basket) name it;
    ``lines`` is how many the basket had. ``scored_at`` is the clock as the request read it, once for all of its lines.
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


def files(folder: Path) -> list[Path]:
    """The files of the folder, those that were begun first first; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted((file for file in folder.iterdir() if NAME.fullmatch(file.name)), key=lambda file: file.name)


def file_name(begun_us: int, process: int) -> str:
    """Name a file that a process begins now; names sort by ``begun_us``, microseconds since 1970."""
    return f"predictions-{begun_us:016}-{process}.jsonl"


def begun(file: Path) -> int:
    """When a file was begun, in microseconds since 1970; of its name."""
    return int(file.name.split("-")[1])
