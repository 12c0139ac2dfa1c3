"""Shapley values from tables are LightGBM's own, whatever the trees and rows look like."""

import itertools
import math
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.arrays import Floats
from training.model.shapley.tables import MOST_CELLS, ShapleyTables

ROWS, FEATURES = 1500, 8
CATEGORIES = (6, 7)


def _rows(seed: int, *, missing: float = 0.15, rows: int = ROWS) -> Floats:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, FEATURES))
    x[:, 0] = np.round(x[:, 0])  # ties
    x[:, 1] = np.abs(x[:, 1]) * (rng.uniform(size=rows) < 0.5)  # many zeros
    x[:, CATEGORIES] = rng.integers(0, 40, size=(rows, 2))
    x[rng.uniform(size=x.shape) < missing] = np.nan
    return x


def _booster(seed: int, *, trees: int = 12, missing: float = 0.15, **params: object) -> lgb.Booster:
    rng = np.random.default_rng(seed + 1)
    x = _rows(seed, missing=missing)
    filled = np.nan_to_num(x, nan=0.7)
    signal = filled[:, 0] * filled[:, 1] + np.sin(3 * filled[:, 2]) + (filled[:, 6] % 3 == 0) - 0.5 * np.isnan(x[:, 3])
    y = rng.uniform(size=ROWS) < 1 / (1 + np.exp(-signal))
    chosen = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": seed, "min_data_in_leaf": 5, **params}
    data = lgb.Dataset(x, y.astype(int), categorical_feature=list(CATEGORIES), params=chosen)
    return lgb.train(chosen, data, trees)


def _same(booster: lgb.Booster, x: Floats, most_cells: int = MOST_CELLS) -> None:
    theirs = np.asarray(booster.predict(x, pred_contrib=True))
    found = ShapleyTables(booster, most_cells)
    np.testing.assert_allclose(found.values(x), theirs[:, :-1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.expected, theirs[:, -1], rtol=0, atol=1e-9)


def _odd_rows() -> Floats:
    """Rows of values that training never saw, or that lie on the edge of something."""
    odd = [math.nan, 0.0, -0.0, 1e-36, -1e-36, -0.5, 0.5, 39.0, 40.0, 1000.0, -3.0, math.inf, -math.inf, 1e308]
    x = np.array([[value] * FEATURES for value in odd])
    x[-3:, CATEGORIES] = 5.0  # LightGBM's category is an int, which these are not
    return x


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    leaves=st.integers(2, 31),
    most_cells=st.sampled_from([2, 50, 1024]),
    missing=st.sampled_from([0.0, 0.15]),
)
def test_values_equal_lightgbms_own_for_any_trees_and_rows(
    seed: int, leaves: int, most_cells: int, missing: float
) -> None:
    booster = _booster(seed, num_leaves=leaves, missing=missing)
    # Rows have missing values also where training had none.
    _same(booster, np.vstack([_rows(seed + 7, rows=200), _odd_rows()]), most_cells)


def test_values_and_the_expected_margin_add_up_to_the_margin() -> None:
    booster, x = _booster(3), _rows(4)
    found = ShapleyTables(booster)
    margin = np.asarray(booster.predict(x, raw_score=True))
    np.testing.assert_allclose(found.expected + found.values(x).sum(axis=1), margin, rtol=0, atol=1e-9)


def test_values_are_shapleys_by_his_own_definition() -> None:
    # Three features, all orders of them written out: the mean of what each adds when it comes to be known. What a
    # coalition is worth is what the rows that agree with it on the way down are worth on average, split by split.
    booster = _booster(5, trees=1, num_leaves=6, feature_fraction=1.0)
    tree = booster.dump_model()["tree_info"][0]["tree_structure"]
    x = np.nan_to_num(_rows(6, rows=5))

    def worth(node: dict[str, Any], row: Floats, known: frozenset[int]) -> float:
        if "split_feature" not in node:
            return float(node["leaf_value"])
        left, right = node["left_child"], node["right_child"]
        feature = node["split_feature"]
        if feature in known:
            if node["decision_type"] == "<=":
                goes = row[feature] <= node["threshold"]
            else:
                goes = str(int(row[feature])) in node["threshold"].split("||")
            return worth(left if goes else right, row, known)
        weights = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
        return float(np.average([worth(child, row, known) for child in (left, right)], weights=weights))

    used = sorted({int(name) for name in np.flatnonzero(booster.feature_importance())})
    expected = np.zeros((len(x), FEATURES))
    orders = list(itertools.permutations(used))
    for number, row in enumerate(x):
        for order in orders:
            for place, feature in enumerate(order):
                before, after = frozenset(order[:place]), frozenset(order[: place + 1])
                expected[number, feature] += (worth(tree, row, after) - worth(tree, row, before)) / len(orders)
    np.testing.assert_allclose(ShapleyTables(booster).values(x), expected, rtol=0, atol=1e-9)


def test_a_single_leaf_says_the_same_of_every_row() -> None:
    booster = _booster(1, min_data_in_leaf=ROWS)  # no split leaves so many rows on both sides
    found = ShapleyTables(booster)
    assert not found.values(_rows(2)).any()
    assert found.expected == pytest.approx(float(np.asarray(booster.predict(_rows(2)[:1], raw_score=True))[0]))


@pytest.mark.parametrize("most_values", [0, 3000])
def test_trees_that_tables_have_no_room_for_are_still_exact(most_values: int) -> None:
    booster, x = _booster(8, num_leaves=31), _rows(9, rows=100)
    theirs = np.asarray(booster.predict(x, pred_contrib=True))[:, :-1]
    found = ShapleyTables(booster, most_values=most_values)
    np.testing.assert_allclose(found.values(x), theirs, rtol=0, atol=1e-9)


def test_no_rows_have_no_values() -> None:
    assert ShapleyTables(_booster(1)).values(np.empty((0, FEATURES))).shape == (0, FEATURES)


@pytest.mark.parametrize("option", ["zero_as_missing", "linear_tree"])
def test_a_booster_with_other_rules_is_refused(option: str) -> None:
    with pytest.raises(NotImplementedError, match=option):
        ShapleyTables(_booster(1, trees=2, **{option: True}))
