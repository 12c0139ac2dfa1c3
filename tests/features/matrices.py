"""Builds matrices of a shop."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from data.outcome import OutcomeParams
from features.offline import matrix
from features.recipe import Recipe
from tests.features.crowded_shop import OUTCOME, PARAMS, Shop


def matrix_of(shop: Shop, outcome: OutcomeParams = OUTCOME) -> pd.DataFrame:
    """The matrix, by line id; whole numbers as Python's, missing as None."""
    with computed(shop, outcome) as (table, _):
        return by_line(table.to_pyarrow())


def by_line(lines: pa.Table) -> pd.DataFrame:
    """The rows by line id; whole numbers as Python's, missing as None."""
    columns = {name: lines.column(name).to_pylist() for name in lines.column_names}
    return pd.DataFrame(columns, dtype=object).set_index("line_id", drop=False)


@contextmanager
def computed(shop: Shop, outcome: OutcomeParams) -> Iterator[tuple[ir.Table, Recipe]]:
    """The table of the matrix and its recipe, in a database of their own."""
    with tempfile.TemporaryDirectory() as folder:
        backend = matrix.connect(PARAMS, Path(folder))
        try:
            yield matrix.matrix(backend, shop.write(Path(folder) / "validated"), PARAMS, outcome)
        finally:
            backend.disconnect()
