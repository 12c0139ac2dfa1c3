"""Builds matrices of a shop."""

import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.outcome import OutcomeParams
from features.offline import matrix
from features.offline.lines import prepare
from features.offline.local.matrix import Matrix
from features.params import FeatureParams
from features.recipe import Recipe
from tests.features.crowded_shop import OUTCOME, PARAMS, Shop


def matrix_of(shop: Shop, outcome: OutcomeParams = OUTCOME) -> pd.DataFrame:
    """The matrix, by line id; whole numbers as Python's, missing as None."""
    return by_line(computed(shop, outcome)[0])


def by_line(lines: pa.Table) -> pd.DataFrame:
    """The rows by line id; whole numbers as Python's, missing as None."""
    columns = {name: lines.column(name).to_pylist() for name in lines.column_names}
    return pd.DataFrame(columns, dtype=object).set_index("line_id", drop=False)


def computed(shop: Shop, outcome: OutcomeParams) -> tuple[pa.Table, Recipe]:
    """The table of the matrix and its recipe."""
    with tempfile.TemporaryDirectory() as folder:
        return computed_from(shop.write(Path(folder) / "validated"), Path(folder), PARAMS, outcome)


def computed_from(
    validated: Path, scratch: Path, params: FeatureParams, outcome: OutcomeParams
) -> tuple[pa.Table, Recipe]:
    """The table of the matrix of written tables, and its recipe; ``scratch`` is a folder for the engine's file."""
    backend = matrix.connect(params, scratch)
    try:
        lines = prepare(backend, validated, outcome)
        recipe = matrix.recipe_of(lines, params, outcome)
        return Matrix(backend, lines, recipe, params).whole(), recipe
    finally:
        backend.disconnect()
        (scratch / "features.duckdb").unlink(missing_ok=True)
