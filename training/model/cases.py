"""The measured lines in each case of unsent fields, read once: every case has the same lines in the same order."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from data.arrays import Bools, Floats
from features.catalog import CASE
from features.language.request_field import ALL_SENT
from training.model.matrix import numbers


class Cases:
    """The lines of ``file`` for which ``chosen`` holds, in memory: a column is read once for all cases.

    Parameters
    ----------
    file
        The file `features.catalog.CASES_FILE`.
    features
        Those that `rows` gives.
    chosen
        Says of a frame with the columns that a span looks at, and ``line_id``, whether each line is wanted.
    """

    def __init__(self, file: Path, features: Sequence[str], chosen: Callable[[pd.DataFrame], Bools]) -> None:
        source = pq.ParquetFile(file)
        described = [name for name in ("line_id", "category") if name in source.schema_arrow.names]
        about = source.read([CASE, "ordered_at", "closes_at", "label", *described]).to_pandas()
        kept = np.asarray(chosen(about), dtype=np.bool_)
        self._about = about[kept].reset_index(drop=True)
        self._x = np.empty((len(self._about), len(features)), dtype=np.float64)
        for place, name in enumerate(features):
            self._x[:, place] = numbers(source.read([name]).column(0))[kept]
        self._places = {str(name): places.to_numpy() for name, places in self._about.groupby(CASE).groups.items()}

    @property
    def names(self) -> list[str]:
        """The cases, that with all fields first, then by name; none where no line is chosen."""
        return [name for name in (ALL_SENT, *sorted(self._places.keys() - {ALL_SENT})) if name in self._places]

    def lines(self) -> pd.DataFrame:
        """The lines as every case has them: times, label, and id and category where the file has these."""
        found: pd.DataFrame = self._about.iloc[self._places.get(ALL_SENT, [])].drop(columns=CASE)
        return found.reset_index(drop=True)

    def rows(self, case: str) -> Floats:
        """The features of the lines in one case, shape (lines, features), float64, NaN where missing."""
        found: Floats = self._x[self._places[case]]
        return found
