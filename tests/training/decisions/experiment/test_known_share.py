import numpy as np
import pytest

from training.decisions.experiment.known_share import KnownShare, learn


def test_the_delays_of_young_orders_do_not_hide_the_slow_returns() -> None:
    random = np.random.default_rng(1)
    ordered = random.uniform(0, 60, 60_000)  # an experiment of two months, of which half the returns are still to come
    delay = random.choice([3.0, 10.0, 30.0], 60_000, p=[0.5, 0.3, 0.2]) - random.random(60_000)
    seen = ordered + delay <= 60

    known = learn(ordered[seen], (ordered + delay)[seen], 60.0)

    assert known.at(np.array([3.0, 10.0, 30.0])) == pytest.approx([0.5, 0.8, 1.0], abs=0.02)
    assert (delay[seen] <= 3).mean() > 0.55  # the share among all returns seen is too high


def test_of_old_orders_the_shares_are_those_of_all_returns() -> None:
    known = learn(np.zeros(4), np.array([0.5, 1.5, 1.5, 3.5]), 100.0)
    assert known.share == pytest.approx([0, 0.25, 0.75, 0.75, 1])


def test_without_a_known_return_nothing_is_waited_for() -> None:
    known = learn(np.zeros(0), np.zeros(0), 10.0)
    assert known.at(np.array([-1.0, 0.0, 5.0])).tolist() == [0, 1, 1]


def test_only_the_last_year_counts_and_nothing_after_the_moment() -> None:
    known = learn(np.array([0.0, 400.0, 405.0]), np.array([9.0, 402.0, 425.0]), 420.0)
    assert known.share.tolist() == [0, 0, 1]


def test_the_mean_over_even_ages_is_the_integral_of_the_share() -> None:
    linear = KnownShare(np.array([0.0, 0.5, 1.0]))
    assert linear.mean_until(2.0) == pytest.approx(0.5)
    assert linear.mean_until(4.0) == pytest.approx(0.75)
