from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.model.matrix import earliest, numbers, places_of, read_rows, read_with_copies

EVERY = np.array([True, False, True, True, True])


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """Five lines, one without an outcome, and their copies, whose counts are 100 more."""
    table = pa.table(
        {
            "line_id": ["a", "b", "c", "d", "e"],
            "label": pa.array([1, None, 0, 1, 0], pa.int8()),
            "count": pa.array([5, 6, None, 8, 9], pa.int64()),
            "rate": pa.array([0.5, 0.6, 0.7, None, 0.9], pa.float64()),
        }
    )
    pq.write_table(table, tmp_path / "lines.parquet", row_group_size=2)
    copied = pa.array([105, 106, None, 108, 109], pa.int64())
    pq.write_table(table.set_column(2, "count", copied), tmp_path / "unsent.parquet", row_group_size=3)
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


def test_a_line_and_its_copy_weigh_one_together(matrix: Path) -> None:
    rows = read_with_copies(matrix, ["count"], EVERY, 4)

    np.testing.assert_array_equal(np.concatenate(rows.blocks)[:, 0], [5, np.nan, 8, 9, 105, np.nan, 108, 109])
    assert rows.labels.tolist() == [1, 0, 1, 0] * 2
    assert rows.weights is not None
    assert rows.weights.tolist() == [0.5] * 8


@pytest.mark.parametrize(
    ("most", "places", "copies"), [(9, [0, 1, 2, 3], 4), (3, [0, 2], 2), (2, [0, 2], 2), (1, [0], 1)]
)
def test_no_more_lines_than_wanted_have_copies_and_those_are_evenly_spread(
    matrix: Path, most: int, places: list[int], copies: int
) -> None:
    rows = read_with_copies(matrix, ["count"], EVERY, most)

    assert rows.copies is not None
    assert rows.copies.places.tolist() == places
    of_lines = np.array([5, np.nan, 8, 9])
    np.testing.assert_array_equal(rows.copies.x[:, 0], of_lines[places] + 100)
    assert rows.weights is not None
    assert rows.weights.tolist() == [0.5 if place in places else 1 for place in range(4)] + [0.5] * copies
    assert rows.labels.tolist() == [1, 0, 1, 0, *([1, 0, 1, 0][place] for place in places)]


def test_without_copies_the_rows_are_the_lines_and_weigh_alike(matrix: Path) -> None:
    rows, plain = read_with_copies(matrix, ["count"], EVERY, 0), read_rows(matrix, ["count"], EVERY)

    assert (rows.copies, rows.weights) == (None, None)
    np.testing.assert_array_equal(rows.x, plain.x)
    assert [block is rows.x for block in rows.blocks] == [True]
    assert rows.labels.tolist() == plain.y.tolist()


def test_columns_of_any_number_become_doubles() -> None:
    assert numbers(pa.array([True, False])).tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(numbers(pa.chunked_array([[2**53 - 1], [None]], pa.int64())), [2.0**53 - 1, np.nan])


@pytest.mark.parametrize(("count", "copied"), [(4, [0, 2]), (3, [0, 2]), (2, [0]), (0, [])])
def test_the_earliest_lines_keep_their_copies(matrix: Path, count: int, copied: list[int]) -> None:
    rows = earliest(read_with_copies(matrix, ["count"], EVERY, 2), count)

    assert rows.y.tolist() == [1, 0, 1, 0][:count]
    assert rows.copies is not None
    assert rows.copies.places.tolist() == copied
    np.testing.assert_array_equal(rows.copies.x[:, 0], np.array([105, np.nan, 108, 109])[copied])


def test_the_earliest_lines_without_copies_have_none(matrix: Path) -> None:
    rows = earliest(read_with_copies(matrix, ["count"], EVERY, 0), 2)

    assert (rows.x[:, 0].tolist()[0], rows.y.tolist(), rows.copies) == (5, [1, 0], None)


def test_a_feature_that_is_absent_has_no_place() -> None:
    assert places_of(("b", "c"), ("a", "b")) == (1, None)
