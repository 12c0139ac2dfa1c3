"""Precision and recall of the report on a simulated shop's true faults, beside a ranking by raw return rates."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from data.arrays import Bools, Floats, Ints
from data.times import MICROSECONDS_PER_DAY
from training.products.columns import FAULTS
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.evidence import sums
from training.products.estimates.figures import Group
from training.products.estimates.lines import NONE, ReportLines
from training.products.findings.faults import Faults
from training.products.findings.rises import WEEK_DAYS, week_start
from training.products.findings.spikes import Spikes

TOP = 50
LEAST_LINES = 10
"""The fewest lines ordered since a fault began for the fault to count in the recall."""
RAW_LINES = 20
"""The fewest settled lines of a product in the raw ranking: the usual remedy for its noise."""


@dataclass(frozen=True)
class ProductTruth:
    """The truth about each product, shape (products,), and each fault of `columns.FAULTS`, shape (products, faults).

    ``fault``: place of the fault that was planted in the product and has begun, -1 without one. ``since_day``: the day
    on which the fault began, in days since 1970, NaN without one. ``under``: lines of the longest period ordered since
    the fault began. ``lines``: all lines of the longest period. ``ratio``: the true rate of returns for a fault's
    reason, divided by that of the category.
    """

    fault: Ints
    since_day: Floats
    under: Floats
    lines: Floats
    ratio: Floats

    @property
    def planted(self) -> Bools:
        """Whether each fault was planted in each product."""
        return np.asarray(self.fault[:, None] == np.arange(len(FAULTS)), dtype=np.bool_)

    @property
    def planted_to_find(self) -> Bools:
        """Planted faults since which enough lines were ordered: the ones that count in the recall."""
        return self.planted & (self.under >= LEAST_LINES)[:, None]

    def raised(self, ratio: float) -> Bools:
        """Whether each product's true rate for each fault's reason is above ``ratio`` times that of its category.

        Products differ without a planted fault too: a product that is cut a size too small also runs small.
        """
        return np.nan_to_num(self.ratio) > ratio

    def raised_to_find(self, ratio: float) -> Bools:
        """The same, for products with enough lines: the ones that count in the recall."""
        return self.raised(ratio) & (self.lines >= RAW_LINES)[:, None]


@dataclass(frozen=True)
class Found:
    """How many cases were reported, their precision, and their recall among the true cases."""

    found: int
    to_find: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Detection:
    """The report's findings compared with the truth.

    ``faults``: products with the fault that the report finds in them, for each fault and for all, by two truths.
    ``planted``: faults that the simulator planted. ``raised``: products whose true rate is above the parameter
    fault_ratio times their category's. ``top``: how many of the first `TOP` products have any fault, by each ranking.
    ``spikes``: those of the report, and as many products of the steepest raw rise. True spikes are products whose fault
    began while they were sold; for ``…_of_late`` the fault began in the weeks examined. The recall counts the latter,
    where enough lines were ordered before and since. ``correlation``: Spearman's, of each measure of a product with the
    true effect of the product itself, relative to its category's mean; absent where the truth does not have the effect.
    """

    products: int
    faults: Mapping[str, Mapping[str, Found]]
    top: Mapping[str, Mapping[str, Found]]
    spikes: Mapping[str, Found]
    correlation: Mapping[str, float]


def truth_of(context: Context, table: pd.DataFrame, cause: Floats) -> ProductTruth:
    """Compute the truth about each product.

    Parameters
    ----------
    table
        ``product_id``, ``fault`` and ``fault_from`` of each product.
    cause
        The true probability of each line to come back for the reason of each fault, shape (n, faults).
    """
    lines, names = context.lines, context.lines.names
    rows = table.set_index("product_id").reindex(names.product)
    since = rows["fault_from"].astype("datetime64[us]").astype("int64").to_numpy() / MICROSECONDS_PER_DAY
    fault = pd.Index(FAULTS).get_indexer(pd.Index(rows["fault"])).astype(np.int64)
    fault = np.where((fault != NONE) & (since < lines.as_of), fault, NONE)
    since = np.where(fault == NONE, np.nan, since)
    chosen = context.longest
    under = chosen & (lines.day >= since[lines.product])
    products = len(names.product)
    return ProductTruth(
        fault=fault,
        since_day=since,
        under=sums(under, lines.product, products),
        lines=sums(chosen, lines.product, products),
        ratio=_ratio(context, cause),
    )


def detection(context: Context, truth: ProductTruth, found: Faults, spikes: Spikes, own: Floats | None) -> Detection:
    """Compare findings with the truth.

    ``own``: the true effect of the product on each line, in log-odds, shape (n,), NaN where it is not known; None where
    the truth has no such effects.
    """
    products = len(truth.fault)
    group = Group(context.longest, context.lines.product, products, context.evidence)
    rates = figures.rates(context, group, context.prior)
    measures = _measures(context, group, rates, found)
    ratio = context.params.fault_ratio
    return Detection(
        products=len(rates.places),
        faults={
            "planted": _faults(found, truth.planted, truth.planted_to_find),
            "raised": _faults(found, truth.raised(ratio), truth.raised_to_find(ratio)),
        },
        top={
            "planted": _top(measures, truth.planted, truth.planted_to_find),
            "raised": _top(measures, truth.raised(ratio), truth.raised_to_find(ratio)),
        },
        spikes=_spikes(context, truth, spikes),
        correlation={} if own is None else _correlation(context, own, measures),
    )


def _measures(context: Context, group: Group, rates: figures.Rates, found: Faults) -> dict[str, Floats]:
    """Give the measures to rank products by, shape (products,); NaN ranks last."""
    lines = context.lines
    settled = group.sums(lines.closed | lines.returned)
    raw = np.divide(group.sums(lines.returned), settled, out=np.full(group.count, np.nan), where=settled > 0)
    excess = np.full(group.count, np.nan)
    excess[rates.places] = rates.posterior.mean - rates.expected
    money = excess * group.sums(np.ones(len(lines))) * figures.mean_cost(context, group)
    of_faults = np.where(found.found, found.excess_cost_minor, 0.0).max(axis=1)
    return {
        "faults_by_money": np.where(of_faults > 0, of_faults, np.nan),
        "excess_by_money": money,
        "excess_rate": excess,
        "raw_rate": raw,
        f"raw_rate_{RAW_LINES}_lines": np.where(settled >= RAW_LINES, raw, np.nan),
    }


def _ratio(context: Context, cause: Floats) -> Floats:
    """Divide each product's true rate for each fault's reason by its category's, without the product."""
    lines, names, chosen = context.lines, context.lines.names, context.longest
    products, category = len(names.product), names.product_category
    kinds = int(category.max(initial=0)) + 2
    out = []
    for of in cause.T:
        mine, count = (sums(v[chosen], lines.product[chosen], products) for v in (of, np.ones(len(of))))
        everyone, lines_of = (sums(v, category % kinds, kinds)[category % kinds] for v in (mine, count))
        others = np.divide(everyone - mine, lines_of - count, out=np.full(products, np.nan), where=lines_of > count)
        rate = np.divide(mine, count, out=np.full(products, np.nan), where=count > 0)
        out.append(np.divide(rate, others, out=np.full(products, np.nan), where=others > 0))
    return np.column_stack(out)


def _top(measures: Mapping[str, Floats], true: Bools, wanted: Bools) -> dict[str, Found]:
    any_true, any_wanted = (np.asarray(which.any(axis=1), dtype=np.bool_) for which in (true, wanted))
    return {name: _found(_first(values), any_true, any_wanted) for name, values in measures.items()}


def _faults(found: Faults, true: Bools, wanted: Bools) -> dict[str, Found]:
    each = {name: _found(found.found[:, at], true[:, at], wanted[:, at]) for at, name in enumerate(FAULTS)}
    return each | {"all": _found(found.found.ravel(), true.ravel(), wanted.ravel())}


def _spikes(context: Context, truth: ProductTruth, spikes: Spikes) -> dict[str, Found]:
    """Compare the spikes, and as many products of the steepest raw rise, with the faults that began."""
    lines, product, products = context.lines, context.lines.product, len(truth.fault)
    first = float(week_start(np.array([lines.until]))[0]) - WEEK_DAYS * (context.params.spike_weeks - 1)
    begun = lines.day >= np.nan_to_num(truth.since_day, nan=np.inf)[product]
    past, seen = sums(~begun, product, products), sums(context.visible * begun, product, products)
    risen = np.asarray((truth.fault != NONE) & (past > 0), dtype=np.bool_)
    wanted = (truth.since_day >= first) & (past >= RAW_LINES) & (seen >= LEAST_LINES)
    # The week found may be the one before or after the true week.
    of_late = risen & (truth.since_day >= first - WEEK_DAYS)
    steepest = _first(_raw_rise(lines, first), max(int(spikes.spike.sum()), 10))
    return {
        f"{name}{which}": _found(called, true, wanted)
        for name, called in (("report", spikes.spike), ("raw_rise", steepest))
        for which, true in (("", risen), ("_of_late", of_late))
    }


def _raw_rise(lines: ReportLines, since: float) -> Floats:
    """Give the settled rate since a day minus the one before, shape (products,); NaN where one has too few lines."""

    def rate(chosen: Bools) -> Floats:
        settled = sums(chosen & (lines.closed | lines.returned), lines.product, len(lines.names.product))
        came = sums(chosen & lines.returned, lines.product, len(lines.names.product))
        return np.asarray(np.divide(came, settled, out=np.full(len(settled), np.nan), where=settled >= LEAST_LINES))

    recent = lines.day >= since
    return rate(recent) - rate(~recent)


def _correlation(context: Context, own: Floats, measures: Mapping[str, Floats]) -> dict[str, float]:
    known = context.longest & ~np.isnan(own)
    product, count = context.lines.product[known], len(context.lines.names.product)
    lines = sums(np.ones(int(known.sum())), product, count)
    kinds = len(context.lines.names.category) + 1
    category = context.lines.category[known] % kinds
    level = sums(own[known], category, kinds) / np.maximum(sums(np.ones(len(category)), category, kinds), 1.0)
    effect = np.divide(
        sums(own[known] - level[category], product, count), lines, out=np.full(count, np.nan), where=lines >= RAW_LINES
    )
    out = {}
    for name in ("excess_rate", "raw_rate"):
        both = ~np.isnan(effect) & ~np.isnan(measures[name])
        if both.sum() > 2:
            out[name] = float(spearmanr(effect[both], measures[name][both]).statistic)
    return out


def _first(values: Floats, count: int = TOP) -> Bools:
    """Choose the ``count`` greatest values, of equal ones the first; never NaN."""
    order = np.argsort(-values, kind="stable")[:count]
    chosen = np.zeros(len(values), dtype=np.bool_)
    chosen[order[~np.isnan(values[order])]] = True
    return chosen


def _found(called: Bools, true: Bools, wanted: Bools) -> Found:
    calls, hits = int(called.sum()), int((called & true).sum())
    to_find = int(wanted.sum())
    return Found(
        found=calls,
        to_find=to_find,
        precision=hits / calls if calls else None,
        recall=float((called & wanted).sum() / to_find) if to_find else None,
    )
