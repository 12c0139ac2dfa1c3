"""Intervals by resampling customers: how far a metric would move on another sample of the same size.

Lines of one customer are not independent of each other, so whole customers are drawn (the cluster bootstrap: Field and
Welsh, JRSS B 69, 2007), each with a Poisson(1) weight in place of drawing with replacement (Hanley and MacGibbon,
Computer Methods and Programs in Biomedicine 83, 2006). One resample is one weight for each customer. Means come
from sums by customer, ranking metrics from one sorted order, and memory does not grow with the number of resamples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.stats import beta

from data.arrays import Floats, Ints
from data.progress.steps import counted
from training.evaluation.metrics import UndefinedMetricError, checked, log_losses
from training.evaluation.ranking import Ranking, area, precision_area

LEVEL = 0.95
"""Share of resamples between the bounds of an interval."""

HEADLINE = ("log_loss", "brier", "return_rate", "mean_probability", "calibration_gap")
"""Metrics that are means over lines. The calibration error is not one: resampling biases absolute gaps upwards."""
RANKED = ("roc_auc", "average_precision")
"""Metrics of the order of the lines."""


FEW = 10
"""Returned, or kept, lines below which resampling alone knows too little: without any, all resamples are alike."""


@dataclass(frozen=True)
class Draw:
    """How to resample; the same ``seed`` draws the same weights, so that separate calls stay comparable."""

    resamples: int
    seed: int


@dataclass(frozen=True)
class Interval:
    """Bounds around the middle 95% of the resamples."""

    low: float
    high: float


def mean_intervals(columns: Mapping[str, Floats], clusters: Ints, draw: Draw) -> dict[str, Interval]:
    """95% intervals of the mean of each column.

    Parameters
    ----------
    columns
        Name to float64 of shape (n,): one value a line, such as its log-loss or a difference of log-losses.
    clusters
        The customer of each line, int64 of shape (n,): codes from 0 without a gap.
    draw
        The number of resamples and the seed.

    Raises
    ------
    UndefinedMetricError
        There are fewer than two clusters, or some resample holds no line.
    """
    names = list(columns)
    count = int(clusters.max()) + 1
    sums = np.column_stack([np.bincount(clusters, columns[name], count) for name in names])
    lines = np.bincount(clusters, minlength=count)
    means = np.empty((draw.resamples, len(names)))
    for row, weights in enumerate(_draws(count, draw)):
        total = weights @ lines
        if total == 0:
            raise UndefinedMetricError(_too_few(count, "no line"))
        means[row] = np.einsum("c,ck->k", weights, sums) / total
    return {name: _interval(means[:, column]) for column, name in enumerate(names)}


def gap_interval(resampled: Interval, y: Floats, p: Floats) -> Interval:
    """95% interval of mean probability minus share returned, of some lines.

    Where fewer than `FEW` of the lines came back, or were kept, it also holds the exact interval of the share (Clopper
    and Pearson, Biometrika 26, 1934), which takes the lines as independent.

    Parameters
    ----------
    resampled
        The interval that `mean_intervals` gives for ``p - y``.
    y, p
        Outcomes (0 or 1) and probabilities of the lines, float64 of shape (n,).
    """
    returned, kept = float(y.sum()), float(len(y) - y.sum())
    if min(returned, kept) >= FEW:
        return resampled
    tail, mean = (1 - LEVEL) / 2, float(p.mean())
    least = float(beta.ppf(tail, returned, kept + 1)) if returned else 0.0
    most = float(beta.ppf(1 - tail, returned + 1, kept)) if kept else 1.0
    return Interval(min(resampled.low, mean - most), max(resampled.high, mean - least))


def ranking_intervals(y: npt.ArrayLike, p: npt.ArrayLike, clusters: Ints, draw: Draw) -> dict[str, Interval]:
    """95% intervals of ``roc_auc`` and ``average_precision``; parameters as in `mean_intervals`.

    Raises
    ------
    UndefinedMetricError
        There are fewer than two clusters, or all lines of some resample have the same outcome.
    """
    outcome, probability = checked(y, p)
    ranking = Ranking.of(probability)
    ranked, returned = clusters[ranking.order], outcome[ranking.order]
    in_order = Ranking(np.arange(len(ranked)), ranking.ends)
    values = np.empty((draw.resamples, len(RANKED)))
    count = int(clusters.max()) + 1
    for row, weights in enumerate(_draws(count, draw)):
        drawn = weights[ranked]
        totals = in_order.totals(drawn * returned, drawn * (1 - returned))
        if not (totals[0][-1] and totals[1][-1]):
            raise UndefinedMetricError(_too_few(count, "lines of one outcome only"))
        values[row] = area(*totals), precision_area(*totals)
    return {name: _interval(values[:, column]) for column, name in enumerate(RANKED)}


def resampled_ratios(numerators: sparse.csc_array, denominators: sparse.csc_array, draw: Draw) -> Floats:
    """Ratios of sums over lines in each resample, shape (resamples, columns); NaN where nothing is there to divide by.

    Parameters
    ----------
    numerators, denominators
        The sums of each customer, shape (customers, columns).
    draw
        The number of resamples and the seed.

    Raises
    ------
    UndefinedMetricError
        There are fewer than two customers.
    """
    count, columns = numerators.shape
    ratios = np.empty((draw.resamples, columns))
    for row, weights in enumerate(_draws(count, draw)):
        below = weights @ denominators
        ratios[row] = np.divide(weights @ numerators, below, out=np.full(columns, np.nan), where=below > 0)
    return ratios


def headline_columns(y: npt.ArrayLike, p: npt.ArrayLike) -> dict[str, Floats]:
    """Compute the values whose mean over lines is each of the metrics `HEADLINE`, float64 of shape (n,)."""
    outcome, probability = checked(y, p)
    losses = log_losses(outcome, probability)
    squares = (probability - outcome) ** 2
    return dict(zip(HEADLINE, (losses, squares, outcome, probability, probability - outcome), strict=True))


def _draws(count: int, draw: Draw) -> Iterator[Floats]:
    if count < 2:
        raise UndefinedMetricError(_too_few(count, "the same lines"))
    rng = np.random.default_rng(draw.seed)
    for _ in counted(range(draw.resamples), "resampling customers", "resamples"):
        yield rng.poisson(1.0, count).astype(np.float64)


def _interval(values: Floats) -> Interval:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def _too_few(count: int, what: str) -> str:
    return f"too few customers to resample: {count}, and a resample of them holds {what}"
