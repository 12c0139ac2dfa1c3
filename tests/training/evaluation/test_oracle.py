from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.scored_shop import scored_shop
from training.evaluation.metrics import UndefinedMetricError
from training.evaluation.oracle import measure, measure_drivers, measure_reasons


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


def test_the_true_drivers_agree_with_themselves() -> None:
    truth = np.random.default_rng(0).normal(size=(50, 3))
    found = measure_drivers(("a", "b", "c"), truth, ("a", "b", "c"), truth)
    assert (found.lines, found.top_share, found.top_two_share) == (50, 1.0, 1.0)
    assert found.mean_correlation == pytest.approx(1.0)


def test_drivers_agree_by_the_greatest_absolute_contribution() -> None:
    truth = np.array([[-3.0, 1.0, 0.5], [2.0, 1.0, 0.0], [0.1, 0.2, -0.9], [1.0, 0.5, 0.6]])
    model = np.array([[-1.0, 0.1, 0.2], [0.3, 0.9, 0.1], [0.7, -0.8, 0.1], [0.2, 0.1, 0.1]])
    found = measure_drivers(("a", "b", "c"), model, ("a", "b", "c"), truth)
    # True tops: a a c a; the model's: a b b a, followed by c a a and a tie of b and c.
    assert (found.top_share, found.top_baseline, found.top_two_share) == (0.5, 0.75, 0.75)


def test_correlations_are_by_factor_and_none_where_a_factor_is_constant() -> None:
    rise = np.array([1.0, 2.0, 3.0])
    truth = np.column_stack([rise, rise, rise])
    found = measure_drivers(("a", "b", "c"), np.column_stack([2 * rise, -rise, 0 * rise]), ("a", "b", "c"), truth)
    assert found.correlations == {"a": pytest.approx(1.0), "b": pytest.approx(-1.0), "c": None}
    assert found.mean_correlation == pytest.approx(0.0)


def test_factors_are_matched_by_name_and_those_not_told_apart_are_added_up() -> None:
    truth = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.5]])
    names = ("customer and product", "product", "customer")
    # Customer is 0.6 + 0.5 on the first line, more than the product's 1.0, though neither part is.
    model = np.array([[0.6, 1.0, 0.5], [0.1, 1.0, 0.1], [1.0, 0.5, 1.0]])
    assert measure_drivers(names, model, ("customer", "product"), truth).top_share == 1.0


def test_a_true_factor_that_the_model_lacks_is_never_its_top_and_a_strange_one_is_refused() -> None:
    truth = np.array([[1.0, 3.0], [2.0, 1.0]])
    found = measure_drivers(("a",), truth[:, :1], ("a", "b"), truth)
    assert (found.top_share, found.correlations["b"]) == (0.5, None)
    with pytest.raises(ValueError, match="the factors a, b, and lacks weather"):
        measure_drivers(("a", "weather"), truth, ("a", "b"), truth)


def test_drivers_without_a_line_or_without_any_spread_have_no_agreement() -> None:
    with pytest.raises(UndefinedMetricError, match="there is no line"):
        measure_drivers(("a",), np.zeros((0, 1)), ("a",), np.zeros((0, 1)))
    with pytest.raises(UndefinedMetricError, match="varies"):
        measure_drivers(("a",), np.zeros((2, 1)), ("a",), np.array([[1.0], [2.0]]))
    with pytest.raises(ValueError, match="shape"):
        measure_drivers(("a",), np.zeros((3, 1)), ("a",), np.array([[1.0], [2.0]]))


def test_the_true_reasons_are_at_no_distance_from_themselves() -> None:
    truth = np.random.default_rng(0).dirichlet(np.ones(4), size=50)
    found = measure_reasons(truth, truth, np.zeros(50, dtype=np.int64))
    assert (found.top_share, found.divergence, found.log_loss_excess) == (1.0, 0.0, 0.0)


def test_reasons_are_measured_by_their_formulas() -> None:
    truth = np.array([[0.5, 0.3, 0.2], [0.6, 0.4, 0.0], [0.1, 0.1, 0.8]])
    predicted = np.array([[0.25, 0.5, 0.25], [0.5, 0.25, 0.25], [0.25, 0.25, 0.5]])
    found = measure_reasons(predicted, truth, np.array([0, -1, 2]))
    # True tops 0 0 2, the model's 1 0 2; recorded were the first line's 0 and the third's 2.
    assert (found.lines, found.recorded_lines) == (3, 2)
    assert found.top_share == pytest.approx(2 / 3)
    assert found.top_baseline == pytest.approx(2 / 3)
    assert found.log_loss == pytest.approx(-(np.log(0.5) + np.log(0.8)) / 2)
    assert found.log_loss_excess == pytest.approx((np.log(0.5 / 0.25) + np.log(0.8 / 0.5)) / 2)
    # Σ truth · ln(truth / model) of each line; what can't happen adds nothing.
    first = 0.5 * np.log(2) + 0.3 * np.log(0.6) + 0.2 * np.log(0.8)
    second = 0.6 * np.log(1.2) + 0.4 * np.log(1.6)
    third = 2 * 0.1 * np.log(0.4) + 0.8 * np.log(1.6)
    assert found.divergence == pytest.approx((first + second + third) / 3)


@given(st.integers(0, 2**32 - 1))
def test_no_model_is_nearer_to_the_true_reasons_than_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predicted = rng.dirichlet(np.ones(3), size=5) + 1e-3, rng.dirichlet(np.ones(3), size=5) + 1e-3
    truth, predicted = truth / truth.sum(axis=1, keepdims=True), predicted / predicted.sum(axis=1, keepdims=True)
    found = measure_reasons(predicted, truth, rng.integers(0, 3, size=5))
    assert found.divergence >= 0
    assert found.top_baseline >= 1 / 3


@pytest.mark.parametrize(
    ("predicted", "truth", "recorded", "message"),
    [
        (np.zeros((0, 2)), np.zeros((0, 2)), [], "there is no line"),
        ([[0.5, 0.5]], [[0.5, 0.5]], [-1], "no line has a recorded reason"),
        ([[0.5, 0.4]], [[0.5, 0.5]], [0], "the predicted reasons of 1 of 1 lines"),
        ([[0.5, 0.5]], [[1.5, -0.5]], [0], "the true reasons of 1 of 1 lines"),
        ([[np.nan, 0.5]], [[0.5, 0.5]], [0], "the predicted reasons of 1 of 1 lines"),
        ([[1.0, 0.0]], [[0.5, 0.5]], [0], "rules out a reason that the truth doesn't on 1 of 1"),
        ([[0.5, 0.5]], [[1.0, 0.0]], [1], "1 of 1 recorded reasons were given the probability zero"),
    ],
)
def test_reasons_that_can_not_be_measured_say_why(
    predicted: Any, truth: Any, recorded: list[int], message: str
) -> None:
    with pytest.raises(UndefinedMetricError, match=message):
        measure_reasons(np.array(predicted), np.array(truth), np.array(recorded, dtype=np.int64))


def test_reasons_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        measure_reasons(np.ones((2, 1)), np.ones((2, 2)), np.zeros(2, dtype=np.int64))
