"""Parts of a product, such as a size or its lines at a discount, compared with the other lines of the same product.

The other lines show how far the product lies from its expected rate, in log-odds; the part is expected to lie as far
from its own expected rate. The prior is learned from all parts (see `training.products.estimates.rates`).
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from training.products.estimates.context import Context
from training.products.estimates.evidence import Evidence
from training.products.estimates.figures import Group, mean_cost, shifted
from training.products.estimates.lines import NONE
from training.products.estimates.rates import EDGE, fit_prior, posterior

_SOME = 1e-6
"""A weight in lines that is below that of any line."""


@dataclass(frozen=True)
class ProductParts:
    """Parts of products with other lines to compare with; shape (m,) each.

    ``product`` and ``value`` are codes. ``expected``: the rate expected from the product's other lines.
    ``probability``: P(the true rate lies above ``fault_ratio`` times ``expected``). ``cost_minor``: the cost of the
    returns above ``expected``.
    """

    product: Ints
    value: Ints
    lines: Floats
    rate: Floats
    expected: Floats
    probability: Floats
    cost_minor: Floats


def parts(context: Context, values: Ints, width: int) -> ProductParts:
    """Compare each part of each product with the product's other lines, over the longest period.

    Parameters
    ----------
    values
        The part that each line belongs to, shape (n,): from 0 to ``width`` - 1; lines below 0 are left out.
    """
    known = values >= 0
    codes = np.full(len(values), NONE)
    pairs, codes[known] = np.unique((context.lines.product * width + values)[known], return_inverse=True)
    group = Group(context.longest, codes, len(pairs), context.evidence)
    own = group.grouped(context.visible)
    product = pairs // width
    rest = _rest(own, product, len(context.lines.names.product))
    places = np.flatnonzero((own.returned + own.kept > _SOME) & (rest.returned + rest.kept > _SOME))
    own, rest = own.take(places), rest.take(places)
    there = np.clip(posterior(rest, context.prior).mean, EDGE, 1.0 - EDGE)
    towards = shifted(own, _log_odds(there) - _log_odds(rest.expected))
    found = posterior(towards, fit_prior(towards))
    lines, cost = group.sums(np.ones(len(codes)))[places], mean_cost(context, group)[places]
    return ProductParts(
        product=product[places],
        value=pairs[places] % width,
        lines=lines,
        rate=found.mean,
        expected=towards.expected,
        probability=found.above(context.params.fault_ratio * towards.expected),
        cost_minor=(found.mean - towards.expected) * lines * cost,
    )


def _rest(own: Evidence, product: Ints, products: int) -> Evidence:
    """Give the evidence of the product's other parts, shape (m,); without any, the expected rate is the part's own."""

    def others(values: Floats) -> Floats:
        return np.maximum(np.bincount(product, weights=values, minlength=products)[product] - values, 0.0)

    weight = own.returned + own.kept
    rest = others(weight)
    total = others(weight * np.nan_to_num(own.expected))
    expected = np.divide(total, rest, out=np.full(len(rest), 0.5), where=rest > _SOME)
    return Evidence(others(own.returned), others(own.kept), np.clip(expected, EDGE, 1.0 - EDGE))


def _log_odds(rate: Floats) -> Floats:
    return np.asarray(np.log(rate / (1.0 - rate)), dtype=np.float64)
