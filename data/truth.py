"""The truth of a simulated shop: each line's true probability, drivers and reasons. A real shop has no such file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from data.arrays import Floats
from data.errors import UserError
from data.schema import DRIVERS, Reason
from data.tables import TRUTH

TRUTH_FILE = TRUTH / "truth.parquet"


def read_truth(line_ids: pa.Array, path: Path = TRUTH_FILE) -> Floats | None:
    """Read the true probability of each line, float64 of shape (n,) in the order given; None for a real shop.

    Raises
    ------
    UserError
        The truth lacks a line or a column.
    """
    found = _read(line_ids, ["return_probability"], path)
    return None if found is None else found[:, 0]


def read_true_drivers(line_ids: pa.Array, path: Path = TRUTH_FILE) -> tuple[tuple[str, ...], Floats] | None:
    """Read the true contribution of each factor in log-odds: the factors' names, and float64 of shape (n, factors).

    None for a real shop, and when a line is so old that the truth lacks its drivers. Raises as `read_truth` does.
    """
    found = _read(line_ids, [f"driver_{name}" for name in DRIVERS], path)
    return None if found is None or np.isnan(found).any() else (DRIVERS, found)


def read_true_driver(line_ids: pa.Array, factor: str, path: Path = TRUTH_FILE) -> Floats | None:
    """Read the true contribution of one factor in log-odds, float64 of shape (n,), NaN for old lines.

    None for a real shop. Raises as `read_truth` does.
    """
    found = _read(line_ids, [f"driver_{factor}"], path)
    return None if found is None else found[:, 0]


def read_true_reasons(line_ids: pa.Array, reasons: Sequence[Reason], path: Path = TRUTH_FILE) -> Floats | None:
    """Read the true P(reason | returned), float64 of shape (n, reasons) in the order given; None for a real shop.

    ``reasons``: any but `Reason.UNKNOWN`, which is no cause. A line's probabilities sum to 1 over all of the other
    reasons. Raises as `read_truth` does.
    """
    return _read(line_ids, [f"reason_{reason.value.lower()}" for reason in reasons], path)


def _read(line_ids: pa.Array, columns: list[str], path: Path) -> Floats | None:
    """Read columns of the truth, float64 of shape (n, columns) in the order of the lines; NaN where missing."""
    if not path.is_file():
        return None
    truth = ds.dataset(path)
    lacking = [column for column in columns if column not in truth.schema.names]
    if lacking:
        raise _incomplete(f"the columns {columns} in {path}", f"no {lacking}")
    table = truth.to_table(columns=["line_id", *columns], filter=pc.field("line_id").isin(line_ids))
    places = pc.index_in(line_ids, value_set=table["line_id"].combine_chunks())
    if places.null_count:
        missing = line_ids.filter(pc.is_null(places))[0].as_py()
        raise _incomplete(
            f"the truth about each of the {len(line_ids)} test lines in {path}",
            f"none for {places.null_count} lines, the first of them {missing!r}",
        )
    return np.column_stack([table[column].take(places).to_numpy().astype(np.float64) for column in columns])


def _incomplete(expected: str, found: str) -> UserError:
    return UserError(expected=expected, found=found, fix="make the simulated shop anew: dvc repro --force ingest")
