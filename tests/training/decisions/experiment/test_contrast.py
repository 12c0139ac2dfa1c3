import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.arrays import Bools, Floats
from training.decisions.experiment.contrast import contrast

NO_COVARIATES = np.zeros((6, 0))
ARM = np.array([True, True, True, True, False, False])


def drawn(seed: int, n: int = 4000) -> tuple[Bools, Floats, Floats]:
    """Units with a covariate that explains half of the variance of the outcome, which the policy raises by 1."""
    random = np.random.default_rng(seed)
    treated, x = random.random(n) < 0.8, random.normal(size=n)
    return treated, x + random.normal(size=n) + treated, x[:, None]


def test_without_covariates_a_mean_is_compared_as_neyman_has_it() -> None:
    found = contrast(ARM, np.array([1.0, 2, 3, 6, 1, 3]), np.ones(6), NO_COVARIATES)

    assert (found.figure, found.figure_against, found.difference, found.weight) == (3, 2, 1, 6)
    # Sums of squares 14 and 2; each over its units, which are one fewer for the mean; times 6 squared.
    assert found.plain_variance == pytest.approx(36 * (14 / 16 + 2 / 4))
    assert found.variance == pytest.approx(36 * (14 / 3 / 4 + 2 / 1 / 2))


def test_a_ratio_is_of_sums_and_its_units_vary_by_what_they_lie_off_it() -> None:
    over, under = np.array([1.0, 1, 0, 0, 1, 0]), np.array([1.0, 2, 1, 4, 1, 1])
    found = contrast(ARM, over, under, NO_COVARIATES)

    assert [found.figure, found.figure_against] == pytest.approx([2 / 8, 1 / 2])
    assert found.weight == 10
    assert found.influence.sum() == pytest.approx(0)


def test_what_was_known_before_the_draw_takes_its_part_out_of_the_noise_and_not_out_of_the_effect() -> None:
    differences, errors, gains = [], [], []
    for seed in range(60):
        treated, y, x = drawn(seed)
        found = contrast(treated, y, np.ones(len(y)), x)
        differences.append(found.difference)
        errors.append(np.sqrt(found.variance) / found.weight)
        gains.append(1 - found.variance / found.plain_variance)

    assert np.mean(differences) == pytest.approx(1, abs=0.02)
    assert np.std(differences) == pytest.approx(np.mean(errors), rel=0.25)
    assert np.mean(gains) == pytest.approx(0.5, abs=0.03)


@given(st.floats(-1e6, 1e6), st.floats(1, 1e3))
def test_units_and_origin_of_a_covariate_do_not_matter(origin: float, scale: float) -> None:
    treated, y, x = drawn(1, 200)
    one, other = (contrast(treated, y, np.ones(200), each) for each in (x, x * scale + origin))
    assert other.difference == pytest.approx(one.difference, rel=1e-5)
    assert other.variance == pytest.approx(one.variance, rel=1e-5)


def test_a_covariate_that_never_changes_takes_nothing_out() -> None:
    treated, y, _ = drawn(1, 200)
    one, other = (contrast(treated, y, np.ones(200), x) for x in (np.zeros((200, 0)), np.full((200, 1), 7.0)))
    assert other.difference == pytest.approx(one.difference)


def test_the_influence_of_a_unit_is_what_the_difference_loses_without_it() -> None:
    treated, y, x = drawn(3, 3000)
    y = y + treated * x[:, 0]  # the policy works better where the covariate is higher
    found = contrast(treated, y, np.ones(3000), x)

    def without(unit: int) -> float:
        left = np.arange(3000) != unit
        return contrast(treated[left], y[left], np.ones(2999), x[left]).difference

    jackknife = np.array([3000 * (found.difference - without(unit)) for unit in range(100)])
    assert np.corrcoef(jackknife, found.influence[:100])[0, 1] > 0.999


@pytest.mark.parametrize("alike", ["all", "each other"])
def test_the_rounding_of_covariates_that_are_alike_takes_nothing_out(alike: str) -> None:
    random = np.random.default_rng(3)
    treated, _, x = drawn(3, 900)
    y = random.normal(size=900) + treated
    known = np.full((900, 1), 1.48) if alike == "all" else x
    drift = 1e-10 * np.linspace(0, 1, 900)[:, None]
    found = contrast(treated, y, np.ones(900), np.hstack([known + drift, 804 * known]))
    plain = contrast(treated, y, np.ones(900), known)

    assert found.difference == pytest.approx(plain.difference, abs=1e-6)
    assert found.variance == pytest.approx(plain.variance, rel=0.01)
