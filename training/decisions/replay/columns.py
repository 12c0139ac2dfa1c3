"""The table of baskets to replay on disk: a row a line, and beside it which baskets they are."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ArrowException

from data.errors import UserError
from data.files import read_json, whole_folder, write_json
from data.schema import TIME
from features.language.reasons import REASONS as OF_RETURNS

FOLDER: Final = Path("reports/replay")
LINES: Final = "lines.parquet"
ABOUT: Final = "about.json"
VERSION: Final = 1
REASON: Final = "reason_"
"""Prefix of the columns with P(returned for a reason); the reason's code follows."""
FEATURE: Final = "feature_"
"""Prefix of the columns with features; the feature's name follows."""
REASONS: Final = tuple(each.value for each in OF_RETURNS)
_FIX: Final = "make it anew: dvc repro replay"


@dataclass(frozen=True)
class About:
    """Which baskets the table holds.

    ``since``, ``until``: ISO, UTC; the baskets were placed from the one on and before the other. ``baskets`` and
    ``units``: in that time, of customers and of guests, each of whose baskets is a unit of its own. ``kept_baskets``
    and ``kept_units``: those in the table. ``level``: of the scores' intervals; None where they have none.
    ``learned_until``: ISO, UTC; the model learned from lines ordered before. ``reasons``: whether the shop records
    reasons. ``features``: the names of those in the table.
    """

    since: str
    until: str
    days: float
    baskets: int
    units: int
    kept_baskets: int
    kept_units: int
    level: float | None
    learned_until: str | None
    reasons: bool
    features: tuple[str, ...]

    @property
    def scale(self) -> float:
        """How many units of the shop each unit in the table stands for."""
        return self.units / self.kept_units if self.kept_units else 1.0

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what the table in ``folder`` holds.

        Raises
        ------
        UserError
            There is no table, or one of another version of the code.
        """
        expected = f"the baskets to replay in {folder}"
        content = read_json(folder / ABOUT, expected=expected, fix=_FIX)
        if content.pop("version", None) != VERSION or content.keys() != cls.__dataclass_fields__.keys():
            raise UserError(expected=expected, found=f"{ABOUT} of another version", fix=_FIX)
        return cls(**{**content, "features": tuple(content["features"])})


def schema(features: Sequence[str]) -> pa.Schema:
    """The columns of the table.

    ``basket`` and ``unit`` are numbers that stand for nothing outside of the table: units tell which baskets are of one
    customer, so that caps can be counted, and not who that is. ``returned``: null where the outcome is unknown.
    ``came_back_for``: the recorded reason; null where there is none, or where it was inferred.
    """
    text, number = pa.string(), pa.float64()
    return pa.schema([
        ("basket", pa.int32()), ("unit", pa.int32()), ("guest", pa.bool_()), ("at", TIME), ("segment", text),
        ("product_id", text), ("value_minor", number), ("size", text), ("color", text), ("category", text),
        ("department", text), ("probability", number), ("low", number), ("high", number), ("basket_share", number),
        ("product_share", number), ("drivers", pa.list_(text)), ("other_size", text),
        ("other_size_probability", number), ("returned", pa.bool_()), ("came_back_for", text),
        *((REASON + each, number) for each in REASONS),
        *((FEATURE + each, number) for each in features),
    ])  # fmt: skip


def write(lines: pa.Table, about: About, folder: Path = FOLDER) -> None:
    """Write the table as ``folder``, which is replaced as a whole."""
    with whole_folder(folder) as unfinished:
        pq.write_table(lines.cast(schema(about.features)), unfinished / LINES, compression="zstd")
        write_json({"version": VERSION, **asdict(about)}, unfinished / ABOUT)


def read(folder: Path, features: Sequence[str]) -> pa.Table:
    """Read the lines with these ``features``, which the table has; `UserError` where they can't be read."""
    try:
        return pq.read_table(folder / LINES, columns=schema(features).names)
    except (OSError, ArrowException) as error:
        found = f"{type(error).__name__}: {error}"
        raise UserError(expected=f"the baskets to replay in {folder}", found=found, fix=_FIX) from None
