from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.training.small_matrix import matrix_frame, write_matrix
from tests.training.small_reasons import FEATURES, LARGE, NAMES, RARE, SMALL, STYLE, places, reasons_frame
from training.model.reasons.rows import ReasonRows, read_mixed, read_reasons, read_returned, share_places


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return reasons_frame()


@pytest.fixture
def matrix(frame: pd.DataFrame, tmp_path: Path) -> Path:
    return write_matrix(frame, tmp_path / "lines.parquet")


def test_each_line_has_the_place_of_its_reason_and_minus_one_without(frame: pd.DataFrame, matrix: Path) -> None:
    found = read_reasons(matrix)

    assert found is not None
    assert found.tolist() == places(frame).tolist()
    assert set(found.tolist()) == {-1, SMALL, LARGE, STYLE, RARE}


def test_a_reason_that_says_nothing_is_none(frame: pd.DataFrame, tmp_path: Path) -> None:
    unknown = frame.assign(reason=frame["reason"].where(frame["reason"] != "STYLE", "UNKNOWN"))

    found = read_reasons(write_matrix(unknown, tmp_path / "lines.parquet"))

    assert found is not None
    assert set(found[(unknown["reason"] == "UNKNOWN").to_numpy()].tolist()) == {-1}


def test_a_source_without_the_column_has_no_reasons(tmp_path: Path) -> None:
    assert read_reasons(write_matrix(matrix_frame(), tmp_path / "lines.parquet")) is None


def test_a_source_that_recorded_none_yet_has_a_column_of_nothing(frame: pd.DataFrame, tmp_path: Path) -> None:
    none_yet = frame.assign(reason=pd.Series(None, index=frame.index, dtype="object"))

    found = read_reasons(write_matrix(none_yet, tmp_path / "lines.parquet"))

    assert found is not None
    assert set(found.tolist()) == {-1}


def test_only_chosen_lines_with_a_reason_are_read(frame: pd.DataFrame, matrix: Path) -> None:
    chosen = np.arange(len(frame)) % 3 == 0
    expected = frame[chosen & frame["reason"].notna().to_numpy()]

    found = read_returned(matrix, FEATURES, places(frame), chosen)

    assert 0 < len(expected) < chosen.sum()
    np.testing.assert_array_equal(found.x, expected[FEATURES].to_numpy(dtype=np.float64))
    np.testing.assert_array_equal(found.shares, expected[NAMES].to_numpy(dtype=np.float64))
    assert found.reason.tolist() == places(expected).tolist()


@pytest.fixture
def copies(frame: pd.DataFrame, matrix: Path) -> pd.DataFrame:
    """The copies of the lines, as the features stage leaves them beside the lines."""
    lacking = frame.assign(**dict.fromkeys(NAMES, 1 / len(NAMES)), customer_return_rate=np.nan)
    write_matrix(lacking, matrix.with_name("unsent.parquet"))
    return lacking


@pytest.mark.parametrize(("share", "every"), [(1.0, 1), (0.5, 2), (0.25, 4)])
def test_a_share_of_the_returns_evenly_spread_is_read_as_their_copies(
    frame: pd.DataFrame, matrix: Path, copies: pd.DataFrame, share: float, every: int
) -> None:
    chosen = np.arange(len(frame)) % 3 == 0
    returned = chosen & frame["reason"].notna().to_numpy()
    taken = (np.arange(returned.sum()) + 1) % every == 0

    found = read_mixed(matrix, FEATURES, places(frame), chosen, share)

    whole, lacking = (each.loc[returned, FEATURES].to_numpy(dtype=np.float64) for each in (frame, copies))
    np.testing.assert_array_equal(found.x, np.where(taken[:, None], lacking, whole))
    np.testing.assert_array_equal(found.shares, found.x[:, [FEATURES.index(name) for name in NAMES]])
    assert found.reason.tolist() == places(frame)[returned].tolist()


def test_without_a_share_the_copies_are_not_even_read(frame: pd.DataFrame, matrix: Path) -> None:
    every = np.ones(len(frame), dtype=bool)

    found = read_mixed(matrix, FEATURES, places(frame), every, 0)

    assert not matrix.with_name("unsent.parquet").exists()
    np.testing.assert_array_equal(found.x, read_returned(matrix, FEATURES, places(frame), every).x)


def test_the_shares_are_found_wherever_they_stand() -> None:
    assert share_places(["age", *NAMES[::-1], "price"]) == list(range(11, 0, -1))


def test_lines_of_some_reasons_are_numbered_among_them() -> None:
    shares = np.arange(44.0).reshape(4, 11)
    rows = ReasonRows(np.arange(4.0)[:, None], shares, np.array([6, 1, 4, 6]))

    found = rows.only((1, 6))

    # the line of reason 4 is left out; 1 is the first of the reasons asked for, 6 the second
    assert found.reason.tolist() == [1, 0, 1]
    assert found.x.tolist() == [[0], [1], [3]]
    assert found.shares.tolist() == [[1, 6], [12, 17], [34, 39]]
