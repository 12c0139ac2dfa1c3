"""Trend: whether an item's rate rises or falls against its expected rate, within a period."""

import numpy as np

from data.arrays import Floats
from training.products.estimates.context import Context
from training.products.estimates.figures import Group

DAYS_A_MONTH = 30.0
Z95 = 1.959964
"""Standard deviations from the middle of a normal distribution to the ends of its 95% interval."""
LEAST_LINES = 10
"""The fewest lines of a group for a slope."""


def trend(context: Context, group: Group) -> dict[str, Floats]:
    """Fit a straight line through (returned - expected) over the time of the order, for each group; shape (count,).

    Weighted least squares on the order lines. An order line weighs F, the probability that a return would be known by
    now: slope = sum (t - mean t)(R - F e) / sum F (t - mean t)^2. For its variance, R is drawn with probability
    F (e + a), where a is the group's mean excess, shrunk towards 0 by `LEAST_LINES` lines. NaN below `LEAST_LINES`
    lines, or where all were ordered at the same time.

    Returns
    -------
    dict
        ``trend_points``, ``trend_low95``, ``trend_high95``: percentage points a month, such as 1.5.
    """
    lines, seen = context.lines, context.visible
    time = (lines.day - lines.until) / DAYS_A_MONTH
    known = seen * group.evidence.expected
    surprise = lines.returned - known
    weight, moment = group.sums(seen), group.sums(seen * time)
    middle = _ratio(moment, weight)
    spread = group.sums(seen * time**2) - weight * middle**2
    slope = _ratio(group.sums(surprise * time) - middle * group.sums(surprise), spread)
    excess = group.sums(surprise) / (weight + LEAST_LINES)
    likely = np.clip(seen * (group.evidence.expected + excess[group.codes]), 0.0, 1.0)  # a code of -1 is in no sum
    noise = likely * (1.0 - likely)
    variance = group.sums(noise * time**2) - 2 * middle * group.sums(noise * time) + middle**2 * group.sums(noise)
    error = Z95 * _ratio(np.sqrt(np.maximum(variance, 0.0)), spread)
    few = group.lines() < LEAST_LINES
    found = {"trend_points": slope, "trend_low95": slope - error, "trend_high95": slope + error}
    return {name: np.where(few, np.nan, 100.0 * values) for name, values in found.items()}


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 1e-9))
