from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import UserError
from training import scored
from training.ranking import Floats
from training.scored import scored_lines, write_predictions
from training.slices import Mask


@dataclass(frozen=True)
class FakeScores:
    probability: Floats
    low: Floats
    high: Floats


class FakeBundle:
    def score(self, frame: pd.DataFrame) -> FakeScores:
        p = frame["feature"].to_numpy(dtype=np.float64)
        return FakeScores(p, p - 0.01, p + 0.01)


class FakeBaseline:
    def predict(self, frame: pd.DataFrame) -> Floats:
        return np.full(len(frame), 0.3)


class February:
    test_from = pd.Timestamp("2013-02-01")
    test_until = pd.Timestamp("2013-03-01")

    def test(self, frame: pd.DataFrame) -> Mask:
        inside = (frame["ordered_at"] >= "2013-02-01") & (frame["ordered_at"] < "2013-03-01")
        return (inside & frame["label"].notna()).to_numpy()


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    count = 90
    table = pa.table(
        {
            "line_id": [f"l{number}" for number in range(count)],
            "order_id": [f"o{number}" for number in range(count)],
            "customer_id": pa.array([None] * count, pa.string()),
            "product_id": ["p"] * count,
            "ordered_at": pa.array(pd.date_range("2013-01-01", periods=count, freq="D"), pa.timestamp("us")),
            "label": pa.array([None if number % 7 == 0 else number % 2 for number in range(count)], pa.int8()),
            "quantity": pa.array([1] * count, pa.int64()),
            "price_minor": pa.array(range(count), pa.int64()),
            "customer_lines": pa.array([None] * count, pa.int64()),
            "product_lines": pa.array([1] * count, pa.int64()),
            "basket_lines": pa.array([1] * count, pa.int64()),
            "feature": [number / count for number in range(count)],
        }
    )
    pq.write_table(table, tmp_path / "lines.parquet", row_group_size=17)
    return tmp_path / "lines.parquet"


@pytest.mark.parametrize("batch", [4, 100_000])
def test_only_settled_lines_of_the_window_are_scored_in_order(
    matrix: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(scored, "BATCH_LINES", batch)
    lines = scored_lines(matrix, February(), FakeBundle(), {"global_rate": FakeBaseline()})
    expected = [number for number in range(31, 59) if number % 7]
    assert lines["line_id"].tolist() == [f"l{number}" for number in expected]
    assert lines["probability"].tolist() == [number / 90 for number in expected]
    assert lines["label"].tolist() == [number % 2 for number in expected]
    assert (lines["baseline_global_rate"] == 0.3).all()
    assert "category" not in lines


def test_an_empty_test_window_is_one_clear_message(matrix: Path) -> None:
    class Never(February):
        def test(self, frame: pd.DataFrame) -> Mask:
            return np.zeros(len(frame), dtype=bool)

    with pytest.raises(UserError, match="known outcome in the test window"):
        scored_lines(matrix, Never(), FakeBundle(), {})


def test_predictions_are_one_row_a_line_with_each_baseline(matrix: Path, tmp_path: Path) -> None:
    lines = scored_lines(matrix, February(), FakeBundle(), {"global_rate": FakeBaseline(), "logistic": FakeBaseline()})
    write_predictions(lines, tmp_path / "predictions.parquet")
    written = pq.read_table(tmp_path / "predictions.parquet")
    names = [
        "line_id",
        "ordered_at",
        "label",
        "probability",
        "low",
        "high",
        "baseline_global_rate",
        "baseline_logistic",
    ]
    assert written.column_names == names
    assert written["line_id"].to_pylist() == lines["line_id"].tolist()
    assert written.schema.field("label").type == pa.int8()
    assert not list(tmp_path.glob("*.partial"))
