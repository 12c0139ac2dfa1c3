import numpy as np
import pytest

from training.held_out.gaps import Estimate, beyond_all, mean, q_values

RNG = np.random.default_rng(4)


def clustered(customers: int, each: int, rng: np.random.Generator = RNG) -> tuple[np.ndarray, np.ndarray]:
    """Values of lines whose customers share half of the variance, and the customer of each."""
    clusters = np.repeat(np.arange(customers), each)
    return rng.normal(0, 1, customers)[clusters] + rng.normal(0, 1, customers * each), clusters


def test_the_error_of_a_mean_is_that_of_customers_and_not_of_lines() -> None:
    values, clusters = clustered(400, 10)
    every = np.ones(len(values), dtype=bool)

    found = mean(values, every, clusters)

    sums = values.reshape(400, 10).mean(axis=1)
    assert found.value == pytest.approx(values.mean())
    assert found.error == pytest.approx(sums.std() / np.sqrt(400))
    assert found.error > 2 * values.std() / np.sqrt(len(values))


def test_the_distance_from_all_lines_has_the_error_that_redrawn_shops_show() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        values, clusters = clustered(120, 5, rng)
        found.append(beyond_all(values, np.arange(len(values)) % 5 < 2, clusters))

    spread = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.12)
    assert np.mean([one.low <= 0 <= one.high for one in found]) > 0.9


def test_all_lines_are_not_apart_from_themselves() -> None:
    values, clusters = clustered(20, 3)

    found = beyond_all(values, np.ones(60, dtype=bool), clusters)

    assert (found.value, found.error, found.two_sided, found.above) == (0, 0, 1, 1)


def test_one_sided_and_two_sided_p_values_agree() -> None:
    assert Estimate(1.96, 1).two_sided == pytest.approx(0.05, abs=1e-3)
    assert Estimate(1.96, 1).above == pytest.approx(0.025, abs=1e-3)
    assert Estimate(-1.96, 1).above == pytest.approx(0.975, abs=1e-3)


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    assert q_values(np.array([0.01, 0.02, 0.5])) == pytest.approx([0.03, 0.03, 0.5])
    assert len(q_values(np.zeros(0))) == 0
