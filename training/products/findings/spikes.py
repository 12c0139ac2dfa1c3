"""Spikes: products whose recent rate is higher than their own past and their category let expect.

The outcomes tested are all returns, and the returns for each reason that shows a fault: a bad batch shows in the
defective returns long before it shows in all returns. For each outcome `training.products.findings.rises` gives the
p-value of each product's rise. The expected returns for a reason are the expected returns times the reason's share in
the product's category, without the product itself. This share follows the category from week to week: where a shop
starts to record reasons, no product has a spike.

- Multiple outcomes and weeks are tested for each product: Bonferroni over both.
- Many products are tested: Benjamini and Hochberg (1995), at a false discovery rate.
- Overdispersion: returns vary more than by chance alone (bad weeks, batches, campaigns). The scale is learned from all
  returns and used for each reason too: only products with a fault have enough returns for a single reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.stats import false_discovery_control

from data.arrays import Bools, Floats, Ints
from data.schema import TIME
from data.times import MICROSECONDS_PER_DAY
from features.language.reasons import REASONS
from training.products.estimates.context import Context
from training.products.estimates.evidence import sums
from training.products.estimates.figures import or_null
from training.products.estimates.lines import NONE
from training.products.estimates.rates import Prior
from training.products.findings.faults import REASON_OF
from training.products.findings.reasons import Study
from training.products.findings.rises import WEEK_DAYS, Weekly, by_week, null_scale, rises

_SHOP_RETURNS = 2.0
_CATEGORY_RETURNS = 20.0
"""Strength of the prior, in returns a week: the season of a category is shrunk towards the shop's, and the shop's
towards 1. The season's noise is not in the p-values; it is largest for a product that makes up much of its category."""


@dataclass(frozen=True)
class Outcome:
    """An outcome to test: returns for one reason, by its place in `REASONS`, or all returns (`NONE`)."""

    reason: int
    weekly: Weekly
    prior: Prior


@dataclass(frozen=True)
class Spikes:
    """The spike of each product, shape (products,); NaN where there is none, or nothing could be tested.

    ``p_value``: the probability of so steep a rise by chance, corrected for all weeks and outcomes tested.
    ``q_value``: the share of false ones among products with this p-value or a lower one (Benjamini and Hochberg's
    adjusted p-value). ``reason``: the place of the reason whose rate rose, -1 for all returns or without a spike.
    ``since_day``, ``rate_before`` and ``rate_after`` are set where ``spike`` is true: the Monday on which the rise
    began (days since 1970), and the rates (for the reason) before and since, corrected and shrunk. ``scale``: the
    overdispersion of returns (as a standard deviation, at least 1).
    """

    spike: Bools
    p_value: Floats
    q_value: Floats
    reason: Ints
    since_day: Floats
    rate_before: Floats
    rate_after: Floats
    scale: float


def spikes(context: Context, studied: Study) -> Spikes:
    """Look for spikes of all products in the last ``spike_weeks`` weeks, with ``history_weeks`` weeks before them.

    ``studied``: the reasons of all products, from `training.products.findings.faults.look`.
    """
    everything = Outcome(NONE, _weekly(context, np.ones(len(context.lines), dtype=np.bool_)), context.prior)
    scale = null_scale(everything.weekly, everything.prior)
    return find(
        [everything, *_of_reasons(context, studied, everything.weekly)], scale, context.params.false_discovery_rate
    )


def columns(found: Spikes) -> dict[str, pa.Array]:
    """Give the columns of `training.products.columns.ITEMS` about spikes, by product code."""
    moment = np.where(found.spike, found.since_day * MICROSECONDS_PER_DAY, 0.0).astype(np.int64)
    codes = pa.array([reason.value for reason in REASONS])
    return {
        "spike": pa.array(found.spike),
        "spike_since": pa.array(moment, mask=~found.spike).cast(TIME),
        "spike_reason": codes.take(pa.array(found.reason, mask=found.reason == NONE)),
        "spike_p_value": or_null(found.p_value),
        "spike_rate_before": or_null(found.rate_before),
        "spike_rate_after": or_null(found.rate_after),
    }


def find(outcomes: Sequence[Outcome], scale: float, false_discovery_rate: float) -> Spikes:
    """Find the products whose rate rose.

    Parameters
    ----------
    outcomes
        The outcomes to test, of the same products and weeks; at least one.
    scale
        The overdispersion of returns, from `training.products.findings.rises.null_scale`.
    false_discovery_rate
        The share of false ones among the spikes found, on average.
    """
    found = [rises(each.weekly, each.prior, scale, false_discovery_rate / len(outcomes)) for each in outcomes]
    p = np.stack([each.p_value for each in found])
    tries = (~np.isnan(p)).sum(axis=0)
    p = np.where(np.isnan(p), np.inf, np.minimum(p * tries, 1.0))
    p_value = np.where(tries > 0, p.min(axis=0), np.nan)
    q_value = np.full(len(tries), np.nan)
    q_value[tries > 0] = false_discovery_control(p_value[tries > 0])
    spike = q_value <= false_discovery_rate
    reasons = np.array([each.reason for each in outcomes])
    shown = _shown(p, reasons, float(p_value[spike].max(initial=0.0)))
    since, before, after = np.full((3, len(tries)), np.nan)
    for at, each in enumerate(found):
        of = np.flatnonzero(spike & (shown == at))
        since[of] = outcomes[at].weekly.since_day[each.weeks(of)]
        before[of], after[of] = each.rates(of)
    return Spikes(spike, p_value, q_value, np.where(spike, reasons[shown], NONE), since, before, after, scale)


def _shown(p: Floats, reasons: Ints, enough: float) -> Ints:
    """Choose the outcome to report for each product: a reason that is a spike by itself comes before all returns."""
    by_itself = np.where((p <= enough) & (reasons != NONE)[:, None], p, np.inf)
    shown = np.where(np.isinf(by_itself).all(axis=0), p.argmin(axis=0), by_itself.argmin(axis=0))
    return np.asarray(shown, dtype=np.int64)


def _weekly(context: Context, chosen: Bools) -> Weekly:
    """Add up the lines ``chosen``, shape (n,), by product and week."""
    lines, params = context.lines, context.params
    since = lines.until - WEEK_DAYS * (params.history_weeks + params.spike_weeks)
    rows = np.flatnonzero(chosen & (lines.day > since))
    return by_week(
        lines.product[rows],
        lines.day[rows],
        context.evidence.take(rows),
        context.visible[rows],
        until_day=lines.until,
        shape=(len(lines.names.product), params.spike_weeks),
    )


def _of_reasons(context: Context, studied: Study, everything: Weekly) -> list[Outcome]:
    """Weigh the lines for each reason of a fault that has returns (see `findings.reasons`)."""
    category = context.lines.names.product_category
    outcomes = []
    for place in (REASONS.index(reason) for reason in REASON_OF.values()):
        prior = studied.priors[place]
        if prior is None:
            continue
        share = studied.expected[:, place] / context.products.expected
        # There is no expected rate for products that were not sold in the longest period, or that are the only ones
        # with returns for the reason.
        known = (share > 0)[:, None]
        returned = np.where(known, _weekly(context, context.lines.reason == place).returned, 0.0)
        expected = np.where(known, everything.expected * share[:, None], 0.0)
        expected *= _season(returned, expected, category)
        kept, seen = everything.kept + everything.returned - returned, np.where(known, everything.seen, 0.0)
        outcomes.append(Outcome(place, Weekly(returned, kept, seen, expected, everything.since_day), prior))
    return outcomes


def _season(returned: Floats, expected: Floats, category: Ints) -> Floats:
    """Give returned over expected lines of the category's other products in each week.

    ``returned``, ``expected`` and the result: shape (products, 1 + weeks); ``category``: shape (products,).
    """
    kinds = int(category.max(initial=NONE)) + 2
    of = category % kinds  # products without a category (-1) form a group of their own

    def others(values: Floats) -> Floats:
        by_kind = np.column_stack([sums(week, of, kinds) for week in values.T])
        return np.asarray(by_kind[of] - values, dtype=np.float64)

    shop = (returned.sum(axis=0) - returned + _SHOP_RETURNS) / (expected.sum(axis=0) - expected + _SHOP_RETURNS)
    season = (others(returned) + _CATEGORY_RETURNS * shop) / (others(expected) + _CATEGORY_RETURNS)
    return np.asarray(season, dtype=np.float64)
