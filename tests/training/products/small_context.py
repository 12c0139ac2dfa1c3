"""A random shop whose rates and delays are known, with gaps: guests, products without a category, lines still open."""

from collections.abc import Callable

import numpy as np

from data.arrays import Bools, Floats
from tests.training.products.made_shop import AS_OF, COSTS, PARAMS, WINDOW_DAYS
from training.products.estimates.context import Context
from training.products.estimates.lines import NONE, LineNames, ReportLines
from training.products.estimates.settling import delays, visible

DAYS = 800
PRODUCTS = 40


def drawn_lines(
    rate: Callable[[ReportLines], Floats] | float = 0.3,
    *,
    count: int = 8000,
    products: int = PRODUCTS,
    days: float = DAYS,
    seed: int = 1,
) -> tuple[ReportLines, Bools]:
    """Draw lines over the ``days`` days up to the report, each returned with its ``rate``; returns take 4 to 18 days.

    The second result: which lines come back in the end, known or not.
    """
    rng = np.random.default_rng(seed)
    day = np.sort(AS_OF - days * rng.random(count))
    product = rng.integers(0, products, count)
    category = np.where(np.arange(products) % 7 == 6, NONE, np.arange(products) % 3)
    brand = np.where(np.arange(products) % 5 == 4, NONE, np.arange(products) % 4)
    lines = ReportLines(
        as_of=AS_OF,
        until=AS_OF,
        row=np.arange(count),
        product=product,
        category=category[product],
        brand=brand[product],
        supplier=np.full(count, NONE),
        size=np.where(product % 4 == 3, NONE, rng.integers(0, 3, count)),
        color=rng.integers(-1, 2, count),
        customer=rng.integers(-1, 200, count),
        order=np.arange(count),
        day=day,
        closes_day=day + WINDOW_DAYS,
        returned=np.zeros(count, dtype=bool),
        returned_day=np.full(count, np.nan),
        reason=np.full(count, NONE),
        value_minor=rng.integers(1000, 9000, count).astype(np.float64),
        price_minor=np.full(count, 1000.0),
        discount_share=np.where(rng.random(count) < 0.2, np.nan, 0.1),
        names=LineNames(
            product=[f"p{place:05d}" for place in range(products)],
            name=[None] * products,
            category=["dresses", "shirts", "shoes"],
            brand=["a", "b", "c", "d"],
            supplier=[],
            size=["l", "m", "s"],
            color=["blue", "red"],
            product_category=category,
            product_brand=brand,
            product_supplier=np.full(products, NONE),
        ),
    )
    back = rng.random(count) < (rate if isinstance(rate, float) else rate(lines))
    return with_returns(lines, back, day + rng.uniform(4, 18, count)), back


def with_returns(lines: ReportLines, back: Bools, returned_day: Floats) -> ReportLines:
    """Let the lines ``back`` come back on ``returned_day``, as far as known at the lines' moment."""
    values = vars(lines) | {"returned": back, "returned_day": np.where(back, returned_day, np.nan)}
    return ReportLines(**values).at(lines.as_of)


def context_of(lines: ReportLines, expected: Floats | float = 0.3, buyers: Floats | float = 0.3) -> Context:
    """Make the context of the lines with these expected rates."""
    late = delays(lines)
    alike, own = np.broadcast_to(expected, len(lines)).copy(), np.broadcast_to(buyers, len(lines)).copy()
    return Context(lines, late, visible(lines, late), alike, own, PARAMS, COSTS)
