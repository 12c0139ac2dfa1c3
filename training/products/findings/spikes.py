"""Spikes: products of which more came back of late than their own past and their category let expect.

All returns are looked at, and those for each reason that gives a fault away: a bad batch shows in what is defective
long before it shows in all returns. For each of these outcomes `training.products.findings.rises` says how surprising
the rise of each product is. Of a reason, the part of returns that the parent of the product has for it is expected, the
product itself left out, moved by how that part changes from week to week in the category: when a shop starts to ask for
reasons, no product has a spike.

- Several outcomes and weeks are tried for each product: Bonferroni over both.
- Many products are tried: Benjamini and Hochberg (1995), at a false discovery rate.
- Returns vary more than by chance alone (bad weeks, batches, campaigns). How much more is learned from all returns, and
  holds for each reason, too: only products with a fault have enough returns for one to learn it there.
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
"""Returns a week by whose weight the season of a category is drawn towards the shop's, and that towards none: they are
noise that no p-value knows of, for a product that makes up much of its category most of all."""


@dataclass(frozen=True)
class Outcome:
    """What may rise: returns for a reason, by its place in `REASONS`, or all of them (`NONE`)."""

    reason: int
    weekly: Weekly
    prior: Prior


@dataclass(frozen=True)
class Spikes:
    """For each product, shape (products,); NaN where there is nothing to tell.

    ``p_value``: the probability of so steep a rise by chance, all weeks and outcomes looked at; ``q_value``: the share
    of false ones among products with as low a p-value or a lower one (Benjamini and Hochberg's adjusted p-value).
    ``reason`` is the place of the reason that lines came back for more often, -1 for all returns or without a spike.
    ``since_day``, ``rate_before`` and ``rate_after`` stand where ``spike`` is true: the Monday (days since 1970), and
    the share of lines that came back (for the reason) before and from then on, corrected and shrunk. ``scale``: how
    many times as much as by chance returns vary (as a standard deviation, at least 1).
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

    ``studied``: the reasons of all products, of `training.products.findings.faults.look`.
    """
    everything = Outcome(NONE, _weekly(context, np.ones(len(context.lines), dtype=np.bool_)), context.prior)
    scale = null_scale(everything.weekly, everything.prior)
    return find(
        [everything, *_of_reasons(context, studied, everything.weekly)], scale, context.params.false_discovery_rate
    )


def columns(found: Spikes) -> dict[str, pa.Array]:
    """Give the columns of `training.products.columns.ITEMS` that tell of spikes, by product code."""
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
    """Look for products of which more came back.

    Parameters
    ----------
    outcomes
        What may rise, of the same products and weeks; at least one.
    scale
        How many times as much as by chance returns vary, of `training.products.findings.rises.null_scale`.
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
    told = _told(p, reasons, float(p_value[spike].max(initial=0.0)))
    since, before, after = np.full((3, len(tries)), np.nan)
    for at, each in enumerate(found):
        of = np.flatnonzero(spike & (told == at))
        since[of] = outcomes[at].weekly.since_day[each.weeks(of)]
        before[of], after[of] = each.rates(of)
    return Spikes(spike, p_value, q_value, np.where(spike, reasons[told], NONE), since, before, after, scale)


def _told(p: Floats, reasons: Ints, enough: float) -> Ints:
    """Choose the outcome to tell of each product: a reason that would be a spike by itself, as it says more."""
    by_itself = np.where((p <= enough) & (reasons != NONE)[:, None], p, np.inf)
    told = np.where(np.isinf(by_itself).all(axis=0), p.argmin(axis=0), by_itself.argmin(axis=0))
    return np.asarray(told, dtype=np.int64)


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
    """Weigh the lines for each reason of a fault that anything came back for (see `findings.reasons`)."""
    category = context.lines.names.product_category
    outcomes = []
    for place in (REASONS.index(reason) for reason in REASON_OF.values()):
        prior = studied.priors[place]
        if prior is None:
            continue
        share = studied.expected[:, place] / context.products.expected
        # Nothing says what is usual of products that were not sold in the longest period, or that are the only ones to
        # come back for the reason.
        known = (share > 0)[:, None]
        returned = np.where(known, _weekly(context, context.lines.reason == place).returned, 0.0)
        expected = np.where(known, everything.expected * share[:, None], 0.0)
        expected *= _season(returned, expected, category)
        kept, seen = everything.kept + everything.returned - returned, np.where(known, everything.seen, 0.0)
        outcomes.append(Outcome(place, Weekly(returned, kept, seen, expected, everything.since_day), prior))
    return outcomes


def _season(returned: Floats, expected: Floats, category: Ints) -> Floats:
    """How many times as often as expected the other products of the category came back, in each week.

    ``returned``, ``expected`` and what is given: shape (products, 1 + weeks); ``category``: shape (products,).
    """
    kinds = int(category.max(initial=NONE)) + 2
    of = category % kinds  # -1, those without a category, are a kind of their own

    def others(values: Floats) -> Floats:
        by_kind = np.column_stack([sums(week, of, kinds) for week in values.T])
        return np.asarray(by_kind[of] - values, dtype=np.float64)

    shop = (returned.sum(axis=0) - returned + _SHOP_RETURNS) / (expected.sum(axis=0) - expected + _SHOP_RETURNS)
    season = (others(returned) + _CATEGORY_RETURNS * shop) / (others(expected) + _CATEGORY_RETURNS)
    return np.asarray(season, dtype=np.float64)
