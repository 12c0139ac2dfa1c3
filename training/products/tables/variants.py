"""The table of variants: each size and color of each product."""

import numpy as np
import pyarrow as pa
from scipy.special import logit

from data.arrays import Floats, Ints
from training.products.columns import VARIANTS
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.evidence import Evidence
from training.products.estimates.figures import Group
from training.products.estimates.rates import EDGE, fit_prior, posterior


def variants(context: Context) -> pa.Table:
    """Make the table `columns.VARIANTS`, sorted by its key, of the longest period."""
    names = context.lines.names
    parts = [
        _rows(context, "color", context.lines.color, names.color),
        _rows(context, "size", context.lines.size, names.size),
    ]
    return pa.concat_tables(parts).sort_by([(name, "ascending") for name in VARIANTS.key])


def _rows(context: Context, dimension: str, values: Ints, labels: list[str]) -> pa.Table:
    """Shrink each variant towards its product's other variants, and those towards the expected rate."""
    names, lines = context.lines.names, context.lines
    if not labels:
        return VARIANTS.schema.empty_table()
    width = len(labels)
    found, codes = np.unique(np.where(values < 0, -1, lines.product * width + values), return_inverse=True)
    # Sorted, a pair with a missing value comes first.
    missing = int(found[0] < 0)
    found, codes = found[missing:], codes - missing
    group = Group(context.longest, codes, len(found), context.evidence)
    product = found // width
    own = group.grouped(context.visible)
    shift = _shift(context, group, own, product)
    there = ~np.isnan(own.expected)
    prior = fit_prior(figures.shifted(own.take(there), shift[there]))
    rates = figures.rates(context, group, prior, shift)
    at = rates.places
    columns = {
        "product_id": pa.array(names.product).take(pa.array(product[at])),
        "dimension": pa.array([dimension] * len(at), pa.string()),
        "value": pa.array(labels, pa.string()).take(pa.array(found[at] % width)),
        **figures.columns(context, group, rates),
    }
    return pa.table(columns).select(VARIANTS.schema.names).cast(VARIANTS.schema)


def _shift(context: Context, group: Group, own: Evidence, product: Ints) -> Floats:
    """Give how far a product's other lines lie above their expected rate, in log-odds; 0 without other lines."""
    all_lines, lines = context.products, context.lines
    products = Group(context.longest, lines.product, len(lines.names.product), context.evidence)
    total, own_total = products.sums(context.visible)[product], group.sums(context.visible)
    rest = np.maximum(total - own_total, 0.0)
    expected = np.nan_to_num(all_lines.expected)[product] * total - np.nan_to_num(own.expected) * own_total
    there = rest > 1e-6  # less than the weight of any line
    others = Evidence(
        returned=np.maximum(all_lines.returned[product] - own.returned, 0.0),
        kept=np.maximum(all_lines.kept[product] - own.kept, 0.0),
        expected=np.clip(np.divide(expected, rest, out=np.full(len(product), 0.5), where=there), EDGE, 1 - EDGE),
    )
    mean = posterior(others, context.prior).mean
    return np.where(there, logit(np.clip(mean, EDGE, 1 - EDGE)) - logit(others.expected), 0.0)
