"""Bracketing: products that customers order in several sizes or colors at once to keep one of them."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats
from training.products.estimates.context import Context
from training.products.estimates.evidence import Evidence, grouped, sums
from training.products.estimates.figures import Group, mean_cost
from training.products.estimates.lines import ReportLines
from training.products.estimates.rates import EDGE, fit_prior, posterior

PARENT_LINES = 50.0
"""Strength of the prior, in lines: the share of a category with few other products is shrunk towards the shop's."""


@dataclass(frozen=True)
class Choosing:
    """Bracketing of each product, by code, shape (products,) each; NaN without lines in the longest period.

    ``share``: the share of the ``lines`` that are bracketed. ``parent_share``: the same share in the category without
    the product. ``probability``: P(the true share lies above ``fault_ratio`` times ``parent_share``). ``cost_minor``:
    the cost of the returns that the share above ``parent_share`` causes.
    """

    lines: Floats
    share: Floats
    parent_share: Floats
    probability: Floats
    cost_minor: Floats


def to_choose(lines: ReportLines) -> Bools:
    """Find the bracketed lines: their order has the same product in another size or color too, shape (n,)."""
    variant = (lines.size + 1) * (len(lines.names.color) + 1) + lines.color + 1
    _, pair = np.unique(lines.order * len(lines.names.product) + lines.product, return_inverse=True)
    order = np.argsort(pair, kind="stable")
    if not len(order):
        return np.zeros(0, dtype=np.bool_)
    starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
    several = np.minimum.reduceat(variant[order], starts) != np.maximum.reduceat(variant[order], starts)
    return np.asarray(several[pair], dtype=np.bool_)


def choosing(context: Context) -> Choosing:
    """Compare each product's share of bracketed lines with its category's."""
    lines, products = context.lines.take(context.longest), len(context.lines.names.product)
    chosen = to_choose(lines)
    count = np.bincount(lines.product, minlength=products).astype(np.float64)
    several = sums(chosen, lines.product, products)
    parent = _parent_share(several, count, context)
    some = np.flatnonzero(count > 0)
    evidence = Evidence(several, count - several, parent).take(some)
    known = posterior(evidence, fit_prior(evidence))
    probability, excess = np.full(products, np.nan), np.full(products, np.nan)
    probability[some] = known.above(context.params.fault_ratio * np.maximum(parent[some], EDGE))
    excess[some] = known.mean - parent[some]
    cost = mean_cost(context, Group(context.longest, context.lines.product, products, context.evidence))
    share = np.divide(several, count, out=np.full(products, np.nan), where=count > 0)
    return Choosing(count, share, parent, probability, excess * count * _surplus(context, chosen) * cost)


def _parent_share(several: Floats, count: Floats, context: Context) -> Floats:
    """Give the share in the category without the product, shrunk towards the shop's."""
    names = context.lines.names
    kind = np.where(names.product_category < 0, len(names.category), names.product_category)
    kinds = len(names.category) + 1
    others, lines = (sums(values, kind, kinds)[kind] - values for values in (several, count))
    shop = (several.sum() - several) / np.maximum(count.sum() - count, 1.0)
    return np.asarray((others + PARENT_LINES * shop) / (lines + PARENT_LINES), dtype=np.float64)


def _surplus(context: Context, chosen: Bools) -> Floats:
    """Give how much higher the rate of each product's bracketed lines is, shape (products,); 0 or more."""
    products = len(context.lines.names.product)
    evidence, visible = context.evidence.take(context.longest), context.visible[context.longest]
    product = context.lines.product[context.longest]
    rates = []
    for part in (chosen, ~chosen):
        own = grouped(evidence.take(part), visible[part], product[part], products)
        known = ~np.isnan(own.expected)
        rate = np.full(products, np.nan)
        rate[known] = posterior(own.take(known), context.prior).mean
        rates.append(rate)
    return np.asarray(np.nan_to_num(np.maximum(rates[0] - rates[1], 0.0)), dtype=np.float64)
