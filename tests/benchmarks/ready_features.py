"""Rows of the matrix as they are: what the two rivals of the service, which know no history, are asked to score."""

from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow.parquet as pq

from data.arrays import Floats
from features.catalog import LINES_FILE
from training.model import bundle
from training.model.matrix import numbers


@dataclass(frozen=True)
class ReadyFeatures:
    """``x``: the latest lines of the matrix, shape (lines, features), float64 with NaN where missing."""

    names: tuple[str, ...]
    x: Floats

    def basket(self, number: int, lines: int) -> Floats:
        """The basket ``number``: ``lines`` rows in a block; numbers beyond the last basket begin anew."""
        start = number % (len(self.x) // lines) * lines
        return self.x[start : start + lines]


def booster(folder: Path = bundle.FOLDER) -> lgb.Booster:
    """The booster of the bundle in ``folder``, without the rest of it."""
    return lgb.Booster(model_file=folder / "booster.txt")


def read(names: tuple[str, ...], lines: int, matrix: Path = LINES_FILE) -> ReadyFeatures:
    """Read the last ``lines`` lines of the matrix; all of them where it has fewer."""
    file = pq.ParquetFile(matrix)
    groups, held = file.num_row_groups, 0
    while groups and held < lines:
        groups -= 1
        held += file.metadata.row_group(groups).num_rows
    table = file.read_row_groups(list(range(groups, file.num_row_groups)), columns=list(names))
    table = table.slice(max(0, table.num_rows - lines))
    return ReadyFeatures(names, np.column_stack([numbers(table.column(name)) for name in names]))
