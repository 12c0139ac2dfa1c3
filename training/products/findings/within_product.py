"""Parts of a product, such as a size or its lines at a discount, held against the other lines of the same product.

The rest of the product says how far it lies from what is expected, in log-odds; the part is expected to lie as far from
its own expectation. How far parts differ from that is learned from all parts (see `training.products.estimates.rates`).
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
"""In lines: less than any line weighs."""


@dataclass(frozen=True)
class ProductParts:
    """Parts that can be held against a rest; shape (m,) each.

    ``product`` and ``value`` are codes. ``expected`` is the rate to be expected from the product's other lines,
    ``probability`` that of a rate above ``fault_ratio`` times it, ``cost_minor`` the cost of returns above it.
    """

    product: Ints
    value: Ints
    lines: Floats
    rate: Floats
    expected: Floats
    probability: Floats
    cost_minor: Floats


def parts(context: Context, values: Ints, width: int) -> ProductParts:
    """Hold each part of each product against the rest, over the longest period.

    Parameters
    ----------
    values
        The part that each line is of, shape (n,): from 0 to ``width`` - 1; lines below 0 are left out.
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
    """The evidence of all other parts of the same product, shape (m,); without any the expected rate is the part's."""

    def others(values: Floats) -> Floats:
        return np.maximum(np.bincount(product, weights=values, minlength=products)[product] - values, 0.0)

    weight = own.returned + own.kept
    rest = others(weight)
    total = others(weight * np.nan_to_num(own.expected))
    expected = np.divide(total, rest, out=np.full(len(rest), 0.5), where=rest > _SOME)
    return Evidence(others(own.returned), others(own.kept), np.clip(expected, EDGE, 1.0 - EDGE))


def _log_odds(rate: Floats) -> Floats:
    return np.asarray(np.log(rate / (1.0 - rate)), dtype=np.float64)
