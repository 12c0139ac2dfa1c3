"""Read rows of the matrix as NumPy arrays, one column at a time: memory holds little more than the result."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import Bools, Floats


@dataclass(frozen=True)
class Rows:
    """Some lines of the matrix: ``x`` of shape (n, features), float64, NaN where missing; ``y`` (n,), 0 or 1."""

    x: Floats
    y: npt.NDArray[np.int8]
    features: tuple[str, ...]


def read_rows(matrix: Path, features: Sequence[str], chosen: Bools) -> Rows:
    """Read the labelled lines ``chosen`` (shape (lines of the matrix,), bool), in the matrix's order."""
    file = pq.ParquetFile(matrix)
    x = np.empty((int(chosen.sum()), len(features)), dtype=np.float64, order="F")
    for place, name in enumerate(features):
        x[:, place] = numbers(file.read([name]).column(0))[chosen]
    label = file.read(["label"]).column(0).filter(pa.array(chosen))
    return Rows(x, label.to_numpy().astype(np.int8), tuple(features))


def numbers(column: pa.ChunkedArray | pa.Array) -> Floats:
    """An Arrow column of numbers as float64, NaN where it is null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
