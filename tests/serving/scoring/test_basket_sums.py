"""The interval of a sum over a basket: between those of independent lines and of lines that err together."""

from collections.abc import Sequence
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.scores import ScoredLine
from serving.scoring.basket_sums import Sum, basket_sum, parts_of


def line(low: float, p: float, high: float, basket: float = 0.0, product: float = 0.0) -> ScoredLine:
    return ScoredLine(p, low, high, 100 * p, basket_share=basket, product_share=product)


def summed(weights: Sequence[float], scored: Sequence[ScoredLine], products: Sequence[str]) -> Sum:
    return basket_sum(weights, parts_of(scored, products))


def test_the_sum_over_one_line_has_the_interval_of_the_line() -> None:
    found = summed([200.0], [line(0.1, 0.3, 0.6, basket=0.4, product=0.3)], ["p"])

    assert found == pytest.approx((60.0, 20.0, 120.0))


def test_independent_lines_err_less_together_than_each_alone() -> None:
    found = summed([1.0, 1.0], [line(0.2, 0.4, 0.6)] * 2, ["p", "q"])

    assert found == pytest.approx((0.8, 0.8 - sqrt(2) * 0.2, 0.8 + sqrt(2) * 0.2))


def test_what_is_not_known_of_an_order_moves_all_lines_alike() -> None:
    found = summed([1.0, 1.0], [line(0.2, 0.4, 0.6, basket=1.0)] * 2, ["p", "q"])

    assert found == pytest.approx((0.8, 0.4, 1.2))


def test_what_is_not_known_of_a_product_moves_its_lines_alone() -> None:
    of_product = [line(0.2, 0.4, 0.6, product=1.0)] * 3

    found = summed([1.0] * 3, of_product, ["p", "p", "q"])

    assert found.high == pytest.approx(1.2 + sqrt(0.4**2 + 0.2**2))


shares = st.floats(0, 0.5)
lines = st.builds(
    lambda p, down, up, shared, product: line(p * (1 - down), p, p + (1 - p) * up, shared, product),
    st.floats(0.01, 0.99),
    st.floats(0, 1),
    st.floats(0, 1),
    shares,
    shares,
)


@given(st.lists(st.tuples(st.floats(0, 1e6), lines, st.sampled_from("pqr")), min_size=1, max_size=6))
def test_a_sum_lies_within_its_interval_and_between_nothing_and_all(
    basket: list[tuple[float, ScoredLine, str]],
) -> None:
    weights, scored, products = zip(*basket, strict=True)

    found = summed(weights, scored, products)

    close = 1e-9 * (1 + sum(weights))
    assert -close <= found.low <= found.expected + close
    assert found.expected - close <= found.high <= sum(weights) + close
    together = sum(w * (each.probability - each.low) for w, each in zip(weights, scored, strict=True))
    assert found.low >= found.expected - together - close
