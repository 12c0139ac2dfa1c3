"""Read rows of the matrix as NumPy arrays, one column at a time: memory holds little more than the result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import Bools, Floats, Ints
from features.catalog import UNSENT_FILE


@dataclass(frozen=True)
class Copies:
    """Some lines once more, without the fields that requests may lack.

    ``x`` of shape (m, features), as that of `Rows`; ``places`` (m,), ascending: the rows that they are copies of.
    """

    x: Floats
    places: Ints


@dataclass(frozen=True)
class Rows:
    """Some lines of the matrix: ``x`` of shape (n, features), float64, NaN where missing; ``y`` (n,), 0 or 1.

    ``copies`` is None where the lines are read as they are alone.
    """

    x: Floats
    y: npt.NDArray[np.int8]
    features: tuple[str, ...]
    copies: Copies | None = None

    @property
    def blocks(self) -> list[Floats]:
        """The lines, and after them their copies."""
        return [self.x] if self.copies is None else [self.x, self.copies.x]

    @property
    def labels(self) -> npt.NDArray[np.int8]:
        """The outcomes of the lines, and after them those of their copies; shape (n + m,)."""
        return self.y if self.copies is None else np.concatenate([self.y, self.y[self.copies.places]])

    @property
    def weights(self) -> Floats | None:
        """What each row weighs, shape (n + m,): a line and its copy half each. None: one each."""
        if self.copies is None:
            return None
        of_lines = np.ones(len(self.y))
        of_lines[self.copies.places] = 0.5
        return np.concatenate([of_lines, np.full(len(self.copies.places), 0.5)])


def read_rows(matrix: Path, features: Sequence[str], chosen: Bools) -> Rows:
    """Read the lines ``chosen`` (shape (lines of the matrix,), bool), in the matrix's order.

    ``y`` is -1 where a line has no label.
    """
    file = pq.ParquetFile(matrix)
    x = np.empty((int(chosen.sum()), len(features)), dtype=np.float64, order="F")
    for place, name in enumerate(features):
        x[:, place] = numbers(file.read([name]).column(0))[chosen]
    label = file.read(["label"]).column(0).filter(pa.array(chosen))
    return Rows(x, label.fill_null(-1).to_numpy().astype(np.int8), tuple(features))


def read_with_copies(matrix: Path, features: Sequence[str], chosen: Bools, most: int) -> Rows:
    """As `read_rows`, with the copies of at most ``most`` of the lines, evenly spread; 0 reads none."""
    rows = read_rows(matrix, features, chosen)
    if not most:
        return rows
    found = np.flatnonzero(chosen)
    places = np.arange(len(found))[:: max(1, -(-len(found) // most))]
    copied = np.zeros(len(chosen), dtype=bool)
    copied[found[places]] = True
    copies = read_rows(matrix.with_name(UNSENT_FILE.name), features, copied)
    return replace(rows, copies=Copies(copies.x, places))


def earliest(rows: Rows, count: int) -> Rows:
    """The first ``count`` of the lines, with their copies."""
    if count >= len(rows.y):
        return rows
    found = Rows(rows.x[:count], rows.y[:count], rows.features)
    if rows.copies is None:
        return found
    early = int(np.searchsorted(rows.copies.places, count))
    return replace(found, copies=Copies(rows.copies.x[:early], rows.copies.places[:early]))


def latest(rows: Rows, most: int) -> Rows:
    """The last ``most`` of the lines, with their copies."""
    first = max(0, len(rows.y) - most)
    found = Rows(rows.x[first:], rows.y[first:], rows.features)
    if rows.copies is None:
        return found
    late = rows.copies.places >= first
    return replace(found, copies=Copies(rows.copies.x[late], rows.copies.places[late] - first))


def numbers(column: pa.ChunkedArray | pa.Array) -> Floats:
    """An Arrow column of numbers as float64, NaN where it is null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


@cache
def places_of(wanted: tuple[str, ...], names: tuple[str, ...]) -> tuple[int | None, ...]:
    """The places of the ``wanted`` features among ``names``, None for one that is absent."""
    return tuple(names.index(name) if name in names else None for name in wanted)
