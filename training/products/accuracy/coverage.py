"""Coverage: how often the later, settled rate falls within the intervals that an earlier report gave."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.figures import Group, Rates
from training.products.estimates.lines import ReportLines
from training.products.estimates.rates import predictive_interval
from training.products.findings.upcoming import upcoming

LEVELS = (80, 95)
FOR_EVER = 3650.0
MANY_LINES = 30
"""The least number of later lines of a product with many lines."""


@dataclass(frozen=True)
class Coverage:
    """Coverage of one kind of interval: the share of products whose later settled rate fell within it.

    ``width80`` and ``width95``: mean width, as a share of lines.
    """

    products: int
    within80: float
    within95: float
    width80: float
    width95: float


def same_lines(context: Context, later: ReportLines) -> Coverage | None:
    """Compare each product's interval for its lines of the shortest period with their returns once all had settled.

    The interval: returns known at the time, plus the interval of those to come. Left out are products whose lines had
    all settled at the time, and products with a line that has not settled at the later moment; None where no product
    is left.
    """
    group = _products(context, context.within(context.params.periods_days[0]))
    found = figures.rates(context, _products(context, context.longest), context.prior)
    coming = upcoming(context, group, found, FOR_EVER)
    lines, known = group.sums(np.ones(len(context.lines))), group.sums(context.lines.returned)
    waiting = group.sums(~context.lines.closed & ~context.lines.returned)
    final = _aligned(context.lines, later)
    settled = group.sums(~final.closed) == 0
    chosen = (waiting > 0) & settled & ~np.isnan(coming["upcoming_returns"])
    came = group.sums(final.returned)
    so_far, all_lines = known[chosen], lines[chosen]
    ends = {
        level: tuple((so_far + coming[f"upcoming_{end}{level}"][chosen]) / all_lines for end in ("low", "high"))
        for level in LEVELS
    }
    return _coverage(came[chosen] / all_lines, ends)


def next_lines(context: Context, later: ReportLines, days: float, least: int = 1) -> Coverage | None:
    """Compare the rates of the longest period with the settled rates of the orders of the next ``days`` days.

    The interval is that of the rate, widened by the sampling variance of the later lines. Products with fewer than
    ``least`` later lines are left out.
    """
    found = figures.rates(context, _products(context, context.longest), context.prior)
    count, rate = _later(context, later, days)
    n, r = count[found.places], rate[found.places]
    chosen = n >= least
    mean, variance = found.posterior.mean[chosen], found.posterior.variance[chosen]
    n, r = n[chosen], r[chosen]
    spread = n * mean * (1 - mean) + n * np.maximum(n - 1, 0) * variance
    ends = {level: predictive_interval(n * mean, spread, n, level / 100) for level in LEVELS}
    return _coverage(r, {level: (low / n, high / n) for level, (low, high) in ends.items()})


def raw(context: Context, later: ReportLines, days: float, least: int = 1) -> Coverage | None:
    """Measure the coverage of a simple interval for comparison: the binomial interval of the rate settled so far.

    Returned over settled lines, with Jeffreys' interval, widened by the sampling variance of the later lines as in
    `next_lines`.
    """
    group = _products(context, context.longest)
    settled = group.sums(context.lines.closed | context.lines.returned)
    returned = group.sums(context.lines.returned)
    count, rate = _later(context, later, days)
    chosen = (settled > 0) & (count >= least)
    a, b = (returned + 0.5)[chosen], (settled - returned + 0.5)[chosen]
    n, mean = count[chosen], a / (a + b)
    variance = mean * (1 - mean) / (a + b + 1)
    spread = n * mean * (1 - mean) + n * np.maximum(n - 1, 0) * variance
    ends = {level: predictive_interval(n * mean, spread, n, level / 100) for level in LEVELS}
    return _coverage(rate[chosen], {level: (low / n, high / n) for level, (low, high) in ends.items()})


def true_rates(context: Context, probability: Floats) -> Coverage | None:
    """Compare the intervals of the longest period with the true rates of a simulated shop.

    ``probability``: the true probability of each line, shape (n,). The true rate is the mean over the product's lines.
    """
    group = _products(context, context.longest)
    found = figures.rates(context, group, context.prior)
    truth = (group.sums(probability) / np.maximum(group.sums(np.ones(len(probability))), 1))[found.places]
    ends = {level: (_quantile(found, level, -1), _quantile(found, level, 1)) for level in LEVELS}
    return _coverage(truth, ends)


def _quantile(found: Rates, level: int, side: int) -> Floats:
    return found.posterior.quantile(0.5 + side * level / 200)


def _products(context: Context, chosen: Bools) -> Group:
    return Group(chosen, context.lines.product, len(context.lines.names.product), context.evidence)


def _aligned(then: ReportLines, later: ReportLines) -> ReportLines:
    """Give the lines of ``then`` as known later."""
    return later.take(np.isin(later.row, then.row, assume_unique=True))


def _later(context: Context, later: ReportLines, days: float) -> tuple[Floats, Floats]:
    """Give number and rate of each product's lines of the next ``days`` days that are closed at the later moment."""
    now = context.lines.as_of
    chosen = (later.day >= now) & (later.day < now + days) & later.closed
    products = len(later.names.product)
    count = np.bincount(later.product[chosen], minlength=products).astype(np.float64)
    returned = np.bincount(later.product[chosen], weights=later.returned[chosen], minlength=products)
    return count, np.divide(returned, count, out=np.full(products, np.nan), where=count > 0)


def _coverage(rate: Floats, ends: Mapping[int, tuple[Floats, ...]]) -> Coverage | None:
    if not len(rate):
        return None
    slack = 1e-9
    within = {level: (low - slack <= rate) & (rate <= high + slack) for level, (low, high) in ends.items()}
    width = {level: float(np.mean(high - low)) for level, (low, high) in ends.items()}
    return Coverage(
        products=len(rate),
        within80=float(within[80].mean()),
        within95=float(within[95].mean()),
        width80=width[80],
        width95=width[95],
    )
