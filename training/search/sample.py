"""A sample of the matrix: all lines of some customers, with the features that they have in the whole shop."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import Bools, Ints
from features.catalog import LINES_FILE, UNSENT_FILE
from training.model.split import read_times

BATCH_LINES = 50_000
ROWS_A_GROUP = 100_000
MOST = 2**64


@dataclass(frozen=True)
class Sample:
    """A matrix to train and test on: the file, the times of its lines, and the customer of each as a code from 0.

    ``whole``: whether it has all lines.
    """

    matrix: Path
    times: pd.DataFrame
    customers: Ints
    whole: bool

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{'all' if self.whole else 'a sample of'} {len(self.times):,} lines"


@contextmanager
def sampled(lines: int, matrix: Path = LINES_FILE) -> Iterator[Sample]:
    """Draw customers by a hash of their ids, so that about ``lines`` lines remain; all where there are fewer.

    The draw is the same each time. An order of a guest counts as a customer. The files of the sample exist as long as
    the context.
    """
    keys = _keys(matrix)
    chosen = _hashes(keys) < MOST * min(1.0, lines / len(keys))
    if chosen.all():
        yield _sample(matrix, keys, whole=True)
        return
    with TemporaryDirectory(prefix="return-risk-") as scratch:
        for name in (matrix.name, UNSENT_FILE.name):
            if (whole := matrix.with_name(name)).is_file():
                _write(whole, chosen, Path(scratch) / name)
        yield _sample(Path(scratch) / matrix.name, keys[chosen], whole=False)


def _sample(matrix: Path, keys: "pd.Series[str]", *, whole: bool) -> Sample:
    return Sample(matrix, read_times(matrix), np.asarray(pd.factorize(keys)[0], dtype=np.int64), whole)


def _keys(matrix: Path) -> "pd.Series[str]":
    found: pd.DataFrame = pq.read_table(matrix, columns=["customer_id", "order_id"]).to_pandas()
    return found["customer_id"].where(found["customer_id"].notna(), found["order_id"])


def _hashes(keys: "pd.Series[str]") -> np.ndarray:
    return pd.util.hash_array(keys.to_numpy(dtype=object))


def _write(whole: Path, chosen: Bools, to: Path) -> None:
    """Write the chosen rows in their order; both files of the matrix have a row for each line."""
    at = 0
    source = pq.ParquetFile(whole)
    with pq.ParquetWriter(to, source.schema_arrow) as writer:
        for batch in source.iter_batches(batch_size=BATCH_LINES):
            kept = batch.filter(pa.array(chosen[at : at + len(batch)]))
            writer.write_batch(kept, row_group_size=ROWS_A_GROUP)
            at += len(batch)
