"""Reasons: the report's table of reasons, and the reasons in which a product differs from its category.

A return for one reason is an outcome of its own, with a rate of its own. Its expected rate is the item's expected
return rate times the share of the reason in the returns of the item's parent, without the item's own. The parent of a
product is its category, that of a category the shop. A brand or a supplier is compared with the categories of its
products, in the mix in which it sells them. Shares are over all returns, with those of no recorded reason, so that
rates add up; the shares in the table are among returns with a reason.

A line that is returned for another reason counts as not returned for this one, with full weight 1. With e for all
reasons and e_r for one, and weights of w = F(1 - e) / (1 - eF) for lines that are not back, the expected weight of
"not returned for this reason" is (e - e_r) F + w (1 - eF) = F (1 - e_r), as it has to be (see
`training.products.estimates.evidence`).
"""

from dataclasses import dataclass, replace

import numpy as np

from data.arrays import Bools, Floats, Ints
from features.language.reasons import REASONS
from training.products.estimates.context import Context
from training.products.estimates.evidence import Evidence, sums
from training.products.estimates.figures import Group, mean_cost
from training.products.estimates.lines import NONE
from training.products.estimates.rates import EDGE, Prior, fit_prior, posterior

PARENT_RETURNS = 10.0
"""Strength of the prior, in returns: the shares of a parent with few other returns are shrunk towards the shop's."""


@dataclass(frozen=True)
class ReasonItems:
    """The items of one level in one period; arrays of shape (m, len(REASONS)) where no other is given.

    ``evidence``: for returns of any reason, shape (m,). ``returns``: lines known to be returned for each reason.
    ``recorded``: returned lines with a reason, shape (m,). ``returned``: all returned lines, shape (m,).
    ``cost_minor``: the cost if all lines came back, shape (m,). ``parent``: the code of the parent, -1 for the shop,
    shape (m,). ``sells``: the products of each brand or supplier.
    """

    evidence: Evidence
    returns: Floats
    recorded: Floats
    returned: Floats
    cost_minor: Floats
    parent: Ints
    sells: "Range | None" = None


@dataclass(frozen=True)
class Range:
    """The products of brands or suppliers: all products, and the code of each one's seller, -1 where missing."""

    products: ReasonItems
    seller: Ints


@dataclass(frozen=True)
class Study:
    """The reasons of each item against its parent's; arrays of shape (m, len(REASONS)), NaN for items without lines.

    ``share``: the reason's share in the item's returns with a reason (NaN without any). ``parent_share``: the same in
    the parent's returns without the item's. ``rate``: corrected and shrunk. ``unusual``: the probability that the true
    rate lies above ``fault_ratio`` times ``expected``. ``priors``: the prior of each reason.
    """

    returns: Floats
    share: Floats
    parent_share: Floats
    rate: Floats
    expected: Floats
    unusual: Floats
    excess_cost_minor: Floats
    priors: list[Prior | None]


def products(context: Context, chosen: Bools) -> ReasonItems:
    """Add up the lines ``chosen``, shape (n,), by product."""
    names = context.lines.names
    return _items(
        context, Group(chosen, context.lines.product, len(names.product), context.evidence), names.product_category
    )


def categories(context: Context, chosen: Bools) -> ReasonItems:
    """Add up the lines ``chosen`` by category, with expected rates that do not use the category."""
    kinds = len(context.lines.names.category)
    group = Group(chosen, context.lines.category, kinds, context.evidence_of_buyers)
    return _items(context, group, np.full(kinds, NONE))


def brands(context: Context, chosen: Bools) -> ReasonItems:
    """Add up the lines ``chosen`` by brand."""
    names = context.lines.names
    return _sellers(context, chosen, context.lines.brand, names.product_brand, len(names.brand))


def suppliers(context: Context, chosen: Bools) -> ReasonItems:
    """Add up the lines ``chosen`` by supplier."""
    names = context.lines.names
    return _sellers(context, chosen, context.lines.supplier, names.product_supplier, len(names.supplier))


def shop(context: Context, chosen: Bools) -> ReasonItems:
    """Add up all lines ``chosen``: one item."""
    one = np.zeros(len(context.lines), dtype=np.int64)
    return _items(context, Group(chosen, one, 1, context.evidence_of_buyers), np.full(1, NONE))


def fit_priors(items: ReasonItems) -> list[Prior | None]:
    """Learn, for each reason, how far items' rates lie from the expected ones; None for a reason without returns."""
    expected = _expected(items)
    known = ~np.isnan(expected)
    return [
        fit_prior(_for_reason(items, place, expected).take(known[:, place])) if items.returns[:, place].any() else None
        for place in range(len(REASONS))
    ]


def study(items: ReasonItems, priors: list[Prior | None], fault_ratio: float) -> Study:
    """Compare each item's reasons with its parent's.

    Parameters
    ----------
    priors
        From `fit_priors`, for items of the same level.
    fault_ratio
        A rate above this multiple of the expected rate is unusual.
    """
    expected = _expected(items)
    rate, unusual = np.full_like(expected, np.nan), np.full_like(expected, np.nan)
    for place, prior in enumerate(priors):
        if prior is None:
            continue
        seen = ~np.isnan(expected[:, place])
        known = posterior(_for_reason(items, place, expected).take(seen), prior)
        rate[seen, place] = known.mean
        unusual[seen, place] = known.above(fault_ratio * np.maximum(expected[seen, place], EDGE))
    return Study(
        returns=items.returns,
        share=divided(items.returns, items.recorded[:, None]),
        parent_share=_parent_shares(items, "recorded"),
        rate=rate,
        expected=expected,
        unusual=unusual,
        excess_cost_minor=(rate - expected) * items.cost_minor[:, None],
        priors=priors,
    )


def _sellers(context: Context, chosen: Bools, codes: Ints, seller: Ints, count: int) -> ReasonItems:
    own = _items(context, Group(chosen, codes, count, context.evidence), np.full(count, NONE))
    return replace(own, sells=Range(products(context, chosen), seller))


def _items(context: Context, group: Group, parent: Ints) -> ReasonItems:
    lines, width = context.lines, len(REASONS) + 1
    back = group.chosen & (group.codes >= 0) & lines.returned
    reason = np.where(lines.reason[back] == NONE, len(REASONS), lines.reason[back])
    counts = sums(np.ones(len(reason)), group.codes[back] * width + reason, group.count * width)
    counts = counts.reshape(group.count, width)
    everything = group.sums(np.ones(len(lines))) * mean_cost(context, group)
    evidence = group.grouped(context.visible)
    return ReasonItems(evidence, counts[:, :-1], counts[:, :-1].sum(axis=1), counts.sum(axis=1), everything, parent)


def _for_reason(items: ReasonItems, place: int, expected: Floats) -> Evidence:
    """Give the evidence of returns for one reason: all other lines count as not returned for this reason."""
    returns = items.returns[:, place]
    return Evidence(returns, items.evidence.kept + items.evidence.returned - returns, expected[:, place])


def _expected(items: ReasonItems) -> Floats:
    """Give the expected rate of each reason, shape (m, len(REASONS)); NaN without lines or without other returns."""
    return items.evidence.expected[:, None] * _parent_shares(items, "returned")


def _parent_shares(items: ReasonItems, among: str) -> Floats:
    """Give each reason's share in the parent's returns without the item's own, shape (m, len(REASONS)).

    ``among``: the returns that count, ``returned`` or ``recorded``. The shares are shrunk towards the shop's with the
    weight of `PARENT_RETURNS`; NaN where the shop has no other return.
    """
    if items.sells is not None:
        return _mixed_shares(items.sells, len(items.parent), among)
    of: Floats = getattr(items, among)
    shop_share = divided(items.returns.sum(axis=0) - items.returns, (of.sum() - of)[:, None])
    known = items.parent >= 0
    kinds = int(items.parent.max(initial=NONE)) + 1
    parent_returns = np.zeros((kinds, items.returns.shape[1]))
    np.add.at(parent_returns, items.parent[known], items.returns[known])
    parent_of = np.bincount(items.parent[known], weights=of[known], minlength=kinds)
    others = np.zeros_like(items.returns)
    others[known] = parent_returns[items.parent[known]] - items.returns[known]
    count = np.zeros_like(of)
    count[known] = parent_of[items.parent[known]] - of[known]
    shares = (others + PARENT_RETURNS * shop_share) / (count + PARENT_RETURNS)[:, None]
    return np.where(known[:, None], shares, shop_share)


def _mixed_shares(sold: Range, sellers: int, among: str) -> Floats:
    """Give the mean shares of the parents of each seller's products, weighted by the products' expected returns."""
    shares = _parent_shares(sold.products, among)
    evidence = sold.products.evidence
    weight = np.nan_to_num(evidence.expected) * (evidence.returned + evidence.kept)
    some = (sold.seller >= 0) & (weight > 0) & ~np.isnan(shares).any(axis=1)
    seller, weight, shares = sold.seller[some], weight[some], shares[some]
    mixed = [sums(weight * of_reason, seller, sellers) for of_reason in shares.T]
    return divided(np.column_stack(mixed), sums(weight, seller, sellers)[:, None])


def divided(part: Floats, whole: Floats) -> Floats:
    """Divide, with NaN where the whole is 0; the shapes are broadcast."""
    part, whole = np.broadcast_arrays(part, whole)
    shares = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return np.asarray(shares, dtype=np.float64)
