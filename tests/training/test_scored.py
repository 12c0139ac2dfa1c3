from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.arrays import Bools, Floats
from data.errors import UserError
from data.schema import Reason
from features.reasons import REASONS
from training import scored
from training.scored import Sample, scored_lines, write_predictions

ALL = Sample(size=1000, seed=1)
STYLE, DEFECTIVE = REASONS.index(Reason.STYLE), REASONS.index(Reason.DEFECTIVE)


@dataclass(frozen=True)
class FakeScores:
    probability: Floats
    low: Floats
    high: Floats


class FakeDrivers:
    """Two features: the first moves the log-odds by its value, the second by its own times 2."""

    factors: tuple[str, ...] = ("product", "price")
    expected = 0.25

    def of_features(self, x: Floats) -> Floats:
        assert x.shape[1] == 2
        return x * [1.0, 2.0]

    def of_factors(self, of_features: Floats) -> Floats:
        return of_features


class FakeBundle:
    features: tuple[str, ...] = ("feature", "price_minor", "reason_share_style")
    score_features: tuple[str, ...] = ("feature", "price_minor")
    drivers = FakeDrivers()

    def score(self, frame: pd.DataFrame) -> FakeScores:
        p = frame["feature"].to_numpy(dtype=np.float64)
        return FakeScores(p, p - 0.01, p + 0.01)

    def rows(self, frame: pd.DataFrame, names: Sequence[str]) -> Floats:
        return frame[list(names)].to_numpy(dtype=np.float64)

    def reason_rows(self, x: Floats) -> Floats | None:
        """Say that a line comes back for its style with the share of it, and as a defect otherwise."""
        found = np.zeros((len(x), 11))
        found[:, STYLE], found[:, DEFECTIVE] = x[:, 2], 1 - x[:, 2]
        return found


class NoReasons(FakeBundle):
    def reason_rows(self, x: Floats) -> Floats | None:  # noqa: ARG002
        return None


class FakeBaseline:
    def predict(self, frame: pd.DataFrame) -> Floats:
        return np.full(len(frame), 0.3)


class February:
    test_from = pd.Timestamp("2013-02-01")
    test_until = pd.Timestamp("2013-03-01")

    def test(self, frame: pd.DataFrame) -> Bools:
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
            "reason": [["STYLE", None, "DEFECTIVE"][number % 3] if number % 2 else None for number in range(count)],
            "reason_inferred": [number % 5 == 0 for number in range(count)],
        }
        | {f"reason_share_{reason.value.lower()}": [0.0] * count for reason in REASONS}
        | {"reason_share_style": [number / 100 for number in range(count)]}
    )
    pq.write_table(table, tmp_path / "lines.parquet", row_group_size=17)
    return tmp_path / "lines.parquet"


@pytest.mark.parametrize("batch", [4, 100_000])
def test_only_settled_lines_of_the_window_are_scored_in_order(
    matrix: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(scored, "BATCH_LINES", batch)
    lines = scored_lines(matrix, February(), FakeBundle(), {"global_rate": FakeBaseline()}, ALL).lines
    expected = [number for number in range(31, 59) if number % 7]
    assert lines["line_id"].tolist() == [f"l{number}" for number in expected]
    assert lines["probability"].tolist() == [number / 90 for number in expected]
    assert lines["label"].tolist() == [number % 2 for number in expected]
    assert (lines["baseline_global_rate"] == 0.3).all()
    assert "category" not in lines


def test_an_empty_test_window_is_one_clear_message(matrix: Path) -> None:
    class Never(February):
        def test(self, frame: pd.DataFrame) -> Bools:
            return np.zeros(len(frame), dtype=bool)

    with pytest.raises(UserError, match="known outcome in the test window"):
        scored_lines(matrix, Never(), FakeBundle(), {}, ALL)


@pytest.mark.parametrize("batch", [4, 100_000])
def test_reasons_are_those_that_customers_gave_of_settled_lines(
    matrix: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(scored, "BATCH_LINES", batch)
    found = scored_lines(matrix, February(), FakeBundle(), {}, ALL).reasons
    tested = [number for number in range(31, 59) if number % 7]
    given = {0: STYLE, 2: DEFECTIVE}
    expected = [given.get(number % 3, -1) if number % 2 and number % 5 else -1 for number in tested]
    assert found is not None
    assert found.recorded.tolist() == expected
    assert found.predicted[:, STYLE].tolist() == [number / 100 for number in tested]
    told = [number / 100 for number, reason in zip(tested, expected, strict=True) if reason >= 0]
    assert found.shares[:, STYLE].tolist() == told


def test_a_source_without_reasons_gives_none(matrix: Path, tmp_path: Path) -> None:
    found = scored_lines(matrix, February(), NoReasons(), {}, ALL)
    write_predictions(found, tmp_path / "predictions.parquet")
    assert found.reasons is None
    assert "top_reason" not in pq.read_schema(tmp_path / "predictions.parquet").names


@pytest.mark.parametrize("batch", [4, 100_000])
def test_a_sample_of_the_lines_is_explained_whatever_the_batches(
    matrix: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(scored, "BATCH_LINES", batch)
    found = scored_lines(matrix, February(), FakeBundle(), {}, Sample(size=10, seed=3))
    chosen = found.lines.iloc[found.explained.places]
    assert len(chosen) == 10
    assert found.explained.places.tolist() == sorted(set(found.explained.places))
    assert found.explained.contributions[:, 0].tolist() == chosen["probability"].tolist()
    assert found.explained.contributions[:, 1].tolist() == (2.0 * chosen["price_minor"]).tolist()
    assert (found.explained.factors, found.explained.expected) == (("product", "price"), 0.25)


@given(st.integers(1, 200), st.integers(1, 300), st.integers(0, 5))
def test_a_sample_is_all_lines_or_as_many_as_asked_for(count: int, size: int, seed: int) -> None:
    assert Sample(size, seed).of(count).sum() == min(count, size)


def test_predictions_tell_the_top_reason_and_the_top_driver_of_explained_lines(matrix: Path, tmp_path: Path) -> None:
    found = scored_lines(matrix, February(), FakeBundle(), {}, Sample(size=10, seed=3))
    write_predictions(found, tmp_path / "predictions.parquet")
    written = pq.read_table(tmp_path / "predictions.parquet")
    style = [number > 50 for number in range(31, 59) if number % 7]
    assert written["top_reason"].to_pylist() == ["STYLE" if held else "DEFECTIVE" for held in style]
    drivers = written["top_driver"].to_pylist()
    assert [place for place, driver in enumerate(drivers) if driver] == found.explained.places.tolist()
    assert set(drivers) == {"price", None}


def test_predictions_are_one_row_a_line_with_each_baseline(matrix: Path, tmp_path: Path) -> None:
    found = scored_lines(
        matrix, February(), FakeBundle(), {"global_rate": FakeBaseline(), "logistic": FakeBaseline()}, ALL
    )
    write_predictions(found, tmp_path / "predictions.parquet")
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
        "top_reason",
        "top_driver",
    ]
    assert written.column_names == names
    assert written["line_id"].to_pylist() == found.lines["line_id"].tolist()
    assert written.schema.field("label").type == pa.int8()
    assert {path.name for path in tmp_path.iterdir()} == {matrix.name, "predictions.parquet"}
