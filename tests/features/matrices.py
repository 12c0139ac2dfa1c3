"""Builds matrices of a shop."""

import tempfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from data.outcome import OutcomeParams
from features.build import build
from features.language.nodes import Feature
from features.offline import matrix
from tests.features.crowded_shop import OUTCOME, PARAMS, Shop


def matrix_of(shop: Shop, outcome: OutcomeParams = OUTCOME) -> pd.DataFrame:
    """The matrix, by line id; whole numbers as Python's, missing as None."""
    with tempfile.TemporaryDirectory() as folder:
        build(shop.write(Path(folder) / "validated"), Path(folder) / "matrix", PARAMS, outcome)
        table = pq.read_table(Path(folder) / "matrix" / "lines.parquet")
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    return pd.DataFrame(columns, dtype=object).set_index("line_id", drop=False)


def features_of(shop: Shop) -> list[Feature]:
    """The features that the shop's columns allow."""
    with tempfile.TemporaryDirectory() as folder:
        backend = matrix.connect(PARAMS, Path(folder))
        try:
            return matrix.matrix(backend, shop.write(Path(folder) / "validated"), PARAMS, OUTCOME)[1].features()
        finally:
            backend.disconnect()
