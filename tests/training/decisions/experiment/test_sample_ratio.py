import numpy as np
import pytest
from scipy.stats import chisquare

from data.arrays import Ints
from training.decisions.experiment.sample_ratio import SampleRatio, check, check_arms

DAYS = 28


def checked(holdout_a_day: Ints, policy_a_day: Ints, drawn_share: float = 0.1) -> SampleRatio:
    return check(policy_a_day.cumsum(), holdout_a_day.cumsum(), drawn_share)


def test_arms_as_drawn_are_hardly_ever_called_a_mismatch_though_they_are_looked_at_every_day() -> None:
    random = np.random.default_rng(1)
    found = [checked(random.binomial(500, 0.1, DAYS), random.binomial(500, 0.9, DAYS)) for _ in range(300)]

    assert not any(each.mismatch for each in found)
    assert sum(each.p < 0.05 for each in found) < 15


def test_a_holdout_that_lost_a_tenth_of_its_units_is_found() -> None:
    random = np.random.default_rng(2)
    found = checked(random.binomial(2000, 0.09, DAYS), random.binomial(2000, 0.9, DAYS))
    assert found.mismatch
    assert found.p_chi_square < 1e-3


def test_the_test_of_one_look_is_pearsons() -> None:
    found = check(np.array([930]), np.array([70]), 0.1)
    assert found.p_chi_square == pytest.approx(chisquare([70, 930], [100, 900]).pvalue)
    assert (found.units, found.units_against, found.drawn_share) == (930, 70, 0.1)


def test_without_a_unit_there_is_no_mismatch() -> None:
    assert check(np.array([0]), np.array([0]), 0.1) == SampleRatio(0, 0, 0.1, p=1.0, p_chi_square=1.0)


SHARES = {"holdout": 0.1, "rival": 0.2, "policy": 0.7}


def arms_by_day(seed: int, *chances: float) -> Ints:
    return np.random.default_rng(seed).multinomial(500, chances, DAYS).cumsum(axis=0)


def test_several_arms_as_drawn_are_hardly_ever_called_a_mismatch_and_a_lost_tenth_of_one_is_found() -> None:
    found = [check_arms(arms_by_day(seed, *SHARES.values()), SHARES) for seed in range(300)]
    assert not any(each.mismatch for each in found)
    assert sum(each.p < 0.05 for each in found) < 15

    lost = check_arms(arms_by_day(1, 0.11, 0.165, 0.725), SHARES)
    assert lost.mismatch
    assert list(lost.units) == list(SHARES)


def test_the_test_of_all_arms_is_pearsons_and_with_two_arms_that_of_the_two() -> None:
    found = check_arms(np.array([[70, 230, 700]]), SHARES)
    assert found.p_chi_square == pytest.approx(chisquare([70, 230, 700], [100, 200, 700]).pvalue)
    counts = arms_by_day(3, 0.1, 0.9)
    two = check_arms(counts, {"holdout": 0.1, "policy": 0.9})
    assert two.p == pytest.approx(check(counts[:, 1], counts[:, 0], 0.1).p)
