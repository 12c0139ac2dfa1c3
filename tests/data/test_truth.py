from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import UserError
from data.schema import Reason
from data.truth import read_true_drivers, read_true_reasons, read_truth

FACTORS = ("customer", "product", "size", "price", "bracketing", "basket", "season", "context")


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


def test_true_drivers_are_read_in_the_order_of_the_lines_with_their_names(tmp_path: Path) -> None:
    file = _drivers(tmp_path, {"a": 1.0, "b": 2.0, "c": 3.0})
    found = read_true_drivers(pa.array(["c", "a"]), file)
    assert found is not None
    names, drivers = found
    assert names == FACTORS
    # Column f of line x is 10 x + f, see `_drivers`.
    assert drivers.tolist() == [[30.0 + at for at in range(8)], [10.0 + at for at in range(8)]]


def test_no_drivers_are_read_for_a_real_shop_or_when_one_line_has_none(tmp_path: Path) -> None:
    assert read_true_drivers(pa.array(["a"]), tmp_path / "none.parquet") is None
    file = _drivers(tmp_path, {"old": None, "new": 2.0})
    assert read_true_drivers(pa.array(["new", "old"]), file) is None
    assert read_true_drivers(pa.array(["new"]), file) is not None


def test_a_truth_without_drivers_or_without_the_line_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "truth.parquet"
    pq.write_table(pa.table({"line_id": ["a"], "return_probability": [0.1]}), file)
    with pytest.raises(UserError, match="no \\['driver_customer', 'driver_product'"):
        read_true_drivers(pa.array(["a"]), file)
    with pytest.raises(UserError, match="none for 1 lines, the first of them 'z'"):
        read_true_drivers(pa.array(["z"]), _drivers(tmp_path, {"a": 1.0}))


def test_true_reasons_are_read_in_the_order_of_the_reasons_and_the_lines(tmp_path: Path) -> None:
    file = tmp_path / "truth.parquet"
    table = {"line_id": ["a", "b"], "reason_color": [0.25, 0.5], "reason_style": [0.75, 0.5]}
    assert read_true_reasons(pa.array(["a"]), [Reason.COLOR], file) is None
    pq.write_table(pa.table(table), file)
    found = read_true_reasons(pa.array(["b", "a"]), [Reason.STYLE, Reason.COLOR], file)
    assert found is not None
    assert found.tolist() == [[0.5, 0.5], [0.75, 0.25]]


def _drivers(folder: Path, lines: dict[str, float | None]) -> Path:
    """A truth in which the driver of the f-th factor is 10 times the line's number plus f, or missing."""
    file = folder / "drivers.parquet"
    columns = {
        f"driver_{name}": pa.array([None if x is None else 10 * x + at for x in lines.values()], pa.float64())
        for at, name in enumerate(FACTORS)
    }
    pq.write_table(pa.table({"line_id": list(lines), **columns}), file)
    return file
