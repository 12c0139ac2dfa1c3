"""A shop made line by line, for the tests of tables about the whole shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.costs import Costs
from training.products.estimates.context import Context
from training.products.estimates.lines import NONE, LineNames, ReportLines
from training.products.estimates.settling import delays, visible
from training.products.params import ProductParams, SegmentParams

AS_OF = 20_000.0
"""Days since 1970, a whole number: midnight."""
WINDOW_DAYS = 20.0
COSTS = Costs(
    return_fixed_minor=300,
    return_value_share=0.1,
    margin_share=0.4,
    warning_avoids_returns=0.5,
    warning_stops_kept=0.1,
)
PARAMS = ProductParams(
    currency="EUR",
    periods_days=(30, 90, 365),
    history_weeks=104,
    upcoming_days=28,
    folds=2,
    expectation_lines=1000,
    rounds=10,
    seed=1,
    fault_ratio=1.5,
    min_probability=0.9,
    spike_weeks=12,
    false_discovery_rate=0.1,
    top_items=20,
    segments=SegmentParams(recent_days=30, lapsing_days=90, lost_days=365, active_orders=3),
)


@dataclass(frozen=True)
class Sold:
    """One line, ordered ``ago`` days before the report; a returned line comes back ten days after the order."""

    ago: float
    product: str = "shirt"
    customer: str | None = "ann"
    order: str | None = None
    returned: bool = False
    price: float = 1000.0
    discount: float = float("nan")


def made_lines(sold: Sequence[Sold], categories: Mapping[str, str | None]) -> ReportLines:
    """Make the lines, in order of time; ``categories``: the category of each product."""
    sold = sorted(sold, key=lambda line: -line.ago)
    kinds = sorted({kind for kind in categories.values() if kind})
    products = sorted(categories)
    product_category = np.array([kinds.index(k) if (k := categories[name]) else NONE for name in products])
    people = sorted({line.customer for line in sold if line.customer})
    orders = [line.order or f"{line.customer} {line.ago}" for line in sold]
    numbers = {order: place for place, order in enumerate(sorted(set(orders)))}
    product = np.array([products.index(line.product) for line in sold])
    day = np.array([AS_OF - line.ago for line in sold])
    returned_day = np.array([AS_OF - line.ago + 10 if line.returned else np.nan for line in sold])
    nothing = np.full(len(sold), NONE)
    return ReportLines(
        as_of=AS_OF,
        until=AS_OF,
        row=np.arange(len(sold)),
        product=product,
        category=product_category[product],
        brand=nothing,
        supplier=nothing,
        size=nothing,
        color=nothing,
        customer=np.array([people.index(line.customer) if line.customer else NONE for line in sold]),
        order=np.array([numbers[order] for order in orders]),
        day=day,
        closes_day=day + WINDOW_DAYS,
        returned=~np.isnan(returned_day),
        returned_day=returned_day,
        reason=nothing,
        value_minor=np.array([line.price for line in sold]),
        price_minor=np.array([line.price for line in sold]),
        discount_share=np.array([line.discount for line in sold]),
        names=LineNames(
            product=products,
            name=[None] * len(products),
            category=kinds,
            brand=[],
            supplier=[],
            size=[],
            color=[],
            product_category=product_category,
            product_brand=np.full(len(products), NONE),
            product_supplier=np.full(len(products), NONE),
        ),
    )


def made_context(
    sold: Sequence[Sold], categories: Mapping[str, str | None] | None = None, expected: float = 0.3
) -> Context:
    """Make the context of these lines, all with the same expected probability of a return."""
    lines = made_lines(sold, categories or {line.product: "tops" for line in sold})
    late = delays(lines)
    same = np.full(len(lines), expected)
    return Context(lines, late, visible(lines, late), same, same, PARAMS, COSTS)
