"""What the rivals of the service are asked; MLflow's server itself is too slow to start for a test."""

import json
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.benchmarks.bare_predict import measure
from tests.benchmarks.mlflow_server import body
from tests.benchmarks.ready_features import ReadyFeatures, booster, read

NAMES = ("price_minor", "rate")


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """Ten lines in row groups of three, with a column that no model knows."""
    file = tmp_path / "lines.parquet"
    rates = [None if line == 8 else line / 10 for line in range(10)]
    pq.write_table(pa.table({"rate": rates, "label": [0] * 10, "price_minor": range(10)}), file, row_group_size=3)
    return file


def test_the_latest_lines_are_read_in_the_order_of_the_model(matrix: Path) -> None:
    found = read(NAMES, 4, matrix)

    np.testing.assert_array_equal(found.x, [[6, 0.6], [7, 0.7], [8, np.nan], [9, 0.9]])


def test_a_matrix_of_fewer_lines_is_read_whole(matrix: Path) -> None:
    assert read(NAMES, 1_000, matrix).x.shape == (10, 2)


def test_baskets_follow_each_other_and_begin_anew(matrix: Path) -> None:
    features = read(NAMES, 10, matrix)

    firsts = [features.basket(number, 4)[0, 0] for number in range(3)]

    assert firsts == [0, 4, 0]
    assert features.basket(5, 4).shape == (4, 2)


def test_mlflow_is_sent_names_and_rows_with_null_for_a_missing_value(matrix: Path) -> None:
    sent = json.loads(body(read(NAMES, 2, matrix), number=0, lines=2))

    assert sent == {"dataframe_split": {"columns": ["price_minor", "rate"], "data": [[8.0, None], [9.0, 0.9]]}}


def test_the_bare_prediction_is_that_of_the_bundles_booster(tmp_path: Path) -> None:
    features = ReadyFeatures(NAMES, np.random.default_rng(1).normal(size=(100, 2)))
    data = lgb.Dataset(features.x, (features.x[:, 0] > 0).astype(int), feature_name=list(NAMES))
    lgb.train({"objective": "binary", "num_threads": 1, "verbosity": -1}, data, 3).save_model(tmp_path / "booster.txt")

    model = booster(tmp_path)
    measured = measure(model, features, lines=5, calls=20)

    assert tuple(model.feature_name()) == NAMES
    assert (measured.lines, measured.calls) == (5, 20)
    assert 0 < measured.p50_us <= measured.p99_us
