import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.decisions.experiment.sequence import boundary, tuned

ALPHA = 0.05


def test_the_boundary_is_the_normal_mixture_of_waudby_smith_and_others() -> None:
    # Their formula (1) for the mean of t values of variance 1: sqrt(2 (t r + 1) / (t^2 r) log(sqrt(t r + 1) / alpha)).
    t, r = 400.0, 0.02
    mean = math.sqrt(2 * (t * r + 1) / (t * t * r) * math.log(math.sqrt(t * r + 1) / ALPHA))
    assert boundary(t, r, ALPHA) == pytest.approx(t * mean)


@pytest.mark.parametrize("growth", [1.02, 1.3])
def test_a_sum_without_a_drift_leaves_the_interval_of_any_look_in_at_most_one_of_twenty_cases(growth: float) -> None:
    random = np.random.default_rng(1)
    variance = np.power(growth, np.arange(400)).astype(np.float64)
    steps = random.normal(size=(3000, 400)) * np.sqrt(np.diff(variance, prepend=0))

    sums = steps.cumsum(axis=1)
    outside = np.abs(sums) > boundary(variance, tuned(float(variance[200]), ALPHA), ALPHA)

    assert 0.01 < outside.any(axis=1).mean() < 0.05
    plain = np.abs(sums) > 1.96 * np.sqrt(variance)  # what a look at a usual interval every day would claim
    assert plain.any(axis=1).mean() > 0.3


@given(st.floats(0.1, 1e12), st.sampled_from([0.2, 0.05, 0.01]))
def test_it_is_narrowest_about_where_it_is_tuned_to(planned: float, alpha: float) -> None:
    def errors(tuned_to: float) -> float:
        return float(boundary(planned, tuned(tuned_to, alpha), alpha)) / math.sqrt(planned)

    assert errors(planned) <= 1.01 * min(errors(planned * factor) for factor in (0.1, 0.5, 1, 2, 10))


@given(st.floats(1, 1e9), st.floats(1.001, 100))
def test_more_known_gives_a_wider_sum_and_a_narrower_mean(variance: float, factor: float) -> None:
    small, large = boundary(np.array([variance, variance * factor]), tuned(variance, ALPHA), ALPHA)
    assert small < large < small * factor
