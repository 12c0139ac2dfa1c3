"""Returned lines of the matrix with their recorded reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.arrays import Bools, Floats, Ints
from features.catalog import REASON, UNSENT_FILE
from features.language.reasons import REASONS, share_name
from training.model.matrix import read_rows


@dataclass(frozen=True)
class ReasonRows:
    """Some returned lines.

    ``x`` of shape (n, features), float64, NaN where missing; ``shares`` (n, reasons), the shrunk shares;
    ``reason`` (n,), the place of the recorded reason in `features.language.reasons.REASONS`.
    """

    x: Floats
    shares: Floats
    reason: Ints

    def only(self, learned: Sequence[int]) -> "ReasonRows":
        """Keep lines with a reason in ``learned``, and those shares; ``reason`` becomes a place in ``learned``."""
        chosen = np.isin(self.reason, learned)
        number = np.searchsorted(learned, self.reason[chosen])
        return replace(self, x=self.x[chosen], shares=self.shares[chosen][:, list(learned)], reason=number)


def read_reasons(matrix: Path) -> Ints | None:
    """Read the place of each line's reason in `REASONS`, shape (lines,): -1 where none is recorded.

    None for a source that records no reasons.
    """
    file = pq.ParquetFile(matrix)
    if REASON not in file.schema_arrow.names:
        return None
    column = file.read([REASON]).column(0).cast(pa.string())
    places = pc.index_in(column, value_set=pa.array([reason.value for reason in REASONS]))
    return np.asarray(places.fill_null(-1).to_numpy(), dtype=np.int64)


def read_returned(matrix: Path, names: Sequence[str], reasons: Ints, chosen: Bools) -> ReasonRows:
    """Read the lines ``chosen`` (shape (lines,), bool) that have a reason in ``reasons`` (from `read_reasons`)."""
    chosen = chosen & (reasons >= 0)
    rows = read_rows(matrix, names, chosen)
    return ReasonRows(rows.x, rows.x[:, share_places(names)], reasons[chosen])


def read_mixed(matrix: Path, names: Sequence[str], reasons: Ints, chosen: Bools, unsent_share: float) -> ReasonRows:
    """As `read_returned`, with the share ``unsent_share`` of the lines as requests that lack fields would have them.

    Unlike for the score, such a line replaces the whole one: it takes no more time, and the reasons of whole requests
    are predicted as well as before (docs/explanation/tried-and-dropped.md).
    """
    rows = read_returned(matrix, names, reasons, chosen)
    if not unsent_share:
        return rows
    copies = read_returned(matrix.with_name(UNSENT_FILE.name), names, reasons, chosen)
    # Evenly spread: the row at which the running sum of the share reaches the next whole number.
    steps = np.floor(np.arange(len(rows.reason) + 1) * unsent_share)
    taken = (np.diff(steps) > 0)[:, np.newaxis]
    return replace(rows, x=np.where(taken, copies.x, rows.x), shares=np.where(taken, copies.shares, rows.shares))


def share_places(names: Sequence[str]) -> list[int]:
    """Find the places of the shrunk shares of reasons in ``names``, in the order of `REASONS`."""
    places = {name: place for place, name in enumerate(names)}
    return [places[share_name(reason)] for reason in REASONS]
