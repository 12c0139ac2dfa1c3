"""The table of segments: customers by activity and by value, with their return rates and their profit.

The table has no single customers, only groups of at least `FEWEST`. Guests are in no group. Value is the value kept, so
customers who return little are in a high tercile more often. Rates of value segments differ for this reason alone;
compare their profit.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data.arrays import Floats, Ints
from training.products.columns import ACTIVITIES, DISCOUNT_BANDS, SEGMENTS, VALUES
from training.products.estimates.context import Context
from training.products.estimates.evidence import sums
from training.products.tables.activity import activity_at_report
from training.products.tables.customers import Estimates, ratios
from training.products.tables.discounts import discount_bands

FEWEST = 5
"""The fewest customers of a segment: a smaller group would disclose single people."""
PRIOR_LINES = 20.0
"""Strength of the prior, in lines: a discount band is shrunk towards its category, a category towards the shop."""


def return_probability(context: Context) -> Floats:
    """P(the line comes back | what is known of the line by now), shape (lines,): 0 or 1 once the outcome is known.

    For a line that is not back: e (1 - F) / (1 - e F), with e the expected probability of a return and F the
    probability that a return would be known by now.
    """
    e, f = context.expected, context.visible
    waiting = e * (1.0 - f) / (1.0 - e * f)
    return np.where(context.lines.returned, 1.0, waiting)


def price_rates(context: Context) -> Floats:
    """Give the rate of lines of the same category and discount in the longest period, shape (lines,).

    The rate does not use the customer: it is that of such lines, whoever buys them.
    """
    lines, evidence = context.lines, context.evidence
    categories, bands = len(lines.names.category) + 1, len(DISCOUNT_BANDS) + 1
    category = np.where(lines.category < 0, categories - 1, lines.category)
    band = discount_bands(lines.discount_share) % bands  # -1 (not known) becomes the last band
    returned, kept = evidence.returned * context.longest, evidence.kept * context.longest
    shop = _shrunk(returned, kept, np.zeros_like(category), context.expected.mean(keepdims=True))
    of_category = _shrunk(returned, kept, category, np.repeat(shop, categories))
    cell = category * bands + band
    return np.asarray(_shrunk(returned, kept, cell, np.repeat(of_category, bands))[cell], dtype=np.float64)


def segments(context: Context) -> pa.Table:
    """Summarise the longest period by activity at the report's moment and by value: the table `SEGMENTS`."""
    activity = activity_at_report(context.lines, context.params.segments)
    parts = [
        _segmentation("activity", ACTIVITIES, activity, context),
        _segmentation("value", VALUES, _terciles(context), context),
    ]
    return pa.concat_tables(parts).cast(SEGMENTS.schema)


def _segmentation(name: str, names: Sequence[str], group: Ints, context: Context) -> pa.Table:
    count, evidence = len(names), context.evidence
    customers = np.bincount(group[group >= 0], minlength=count)
    lines, one = _by_customer(context, np.ones(len(context.lines))), np.ones(len(group))
    seen = _by_customer(context, evidence.returned + evidence.kept)
    rate = ratios(_by_customer(context, evidence.returned), seen, group, count)
    expected = ratios(_by_customer(context, price_rates(context)), lines, group, count).value
    profit = ratios(_by_customer(context, _profit(context)), one, group, count)
    table = pa.table(
        {
            "segmentation": pa.repeat(name, count),
            "segment": names,
            "customers": customers,
            "lines": sums(lines[group >= 0], group[group >= 0], count).astype(np.int64),
            **_named(rate, ("rate", "rate_low95", "rate_high95"), (0.0, 1.0)),
            "expected_rate": pa.array(expected, from_pandas=True),
            **_named(profit, ("profit_minor", "profit_low95_minor", "profit_high95_minor"), (-np.inf, np.inf)),
            "profit_total_minor": profit.value * customers,
        }
    )
    return table.filter(pa.array(customers >= FEWEST))


def _profit(context: Context) -> Floats:
    """Give the expected profit of each line: margin if kept, minus cost if returned."""
    p = return_probability(context)
    return (1.0 - p) * context.costs.margin_share * context.lines.value_minor - p * context.return_cost


def _terciles(context: Context) -> Ints:
    """Rank customers with lines in the longest period by the value they kept: places in `VALUES`, -1 for others."""
    kept = _by_customer(context, (1.0 - return_probability(context)) * context.lines.value_minor)
    bought = np.flatnonzero(_by_customer(context, np.ones(len(context.lines))) > 0)
    ranked = bought[np.argsort(-kept[bought], kind="stable")]
    group = np.full(len(kept), -1, dtype=np.int64)
    group[ranked] = np.arange(len(ranked)) * len(VALUES) // max(len(ranked), 1)
    return group


def _by_customer(context: Context, values: Floats) -> Floats:
    """Add up the values of lines of the longest period by customer, shape (customers,)."""
    customer = context.lines.customer
    chosen = context.longest & (customer >= 0)
    return sums(values[chosen], customer[chosen], int(customer.max(initial=-1)) + 1)


def _shrunk(returned: Floats, kept: Floats, cell: Ints, prior: Floats) -> Floats:
    """Give the rate of each cell, shrunk towards ``prior``, which has one rate a cell."""
    top, below = sums(returned, cell, len(prior)), sums(returned + kept, cell, len(prior))
    return np.asarray((top + PRIOR_LINES * prior) / (below + PRIOR_LINES), dtype=np.float64)


def _named(estimates: Estimates, names: tuple[str, str, str], bounds: tuple[float, float]) -> dict[str, pa.Array]:
    columns = (estimates.value, estimates.low, estimates.high)
    return {
        name: pa.array(np.clip(values, *bounds), from_pandas=True) for name, values in zip(names, columns, strict=True)
    }
