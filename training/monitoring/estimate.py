"""The final log-loss and rate of some lines, expected from what is known of them, with an interval.

The interval holds three things: that outcomes are open, that level and slope are estimated, and that delays drift from
month to month. Lines of an order come back together, so open lines vary more than each alone. From the drift that is
seen between months, what parts of that size differ by when drawn by chance is taken off: the first part has it already.
All of them together tell the delays of the year, and are off by as much less as they are many.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from data.arrays import Floats
from training.monitoring.delays import Delays
from training.monitoring.recalibration import Fitted, Prior, Recalibration, WatchedLines, cluster_sums, fit

TINY = np.finfo(np.float64).tiny
MOST_OF_FEW = 2.4
"""Four months or fewer: as five."""
WARM_ROUNDS = 4
"""Newton's steps from a mode that is near: enough for three digits of what months differ by."""


@dataclass(frozen=True)
class Figure:
    """A figure that is expected in the end: its ``value``, and the standard ``deviation`` of what it may be."""

    value: float
    deviation: float

    def interval(self, level: float) -> tuple[float, float]:
        """The interval that holds the final figure with the chance ``level``."""
        reach = float(norm.ppf((1 + level) / 2)) * self.deviation
        return self.value - reach, self.value + reach


@dataclass(frozen=True)
class Drift:
    """How delays differ between ``months``, and between parts as large that were ``drawn`` by chance."""

    months: Sequence[Delays] = ()
    drawn: Sequence[Delays] = ()

    def variance(self, lines: WatchedLines, figures: Callable[[WatchedLines], Floats]) -> Floats:
        """The variance of ``figures`` of the lines, shape (k,), for the drift of delays; 0 where no line is open."""
        by_chance = _spread(self.drawn, lines, figures)
        beyond = np.maximum(_spread(self.months, lines, figures) - by_chance, 0.0)
        drift = _of_another(len(self.months)) * beyond + by_chance / max(len(self.drawn), 1)
        return np.asarray(drift + _of_tilt(lines, figures), dtype=np.float64)


def _spread(some: Sequence[Delays], lines: WatchedLines, figures: Callable[[WatchedLines], Floats]) -> Floats:
    """The variance of the figures between these delays."""
    if len(some) < 2 or not len(lines.open.places):
        return np.zeros(1)
    return np.asarray(np.var([figures(lines.with_delays(each)) for each in some], axis=0, ddof=1), dtype=np.float64)


def _of_another(months: int) -> float:
    """How many times the variance seen between so many months is that of another month around their mean.

    That is the variance of Student's t, with one degree of freedom less, of a predicted observation.
    """
    return (1 + 1 / months) * (months - 1) / (months - 3) if months >= 5 else MOST_OF_FEW


def _of_tilt(lines: WatchedLines, figures: Callable[[WatchedLines], Floats]) -> Floats:
    """The variance of the figures for what is not known of the tilt of the delays."""
    one, other = lines.tilt.deviations
    moved = [
        (figures(lines.with_tilts(*up)) - figures(lines.with_tilts(*down))) / 2
        for up, down in (((one, 0.0), (-one, 0.0)), ((0.0, other), (0.0, -other)))
        if len(lines.open.places) and any(up)
    ]
    return np.asarray(sum((each**2 for each in moved), np.zeros(1)), dtype=np.float64)


@dataclass(frozen=True)
class Estimate:
    """What is known and expected of ``lines`` lines, of which ``settled`` are settled.

    ``known``: the share of their expected returns that could be known by now. ``mean_probability`` and
    ``expected_log_loss``: of the scores, the latter if each were the true chance. ``fitted``: level and slope.
    """

    lines: int
    settled: int
    known: float
    mean_probability: float
    expected_log_loss: float
    rate: Figure
    log_loss: Figure
    fitted: Fitted


def estimate(lines: WatchedLines, prior: Prior, drift: Drift) -> Estimate:
    """Expect the final figures of ``lines``, one at least."""
    found, count = fit(lines, prior), len(lines)
    weights = np.column_stack([np.ones(count), -lines.margin])
    without = np.array([0.0, np.logaddexp(0, lines.margin).mean()])
    values = without + weights.T @ found.outcome / count
    variances = (_open(lines, found, weights) + _fitted(lines, found, weights)) / count**2

    def means(some: WatchedLines) -> Floats:
        return np.asarray(weights.T @ fit(some, prior, found.mode, WARM_ROUNDS).outcome / count, dtype=np.float64)

    deviations = np.sqrt(variances + drift.variance(lines, means))
    p = lines.probability
    hidden = np.zeros(count)
    hidden[lines.open.places] = lines.open.returned
    return Estimate(
        lines=count,
        settled=count - len(lines.open.places),
        known=float(1 - (p * hidden).sum() / p.sum()),
        mean_probability=float(p.mean()),
        expected_log_loss=float((np.logaddexp(0, lines.margin) - p * lines.margin).mean()),
        rate=Figure(float(values[0]), float(deviations[0])),
        log_loss=Figure(float(values[1]), float(deviations[1])),
        fitted=found,
    )


def _open(lines: WatchedLines, found: Fitted, weights: Floats) -> Floats:
    """The variance of the sums of weighed outcomes while lines are open, shape (2,)."""
    chance = found.outcome[lines.open.places]
    alone = (weights[lines.open.places] ** 2 * (chance * (1 - chance))[:, None]).sum(axis=0)
    return np.asarray(alone * together(lines, found.mode, weights), dtype=np.float64)


def together(lines: WatchedLines, at: Recalibration, weights: Floats) -> Floats:
    """How many times as much weighed outcomes of settled lines vary by order as each alone.

    At least 1; shape (k,) for ``weights`` of shape (n, k).
    """
    off = (lines.y - at.chance(lines.margin))[:, None] * weights
    off[lines.open.places] = 0
    alone, whole = (off**2).sum(axis=0), (cluster_sums(off, lines.cluster) ** 2).sum(axis=0)
    times: Floats = np.maximum(whole / np.maximum(alone, TINY), 1.0)
    return times


def _fitted(lines: WatchedLines, found: Fitted, weights: Floats) -> Floats:
    """The variance of the same sums for level and slope, shape (2,).

    The odds of an open line are those of its chance times a constant, so its outcome moves by w(1 - w) with them.
    """
    places = lines.open.places
    chance = found.outcome[places]
    moved = (chance * (1 - chance))[:, None] * np.column_stack([np.ones(len(places)), lines.margin[places]])
    gradient = weights[places].T @ moved
    return np.asarray(np.einsum("wi,ij,wj->w", gradient, found.covariance, gradient), dtype=np.float64)
