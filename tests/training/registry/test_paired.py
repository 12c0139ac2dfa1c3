import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.metrics import UndefinedMetricError
from training.registry.paired import Difference, over_folds, over_lines


def test_the_bound_of_independent_lines_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    each = np.arange(400)
    covered = [over_lines(rng.normal(0.1, 1, 400), each).upper(0.9) > 0.1 for _ in range(600)]

    assert np.mean(covered) == pytest.approx(0.9, abs=0.03)  # 2.5 standard errors of a share of 600


def test_lines_of_one_customer_count_together() -> None:
    rng = np.random.default_rng(2)
    customers = np.repeat(np.arange(100), 5)
    covered = [
        over_lines(np.repeat(rng.normal(0, 1, 100), 5), customers).upper(0.9) > 0 for _ in range(600)
    ]  # five copies of each value: as if lines were independent, the bound would hold in 72%

    assert np.mean(covered) == pytest.approx(0.9, abs=0.03)


def test_the_bound_over_folds_covers_as_often_as_it_says_with_few_folds() -> None:
    rng = np.random.default_rng(3)
    covered = [over_folds(list(rng.normal(0, 1, 4))).upper(0.9) > 0 for _ in range(600)]

    assert np.mean(covered) == pytest.approx(0.9, abs=0.03)


@given(st.floats(-1, 1), st.floats(1e-6, 1), st.floats(0.6, 0.99))
def test_an_interval_is_two_bounds_each_of_which_misses_half_as_often(mean: float, error: float, level: float) -> None:
    low, high = Difference(mean, error).interval(level)

    assert (low + high) / 2 == pytest.approx(mean, abs=1e-12)
    assert high == Difference(mean, error).upper((1 + level) / 2)


def test_too_little_to_compare_is_an_error_and_no_bound() -> None:
    with pytest.raises(UndefinedMetricError, match="customers"):
        over_lines(np.ones(3), np.zeros(3, dtype=np.int64))
    with pytest.raises(UndefinedMetricError, match="folds"):
        over_folds([0.1])
