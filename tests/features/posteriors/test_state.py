"""Posteriors: where one day's outcomes move them, in any order, and how the joint mode is found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from data.arrays import Floats, Ints
from features.posteriors.log_odds import quadratic
from features.posteriors.state import NO_LEVEL, Posteriors

VARIANCE = np.array([0.3, 0.3, 0.2, 0.2, 0.2])
"""Two levels of a first kind, three of a second."""
OF_SLOPES = np.array([0.1, 0.02])


def posteriors() -> Posteriors:
    return Posteriors.prior(VARIANCE, OF_SLOPES)


def log_odds(found: Posteriors, levels: Ints, covariates: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the log-odds of lines."""
    mean, variance = found.of_levels(levels)
    return mean.sum(axis=1) + covariates @ found.slope, variance.sum(axis=1) + quadratic(covariates, found.covariance)


def drawn(seed: int, count: int) -> tuple[Ints, Floats, Floats]:
    """Lines of a day, some without a level of a kind, and their outcomes."""
    rng = np.random.default_rng(seed)
    levels = np.column_stack([rng.integers(-1, 2, count), rng.integers(2, 5, count)])
    levels[rng.random(count) < 0.2, 1] = NO_LEVEL
    covariates = np.column_stack([np.ones(count), rng.normal(size=count)])
    return levels, covariates, (rng.random(count) < 0.4).astype(np.float64)


def test_nothing_is_known_before_the_first_outcome() -> None:
    mean, variance = log_odds(posteriors(), np.array([[0, 2], [NO_LEVEL, 4]]), np.array([[1.0, 2.0], [1.0, 0.0]]))

    np.testing.assert_allclose(mean, 0.0)
    # levels, shop, and slope times the square of the covariate
    np.testing.assert_allclose(variance, [0.3 + 0.2 + 0.1 + 0.02 * 4, 0.2 + 0.1])


def test_the_means_after_a_day_are_the_joint_mode() -> None:
    levels, covariates, returned = drawn(1, 60)
    found = posteriors()
    found.learn(levels, covariates, returned)

    def loss(at: Floats) -> float:
        of_levels, slope = np.append(at[:5], 0.0), at[5:]
        margin = of_levels[levels].sum(axis=1) + covariates @ slope  # the place of NO_LEVEL is the last, which is 0
        fit = np.logaddexp(0, -(2 * returned - 1) * margin).sum()
        return float(fit + (at[:5] ** 2 / VARIANCE).sum() / 2 + (slope**2 / OF_SLOPES).sum() / 2)

    mode = minimize(loss, np.zeros(7)).x
    np.testing.assert_allclose(np.concatenate([found.mean, found.slope]), mode, atol=0.02 * np.abs(mode).max())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30))
def test_the_order_within_a_day_does_not_matter(seed: int, count: int) -> None:
    levels, covariates, returned = drawn(seed, count)
    mixed = np.random.default_rng(seed).permutation(count)
    one, other = posteriors(), posteriors()

    one.learn(levels, covariates, returned)
    other.learn(levels[mixed], covariates[mixed], returned[mixed])

    for name in ("mean", "variance", "slope", "covariance"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30))
def test_outcomes_narrow_what_they_touch_and_leave_the_rest(seed: int, count: int) -> None:
    levels, covariates, returned = drawn(seed, count)
    found = posteriors()

    found.learn(levels, covariates, returned)

    touched = np.isin(np.arange(5), levels)
    assert (found.variance[touched] < VARIANCE[touched]).all()
    assert (found.variance > 0).all()
    assert (found.variance[~touched] == VARIANCE[~touched]).all()
    assert (found.moved == touched).all()
    assert (found.moved_of(levels) == (levels != NO_LEVEL)).all()
    assert (found.mean[~touched] == 0).all()
    assert (np.linalg.eigvalsh(np.diag(OF_SLOPES) - found.covariance) > -1e-12).all()


def test_one_line_moves_each_of_its_levels_by_its_share_of_the_variance() -> None:
    found = posteriors()
    found.learn(np.array([[0, 2]]), np.array([[1.0, 0.0]]), np.array([1.0]))

    assert found.mean[0] > 0
    assert found.mean[2] / found.mean[0] == pytest.approx(0.2 / 0.3, rel=0.02)
    assert found.slope[0] / found.mean[0] == pytest.approx(0.1 / 0.3, rel=0.02)


@pytest.mark.parametrize("of_product", [0.2, 1e-6])
def test_a_line_tells_less_of_a_level_the_less_is_known_of_its_others(of_product: float) -> None:
    found, line = posteriors(), (np.array([[0, 2]]), np.array([[1.0, 0.0]]))
    found.variance[2] = of_product
    found.learn(np.repeat(line[0], 5, axis=0), np.repeat(line[1], 5, axis=0), np.array([1.0, 0.0, 1.0, 0.0, 0.0]))

    p = expit(log_odds(found, *line)[0][0])
    told = 5 / (1 / (p * (1 - p)) + of_product + 0.1)  # the product's variance, and the shop's
    assert 1 / found.variance[0] == pytest.approx(1 / 0.3 + told)


def test_the_level_of_the_shop_wanders_and_nothing_else_does() -> None:
    found = posteriors()
    found.drift(0.001, 30)

    np.testing.assert_allclose(np.diag(found.covariance), [0.13, 0.02])
    assert (found.variance == VARIANCE).all()


def test_many_lines_of_one_day_reach_their_rate() -> None:
    levels, covariates = np.array([[0, 2]] * 4000), np.array([[1.0, 0.0]] * 4000)
    found = posteriors()
    for _ in range(5):
        found.learn(levels, covariates, (np.arange(4000) % 4 == 0).astype(np.float64))

    mean, _ = log_odds(found, np.array([[0, 2]]), np.array([[1.0, 0.0]]))
    assert expit(mean[0]) == pytest.approx(0.25, abs=0.005)
