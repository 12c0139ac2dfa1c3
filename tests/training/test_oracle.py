from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import UserError
from tests.training.scored_shop import scored_shop
from training.oracle import measure, read_truth


def test_the_truth_itself_is_at_no_distance() -> None:
    lines, truth = scored_shop()
    found = measure(lines["label"].to_numpy(), truth, truth, 10)
    assert (found.log_loss_excess, found.root_mean_square_error, found.calibration_error) == (0, 0, 0)


def test_a_shifted_model_is_told_by_its_shift() -> None:
    lines, truth = scored_shop()
    shifted = np.minimum(truth + 0.005, 1)
    found = measure(lines["label"].to_numpy(), shifted, truth, 10)
    assert found.root_mean_square_error == pytest.approx(0.005)
    assert found.calibration_error == pytest.approx(0.005)


def test_a_real_shop_has_no_truth(tmp_path: Path) -> None:
    assert read_truth(pa.array(["a"]), tmp_path / "truth.parquet") is None


def test_the_truth_is_read_in_the_order_of_the_lines(tmp_path: Path) -> None:
    file = tmp_path / "truth.parquet"
    pq.write_table(pa.table({"line_id": ["a", "b", "c"], "return_probability": [0.1, 0.2, 0.3]}), file)
    found = read_truth(pa.array(["c", "a"]), file)
    assert found is not None
    assert found.tolist() == [0.3, 0.1]
    with pytest.raises(UserError, match="none for 1 lines, the first of them 'z'"):
        read_truth(pa.array(["a", "z"]), file)
