from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.arrays import Floats
from data.errors import UserError
from data.schema import Reason
from features.catalog import CatalogEntry
from features.language.reasons import REASONS
from tests.serving.small_models import nothing_calibrated
from training.evaluation import scored_lines as scored
from training.evaluation.scored_lines import Sample, scored_lines, write_predictions
from training.model.baselines import GlobalRate
from training.model.bundle import Bundle, BundleScores
from training.model.drivers import ModelDrivers
from training.model.split import SplitParams, cut

ALL = Sample(size=1000, seed=1)
STYLE, DEFECTIVE = REASONS.index(Reason.STYLE), REASONS.index(Reason.DEFECTIVE)


FEBRUARY = cut(
    pd.Timestamp("2012-01-01"),
    pd.Timestamp("2013-02-01"),
    pd.Timestamp("2013-03-01"),
    SplitParams(test_days=28, gap_days=10, calibration_days=10, stop_days=10),
)
RATE = GlobalRate(0.3)


def entry(name: str, factor: str, *, only_reasons: bool = False) -> CatalogEntry:
    return CatalogEntry(name, "double", "", factor, "a number", "never", (), only_reasons=only_reasons)


class FakeDrivers(ModelDrivers):
    """Two features: the first moves the log-odds by its value, the second by its own times 2."""

    def __init__(self) -> None:
        self.factors, self.expected, self.members = ("product", "price"), 0.25, np.eye(2)

    def of_features(self, x: Floats) -> Floats:
        assert x.shape[1] == 2
        return x * [1.0, 2.0]


class FakeBundle(Bundle):
    """A bundle without trees, whose probability is what ``feature`` says."""

    def __init__(self) -> None:
        share = entry("reason_share_style", "reasons", only_reasons=True)
        catalog = (entry("feature", "product"), entry("price_minor", "price"), share)
        super().__init__(catalog, cast("Any", None), nothing_calibrated(), None, {}, {}, {})

    @cached_property
    def drivers(self) -> ModelDrivers:
        return FakeDrivers()

    def score(self, frame: pd.DataFrame, shift: Floats | float = 0.0) -> BundleScores:  # noqa: ARG002
        p = frame["feature"].to_numpy(dtype=np.float64)
        nothing, shared = np.zeros(len(p)), np.full(len(p), 0.25)
        return BundleScores(p, p - 0.01, p + 0.01, np.full(len(p), np.nan), shared, shared, shared, nothing)

    def reason_rows(self, x: Floats, threads: int = 0) -> Floats | None:  # noqa: ARG002
        """Say that a line comes back for its style with the share of it, and as a defect otherwise."""
        found = np.zeros((len(x), 11))
        found[:, STYLE], found[:, DEFECTIVE] = x[:, 2], 1 - x[:, 2]
        return found


class NoReasons(FakeBundle):
    def reason_rows(self, x: Floats, threads: int = 0) -> Floats | None:  # noqa: ARG002
        return None


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
    lines = scored_lines(matrix, FEBRUARY, FakeBundle(), {"global_rate": RATE}, ALL).lines
    expected = [number for number in range(31, 59) if number % 7]
    assert lines["line_id"].tolist() == [f"l{number}" for number in expected]
    assert lines["probability"].tolist() == [number / 90 for number in expected]
    assert lines["label"].tolist() == [number % 2 for number in expected]
    assert (lines["baseline_global_rate"] == 0.3).all()
    assert "category" not in lines


def test_an_empty_test_window_is_one_clear_message(matrix: Path) -> None:
    day_of_line_28 = replace(FEBRUARY, test_from=pd.Timestamp("2013-01-29"), test_until=pd.Timestamp("2013-01-30"))

    with pytest.raises(UserError, match="known outcome in the test window"):
        scored_lines(matrix, day_of_line_28, FakeBundle(), {}, ALL)


@pytest.mark.parametrize("batch", [4, 100_000])
def test_reasons_are_those_that_customers_gave_of_settled_lines(
    matrix: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(scored, "BATCH_LINES", batch)
    found = scored_lines(matrix, FEBRUARY, FakeBundle(), {}, ALL).reasons
    tested = [number for number in range(31, 59) if number % 7]
    given = {0: STYLE, 2: DEFECTIVE}
    expected = [given.get(number % 3, -1) if number % 2 and number % 5 else -1 for number in tested]
    assert found is not None
    assert found.recorded.tolist() == expected
    assert found.predicted[:, STYLE].tolist() == [number / 100 for number in tested]
    told = [number / 100 for number, reason in zip(tested, expected, strict=True) if reason >= 0]
    assert found.shares[:, STYLE].tolist() == told


def test_a_source_without_reasons_gives_none(matrix: Path, tmp_path: Path) -> None:
    found = scored_lines(matrix, FEBRUARY, NoReasons(), {}, ALL)
    write_predictions(found, tmp_path / "predictions.parquet")
    assert found.reasons is None
    assert "top_reason" not in pq.read_schema(tmp_path / "predictions.parquet").names


@pytest.mark.parametrize("batch", [4, 100_000])
def test_a_sample_of_the_lines_is_explained_whatever_the_batches(
    matrix: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(scored, "BATCH_LINES", batch)
    found = scored_lines(matrix, FEBRUARY, FakeBundle(), {}, Sample(size=10, seed=3))
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
    found = scored_lines(matrix, FEBRUARY, FakeBundle(), {}, Sample(size=10, seed=3))
    write_predictions(found, tmp_path / "predictions.parquet")
    written = pq.read_table(tmp_path / "predictions.parquet")
    style = [number > 50 for number in range(31, 59) if number % 7]
    assert written["top_reason"].to_pylist() == ["STYLE" if held else "DEFECTIVE" for held in style]
    drivers = written["top_driver"].to_pylist()
    assert [place for place, driver in enumerate(drivers) if driver] == found.explained.places.tolist()
    assert set(drivers) == {"price", None}


def test_predictions_are_one_row_a_line_with_each_baseline(matrix: Path, tmp_path: Path) -> None:
    found = scored_lines(matrix, FEBRUARY, FakeBundle(), {"global_rate": RATE, "logistic": RATE}, ALL)
    write_predictions(found, tmp_path / "predictions.parquet")
    written = pq.read_table(tmp_path / "predictions.parquet")
    names = [
        "line_id",
        "ordered_at",
        "label",
        "probability",
        "low",
        "high",
        "shift",
        "baseline_global_rate",
        "baseline_logistic",
        "top_reason",
        "top_driver",
    ]
    assert written.column_names == names
    assert written["line_id"].to_pylist() == found.lines["line_id"].tolist()
    assert written.schema.field("label").type == pa.int8()
    assert {path.name for path in tmp_path.iterdir()} == {matrix.name, "predictions.parquet"}
