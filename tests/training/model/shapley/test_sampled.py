"""Estimated Shapley values: exact where the orders don't matter, unbiased where they do, and with an exact sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data.arrays import Floats
from training.model.matrix import Rows
from training.model.shapley.sampled import SampledShapley, drawn_lines

FEATURES = 5
RNG = np.random.default_rng(5)
LINES = Rows(RNG.normal(size=(400, FEATURES)), np.zeros(400, dtype=np.int8), tuple("abcde"))
WEIGHTS = np.array([1.0, -2.0, 0.5, 0.0, 3.0])


def additive(x: Floats) -> Floats:
    return np.asarray(np.nan_to_num(x, nan=-1.0) @ WEIGHTS)


def product(x: Floats) -> Floats:
    """The first two features act together, and the last does nothing."""
    return np.asarray(np.nan_to_num(x[:, 0] * x[:, 1], nan=0.5) + np.abs(np.nan_to_num(x[:, 2])))


@settings(max_examples=50, deadline=None)
@given(x=arrays.arrays(np.float64, (3, FEATURES), elements=st.floats(-1e3, 1e3) | st.just(np.nan)))
def test_the_values_of_a_row_add_up_to_its_log_odds(x: Floats) -> None:
    found = SampledShapley(product, drawn_lines(LINES))

    assert not found.exact
    np.testing.assert_allclose(found.expected + found.values(x).sum(axis=1), product(x), rtol=1e-9, atol=1e-9)


def test_of_a_sum_over_features_they_are_what_each_has_above_its_mean() -> None:
    drawn = drawn_lines(LINES)
    found = SampledShapley(additive, drawn).values(LINES.x[:4])

    np.testing.assert_allclose(found, WEIGHTS * (LINES.x[:4] - drawn.mean(axis=0)), atol=1e-9)


def test_features_that_act_together_share_what_they_do() -> None:
    x = np.array([[2.0, 3.0, 1.0, 9.0, 9.0]])
    drawn = drawn_lines(LINES)
    found = SampledShapley(product, drawn).values(x)[0]

    # Of two features, each order and its reverse are all orders: the value is exact for these drawn lines.
    a, b = drawn[:, 0], drawn[:, 1]
    assert found[0] == pytest.approx(((2 - a) * (3 + b) / 2).mean())
    assert found[1] == pytest.approx(((3 - b) * (2 + a) / 2).mean())
    assert found[3:].tolist() == [0, 0]


def test_a_row_has_the_same_values_alone_as_among_others() -> None:
    found = SampledShapley(product, drawn_lines(LINES))

    np.testing.assert_array_equal(found.values(LINES.x[7:8]), found.values(LINES.x)[7:8])
    assert found.values(LINES.x[:0]).shape == (0, FEATURES)


def test_each_value_of_a_drawn_line_is_of_a_row_of_its_own() -> None:
    drawn = drawn_lines(LINES, pairs=50)

    assert all(np.isin(drawn[:, place], LINES.x[:, place]).all() for place in range(FEATURES))
    assert not any((LINES.x == line).all(axis=1).any() for line in drawn)
    np.testing.assert_array_equal(drawn, drawn_lines(LINES, pairs=50))
