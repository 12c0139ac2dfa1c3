"""The spread of the true log-odds, on lines whose truth is drawn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from data.arrays import Floats
from tests.training.small_matrix import INTERVAL
from training.model.spread import Known, Spread, fit_spread, known_of

SPREAD = Spread.before_outcomes(INTERVAL)
probabilities = st.floats(0.001, 0.999)
counts = st.one_of(st.just(float("nan")), st.integers(0, 10_000).map(float))


def known(customer: float, product: float, lines: int = 1) -> Known:
    return Known(np.full(lines, customer), np.full(lines, product))


def width(p: float, customer: float, product: float) -> float:
    bounds = SPREAD.bounds(np.array([p]), known(customer, product))
    return float(bounds.high[0] - bounds.low[0])


@given(probabilities, counts, counts)
def test_an_interval_encloses_its_probability_and_stays_within_0_and_1(
    p: float, customer: float, product: float
) -> None:
    bounds = SPREAD.bounds(np.array([p]), known(customer, product))

    assert 0 <= bounds.low[0] <= p <= bounds.high[0] <= 1
    assert 0 <= bounds.order_share[0] + bounds.customer_share[0] + bounds.product_share[0] <= 1


@given(st.floats(0.02, 0.9), st.integers(0, 1000), st.integers(1, 1000), counts)
def test_what_is_known_less_has_the_wider_interval(p: float, fewer: int, more: int, other: float) -> None:
    assert width(p, fewer, other) > width(p, fewer + more, other)
    assert width(p, other, fewer) > width(p, other, fewer + more)


@given(probabilities, counts)
def test_a_guest_is_as_unknown_as_a_new_customer(p: float, product: float) -> None:
    assert width(p, float("nan"), product) == width(p, 0, product)


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.8])
def test_the_mean_over_the_spread_is_the_probability(p: float) -> None:
    bounds = SPREAD.bounds(np.array([p]), known(0, 0))
    middle = (logit(bounds.low[0]) + logit(bounds.high[0])) / 2
    deviation = (logit(bounds.high[0]) - logit(bounds.low[0])) / 2 / 1.6449

    drawn = expit(np.random.default_rng(1).normal(middle, deviation, 200_000))

    assert drawn.mean() == pytest.approx(p, abs=0.006)


def test_a_higher_level_has_wider_intervals() -> None:
    wider = Spread.before_outcomes(INTERVAL.model_copy(update={"level": 0.95}))

    assert wider.bounds(np.array([0.3]), known(3, 3)).high > SPREAD.bounds(np.array([0.3]), known(3, 3)).high


def test_nine_of_ten_lines_have_their_true_probability_within() -> None:
    lines, truth = shop(seed=3, customer=0.29, product=0.3)

    bounds = fit_spread(lines, known(0, 0, len(lines)), INTERVAL).bounds(
        lines["probability"].to_numpy(), known(0, 0, len(lines))
    )

    assert np.mean((bounds.low <= truth) & (truth <= bounds.high)) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(
    ("part", "true"), [("customer", 0.58), ("product", 0.6), ("order", 0.3), ("customer", 0.03), ("product", 0.03)]
)
def test_outcomes_show_how_much_customers_and_products_differ(part: str, true: float) -> None:
    of = {"order": 0.1, "customer": 0.29, "product": 0.3} | {part: true}
    lines, _ = shop(seed=5, customer=of["customer"], product=of["product"], order=of["order"])

    found = fit_spread(lines, known(0, 0, len(lines)), INTERVAL)

    assert getattr(found, part) == pytest.approx(true, abs=0.12)


def test_without_two_lines_of_an_owner_the_spread_stays_as_assumed() -> None:
    lines, _ = shop(seed=5, customer=0.29, product=0.3)
    alone = lines.assign(**{name: lines.index.astype(str) for name in ("order_id", "customer_id", "product_id")})

    assert fit_spread(alone, known(0, 0, len(lines)), INTERVAL) == SPREAD


def test_a_few_lines_move_the_spread_little() -> None:
    lines, _ = shop(seed=7, customer=2.0, product=0.3)

    found = fit_spread(lines[:60], known(0, 0, 60), INTERVAL)

    assert found.customer == pytest.approx(SPREAD.customer, rel=0.6)


def test_guests_are_no_customer() -> None:
    lines, _ = shop(seed=5, customer=0.58, product=0.3)

    found = fit_spread(lines.assign(customer_id=None), known(0, 0, len(lines)), INTERVAL)

    assert found.customer == SPREAD.customer


def test_what_is_known_is_read_from_the_features_by_name() -> None:
    names = ["basket_lines", "product_settled_lines", "customer_settled_lines"]

    found = known_of(np.array([[1.0, 2.0, 3.0]]), names)

    assert (found.customer_lines[0], found.product_lines[0]) == (3.0, 2.0)
    assert np.isnan(known_of(np.array([[1.0]]), names[:1]).customer_lines[0])


def shop(
    seed: int, customer: float, product: float, order: float = 0.1, count: int = 20_000
) -> tuple[pd.DataFrame, Floats]:
    """Lines of customers and products nothing is known of, with true probabilities drawn from the spread's formula."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.08, 0.7, count)
    of_order, of_product = np.arange(count) // 2, rng.integers(0, count // 20, count)
    of_customer = rng.integers(0, count // 10, count)[of_order]
    drawn = (
        rng.normal(0, np.sqrt(order), count)[of_order]
        + rng.normal(0, np.sqrt(customer), count)[of_customer]
        + rng.normal(0, np.sqrt(product), count)[of_product]
        + rng.normal(0, np.sqrt(INTERVAL.line_variance), count)
    )
    scale = ((p + 0.1) / 0.4) ** (INTERVAL.exponent / 2)
    variance = scale**2 * (order + customer + product + INTERVAL.line_variance)
    truth = expit(logit(p) * np.sqrt(1 + np.pi / 8 * variance) + scale * drawn)
    lines = pd.DataFrame(
        {
            "probability": p,
            "label": (rng.random(count) < truth).astype(float),
            "customer_id": [f"c{each}" for each in of_customer],
            "order_id": [f"o{each}" for each in of_order],
            "product_id": [f"p{each}" for each in of_product],
        }
    )
    return lines, truth
