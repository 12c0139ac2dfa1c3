"""Effects of a fix: found where there is one, and not found in bad luck, seasons or drift."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.arrays import Floats, Ints
from serving.products.before_after import LEAST_LINES, Verdict, difference, points
from training.products.estimates.evidence import Evidence

EXPECTED = 0.3
LOG_ODDS = np.log(EXPECTED / (1 - EXPECTED))
PRODUCTS = 60


def counts(returned: Floats, kept: Floats) -> Evidence:
    return Evidence(returned, kept, np.full(len(returned), EXPECTED))


def level(lines: float, log_odds: Floats | float, products: int = PRODUCTS) -> Evidence:
    """Evidence whose rate lies exactly ``log_odds`` above the expected log-odds."""
    rate = np.broadcast_to(1 / (1 + np.exp(-(LOG_ODDS + log_odds))), products)
    return counts(lines * rate, lines * (1 - rate))


def draw(rng: np.random.Generator, lines: Ints, log_odds: Floats) -> Evidence:
    returned = rng.binomial(lines, 1 / (1 + np.exp(-(LOG_ODDS + log_odds)))).astype(np.float64)
    return counts(returned, lines - returned)


def first(evidence: Evidence, place: int) -> Evidence:
    """Put the product at ``place`` first."""
    return evidence.take(np.r_[place, np.delete(np.arange(len(evidence.returned)), place)])


def test_what_befell_all_alike_is_no_effect():
    found = difference(level(500, 0.0), level(500, -0.7))  # all fell by 0.7

    assert found is not None
    assert found.similar_change == pytest.approx(-0.7, abs=0.01)  # the half return added on either side
    assert found.change == pytest.approx(0.0, abs=1e-9)
    assert found.verdict is Verdict.NO_CLEAR_CHANGE


@pytest.mark.parametrize(("moved", "verdict"), [(-0.7, Verdict.FELL), (0.7, Verdict.ROSE)])
def test_what_befell_one_is_its_effect(moved, verdict):
    change = np.full(PRODUCTS, 0.2)
    change[0] += moved

    found = difference(level(2000, 0.0), level(2000, change))

    assert found is not None
    assert found.change == pytest.approx(moved, abs=0.01)
    assert found.low95 < moved < found.high95
    assert (found.verdict, found.similar) == (verdict, 20)


def test_the_similar_ones_are_those_that_were_alike_before():
    # 20 products were as high as the first and fell by 0.5, as it did; 39 were low and stayed.
    high = (np.arange(PRODUCTS) == 0) | (np.arange(PRODUCTS) >= 40)
    found = difference(level(5000, np.where(high, 0.8, 0.0)), level(5000, np.where(high, 0.3, 0.0)))

    assert found is not None
    assert found.similar_change == pytest.approx(-0.5, abs=0.03)
    assert found.change == pytest.approx(0.0, abs=0.03)


def test_a_high_rate_of_few_lines_is_drawn_to_what_is_usual():
    # Others are within 0.1 of each other; 60 lines at +1 are as likely luck, and back at 0 nothing fell.
    usual = np.random.default_rng(4).normal(0, 0.1, PRODUCTS)
    lines = np.where(np.arange(PRODUCTS) == 0, 60.0, 5000.0)
    rate = 1 / (1 + np.exp(-(LOG_ODDS + np.where(np.arange(PRODUCTS) == 0, 1.0, usual))))

    found = difference(counts(lines * rate, lines * (1 - rate)), level(60, 0.0))

    assert found is not None
    assert abs(found.change) < 0.2


def test_drift_of_its_own_widens_the_interval():
    rng = np.random.default_rng(1)
    calm, restless = (difference(level(5000, 0.0), level(5000, rng.normal(0, sd, PRODUCTS))) for sd in (0.01, 0.3))

    assert calm is not None
    assert restless is not None
    assert restless.high95 - restless.low95 > 3 * (calm.high95 - calm.low95)


def test_too_few_lines_or_products_are_too_early():
    lines = np.full(PRODUCTS, 500.0)
    lines[0] = LEAST_LINES - 1
    few = counts(lines * EXPECTED, lines * (1 - EXPECTED))

    assert difference(level(500, 0.0), few) is None
    assert difference(few, level(500, 0.0)) is None
    assert difference(level(500, 0.0, 5), level(500, 0.0, 5)) is None  # 4 others
    assert difference(level(500, 0.0, 6), level(500, 0.0, 6)) is not None


def test_products_with_too_few_lines_are_not_compared_with():
    lines = np.where(np.arange(PRODUCTS) < 10, 500.0, LEAST_LINES / 2)
    found = difference(counts(lines * EXPECTED, lines * (1 - EXPECTED)), level(500, 0.0))

    assert found is not None
    assert found.similar == 9


def test_bad_luck_that_ends_is_hardly_ever_taken_for_an_effect():
    # Nothing is fixed. The product with the highest of 60 rates is chosen, as a list sorted by rate would do; the rate
    # of 1 in 3 such products then falls by more than twice its standard error. At 95% up to 2.5% may seem to fall, and
    # in 300 draws a share above 5.3% would be beyond three standard errors of that.
    rng, fell, plain = np.random.default_rng(2), 0, 0
    for _ in range(300):
        truth = rng.normal(0, 0.25, PRODUCTS)
        lines = rng.poisson(150 * rng.lognormal(0, 0.5, PRODUCTS)) + 31
        before, after = draw(rng, lines, truth), draw(rng, lines, truth + rng.normal(-0.1, 0.1, PRODUCTS))
        worst = int(np.argmax(before.returned / lines))
        found = difference(first(before, worst), first(after, worst))
        assert found is not None
        fell += found.verdict is Verdict.FELL
        rates = np.array([side.returned[worst] / lines[worst] for side in (before, after)])
        plain += rates[0] - rates[1] > 2 * np.sqrt(np.sum(rates * (1 - rates)) / lines[worst])

    assert fell / 300 < 0.053
    assert plain / 300 > 0.25


def test_the_interval_covers_the_true_effect():
    # 95% of 300 are 285; three standard errors (3.8 each) less are 274.
    rng, covered, effect = np.random.default_rng(3), 0, -0.5
    for _ in range(300):
        truth, drift = rng.normal(0, 0.25, PRODUCTS), rng.normal(-0.2, 0.1, PRODUCTS)
        drift[0] += effect
        lines = rng.poisson(300 * rng.lognormal(0, 0.5, PRODUCTS)) + 31
        found = difference(draw(rng, lines, truth), draw(rng, lines, truth + drift))
        assert found is not None
        covered += found.low95 <= effect <= found.high95

    assert covered >= 274


@given(
    rate=st.floats(0.01, 0.99),
    change=st.floats(-3, 3).filter(lambda value: abs(value) > 1e-6),
)
def test_points_have_the_sign_of_the_change_and_lead_back(rate, change):
    moved = points(rate, change)
    before = rate - moved

    assert np.sign(moved) == np.sign(change)
    assert np.log(rate / (1 - rate)) - np.log(before / (1 - before)) == pytest.approx(change, abs=1e-6)
