"""The comparison of drivers compares the same thing, and says how far the two lie apart."""

import lightgbm as lgb
import numpy as np
import pytest

from tests.benchmarks.drivers import baskets, many
from tests.benchmarks.ready_features import ReadyFeatures
from training.model.shapley.tables import ShapleyTables


@pytest.fixture(scope="module")
def features() -> ReadyFeatures:
    return ReadyFeatures(("one", "two"), np.random.default_rng(3).normal(size=(200, 2)))


@pytest.fixture(scope="module")
def booster(features: ReadyFeatures) -> lgb.Booster:
    data = lgb.Dataset(features.x, (features.x.sum(axis=1) > 0).astype(int), params={"verbosity": -1})
    return lgb.train({"objective": "binary", "num_threads": 1, "verbosity": -1}, data, 5)


def test_baskets_are_explained_alike_in_both_ways(booster: lgb.Booster, features: ReadyFeatures) -> None:
    found = baskets(booster, ShapleyTables(booster), features, rows=5, calls=6, turn=3)

    assert found.difference < 1e-9
    assert found.tables > 0
    assert found.times_faster == pytest.approx(found.pred_contrib / found.tables)


def test_the_time_of_a_sample_is_scaled_to_all_rows(booster: lgb.Booster, features: ReadyFeatures) -> None:
    found = many(booster, ShapleyTables(booster), features, rows=1000, sample=100)

    assert found.rows == 1000
    assert found.difference < 1e-9
    assert found.pred_contrib > 0


def test_a_difference_is_seen(booster: lgb.Booster, features: ReadyFeatures) -> None:
    other = lgb.train({"objective": "binary", "verbosity": -1}, lgb.Dataset(features.x, features.x[:, 0] > 0), 5)

    assert baskets(booster, ShapleyTables(other), features, rows=5, calls=6, turn=3).difference > 0.01
