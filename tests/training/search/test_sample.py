from pathlib import Path

import pandas as pd
import pytest

from tests.training.small_matrix import matrix_frame, write_matrix
from training.search.sample import sampled


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frame = matrix_frame()
    frame.loc[frame.index % 7 == 0, "customer_id"] = None
    folder = tmp_path_factory.mktemp("matrix")
    write_matrix(frame.assign(price=0.5), folder / "unsent.parquet")
    return write_matrix(frame, folder / "lines.parquet")


def test_a_sample_has_all_lines_of_its_customers_in_their_order_and_about_the_size(matrix: Path) -> None:
    whole = pd.read_parquet(matrix)
    with sampled(1500, matrix) as sample:
        drawn = pd.read_parquet(sample.matrix)

    keys = whole["customer_id"].fillna(whole["order_id"])
    kept = keys.isin(set(drawn["customer_id"].fillna(drawn["order_id"])))
    pd.testing.assert_frame_equal(drawn, whole[kept].reset_index(drop=True))
    assert len(drawn) == pytest.approx(1500, rel=0.1)
    assert len(sample.customers) == len(sample.times) == len(drawn)
    assert sample.words == f"a sample of {len(drawn):,} lines"
    assert not sample.matrix.exists()


def test_the_copies_of_a_sample_are_those_of_its_lines(matrix: Path) -> None:
    with sampled(1500, matrix) as sample:
        lines, copies = (pd.read_parquet(sample.matrix.with_name(f"{name}.parquet")) for name in ("lines", "unsent"))

    assert list(copies["line_id"]) == list(lines["line_id"])


def test_the_same_customers_are_drawn_each_time_and_a_larger_sample_holds_a_smaller_one(matrix: Path) -> None:
    found = []
    for lines in (500, 500, 2000):
        with sampled(lines, matrix) as sample:
            found.append(set(pd.read_parquet(sample.matrix)["line_id"]))

    assert found[0] == found[1] < found[2]


def test_a_matrix_that_is_small_enough_is_taken_as_it_is(matrix: Path) -> None:
    with sampled(10**6, matrix) as sample:
        assert sample.matrix == matrix
        assert sample.words == f"all {len(sample.times):,} lines"
