"""The flat trees give what LightGBM gives, to the bit, whatever the trees and rows look like."""

from functools import cache
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data.arrays import Floats
from training.model.chunks import ROWS
from training.model.learners.flat_forest import ROWS_AT_ONCE, FlatForest
from training.model.learners.flattening import flattened

FEATURES, CATEGORIES = 5, (3, 4)
VALUES = st.floats(-3, 45) | st.sampled_from(
    [np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e-35, -0.5, 31.0, 32.0, 1000.0, -3.0, np.inf, -np.inf, 1e308, 3e9]
)


def rows(count: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(count, FEATURES)), 1)
    x[:, CATEGORIES] = rng.integers(0, 40, size=(count, 2))
    x[:, 1:][rng.uniform(size=(count, FEATURES - 1)) < 0.2] = np.nan  # the first feature is never missing
    return x


def booster(seed: int, trees: int = 11, **params: Any) -> lgb.Booster:
    x = rows(600, seed)
    filled = np.nan_to_num(x, nan=0.7)
    signal = filled[:, 0] * filled[:, 1] + np.sin(3 * filled[:, 2]) + (filled[:, 3] % 3 == 0) - np.isnan(x[:, 2])
    chosen = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5, "max_cat_to_onehot": 2}
    chosen |= params
    classes = np.digitize(signal, [0.0, 1.0]) if "num_class" in params else (signal > 0).astype(int)
    data = lgb.Dataset(x, classes, categorical_feature=list(CATEGORIES), params=chosen)
    return lgb.train(chosen, data, trees)


def same(forest: FlatForest, trees: lgb.Booster, x: Floats, threads: int = 1) -> None:
    theirs = np.asarray(trees.predict(x, raw_score=True, num_threads=1)).reshape(len(x), -1)
    np.testing.assert_array_equal(forest.margins(x, threads), theirs)


BOOSTERS: dict[str, dict[str, Any]] = {
    "leaves of several depths": {"num_leaves": 31},
    "two leaves": {"trees": 3, "num_leaves": 2},
    "one leaf": {"min_data_in_leaf": 600},
    "zeros that are missing": {"zero_as_missing": True},
    "missing values that are zeros": {"use_missing": False},
    "several classes": {"objective": "multiclass", "num_class": 3},
}


@cache
def trained(name: str) -> tuple[FlatForest, lgb.Booster]:
    trees = booster(1, **BOOSTERS[name])
    return flattened(trees), trees


@settings(max_examples=40, deadline=None)
@given(x=arrays.arrays(np.float64, st.tuples(st.integers(1, 4), st.just(FEATURES)), elements=VALUES))
@pytest.mark.parametrize("name", BOOSTERS)
def test_any_row_has_lightgbms_own_margin(name: str, x: Floats) -> None:
    # LightGBM casts a category to an integer of 32 bits; beyond, and of infinity, the cast has no defined result.
    x[:, CATEGORIES] = np.where(np.abs(x[:, CATEGORIES]) < 2**31, x[:, CATEGORIES], np.nan)
    same(*trained(name), x)


def test_no_rows_have_no_margins() -> None:
    forest, _ = trained("several classes")
    assert forest.margins(np.empty((0, FEATURES))).shape == (0, 3)


@pytest.mark.parametrize("threads", [1, 2])
def test_many_rows_in_any_order_of_memory_and_on_any_threads_have_it_too(threads: int) -> None:
    trees = booster(7, trees=40, num_leaves=12)
    x = np.asfortranarray(rows(ROWS + ROWS_AT_ONCE + 1, 8))

    same(flattened(trees), trees, x, threads)


@pytest.mark.parametrize(
    "params", [{"linear_tree": True}, {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}]
)
def test_trees_that_are_summed_in_another_way_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError, match=r"linear_tree|random forest"):
        flattened(booster(9, trees=2, **params))
