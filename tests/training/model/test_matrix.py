from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.model.matrix import numbers, read_rows


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    table = pa.table(
        {
            "line_id": ["a", "b", "c", "d", "e"],
            "label": pa.array([1, None, 0, 1, 0], pa.int8()),
            "count": pa.array([5, 6, None, 8, 9], pa.int64()),
            "rate": pa.array([0.5, 0.6, 0.7, None, 0.9], pa.float64()),
        }
    )
    pq.write_table(table, tmp_path / "lines.parquet", row_group_size=2)
    return tmp_path / "lines.parquet"


def test_chosen_lines_are_read_in_order_with_missing_as_nan(matrix: Path) -> None:
    rows = read_rows(matrix, ["rate", "count"], np.array([True, False, True, True, False]))

    np.testing.assert_array_equal(rows.x, [[0.5, 5], [0.7, np.nan], [np.nan, 8]])
    assert rows.y.tolist() == [1, 0, 1]
    assert rows.features == ("rate", "count")
    assert (rows.x.dtype.name, rows.y.dtype.name) == ("float64", "int8")


def test_no_line_chosen_is_no_row(matrix: Path) -> None:
    rows = read_rows(matrix, ["rate"], np.zeros(5, dtype=bool))

    assert rows.x.shape == (0, 1)
    assert rows.y.shape == (0,)


def test_columns_of_any_number_become_doubles() -> None:
    assert numbers(pa.array([True, False])).tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(numbers(pa.chunked_array([[2**53 - 1], [None]], pa.int64())), [2.0**53 - 1, np.nan])
