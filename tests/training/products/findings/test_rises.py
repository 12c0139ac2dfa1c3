import numpy as np
import pytest
from scipy.stats import binom

from training.products.estimates.evidence import of_lines
from training.products.estimates.rates import Prior
from training.products.findings.rises import Weekly, by_week, rises, week_start

PRIOR = Prior(np.array([20.0, 200.0]), np.array([0.5, 0.5]))


def p_value(weekly: Weekly) -> float:
    return float(rises(weekly, PRIOR, scale=1.0, level=0.1).p_value[0])


def test_weeks_begin_on_monday() -> None:
    # 1 January 1970 was a Thursday; Monday 5 January was day 4.
    assert week_start(np.array([0.0, 3.99, 4.0, 10.5, 11.0])).tolist() == [-3, -3, 4, 4, 11]


def test_lines_are_added_up_by_product_and_week_and_all_before_in_one() -> None:
    # Day 25 is a Monday: two weeks up to it begin on days 18 and 25.
    day = np.array([3.0, 17.9, 18.0, 24.9, 25.0, 25.2])
    evidence = of_lines(np.array([1, 0, 0, 1, 0, 0], dtype=np.bool_), np.ones(6), np.full(6, 0.25))
    weekly = by_week(np.array([0, 0, 0, 0, 0, 1]), day, evidence, np.ones(6), until_day=25.5, shape=(2, 2))
    assert weekly.since_day.tolist() == [18, 25]
    assert weekly.returned.tolist() == [[1, 1, 0], [0, 0, 0]]
    assert weekly.kept.tolist() == [[1, 1, 1], [0, 0, 1]]
    assert weekly.seen.tolist() == [[2, 2, 1], [0, 0, 1]]
    assert weekly.expected.tolist() == [[0.5, 0.5, 0.25], [0, 0, 0.25]]


def test_the_p_value_is_the_binomial_tail_where_the_past_is_long_and_one_week_is_looked_at() -> None:
    # 30,000 of 100,000 lines came back: the rate is 0.3 to 0.0015. Then 12 of 20, where 0.3 was expected throughout.
    weekly = one_product([30_000, 12], [70_000, 8], [0.3, 0.3])
    assert p_value(weekly) == pytest.approx(binom.sf(11, 20, 0.3), rel=0.01)


def test_the_rate_before_is_carried_over_by_what_the_expected_rate_moves() -> None:
    # The odds expected rise threefold, from 3/7 to 9/7, a rate of 0.5625: those of a product at 0.5 rise to 0.75.
    weekly = one_product([50_000, 87], [50_000, 13], [0.3, 0.5625])
    assert p_value(weekly) == pytest.approx(binom.sf(86, 100, 0.75), rel=0.02)
    # As many as expected are no surprise.
    assert p_value(one_product([50_000, 75], [50_000, 25], [0.3, 0.5625])) > 0.4


def test_a_product_that_could_not_be_significant_is_not_tested() -> None:
    # Even if both lines came back: 0.3^2 = 0.09 in one week would be significant at 10%, one line at 0.3 never.
    two, one = (one_product([300, n], [700, 0], [0.3, 0.3]) for n in (2, 1))
    assert not np.isnan(p_value(two))
    assert np.isnan(p_value(one))


def one_product(returned: list[float], kept: list[float], expected: list[float]) -> Weekly:
    back, stays = np.array([returned], dtype=np.float64), np.array([kept], dtype=np.float64)
    seen = back + stays
    return Weekly(back, stays, seen, seen * np.array([expected]), np.zeros(1))
