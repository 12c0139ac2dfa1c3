"""Ratio estimates with the customer as the unit: customers are independent of each other, their lines are not."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from data.arrays import Floats, Ints

LEVEL = 0.95


@dataclass(frozen=True)
class Estimates:
    """A figure of each of k groups with the bounds of its 95% interval; shape (k,), NaN where not defined."""

    value: Floats
    low: Floats
    high: Floats


def ratios(above: Floats, below: Floats, group: Ints, count: int) -> Estimates:
    """Estimate sum(above) / sum(below) of each group: a mean where all ``below`` are 1.

    The interval is the normal one of the ratio estimator by the delta method: Cochran, "Sampling Techniques" (1977),
    section 6.4. A group of one customer, or whose ``below`` sums to 0, has no interval.

    Parameters
    ----------
    above, below
        Totals of each customer, shape (customers,).
    group
        The group of each customer from 0 to ``count`` - 1, shape (customers,); customers below 0 are left out.
    """
    inside = group >= 0
    above, below, group = above[inside], below[inside], group[inside]
    size, total, top = (np.bincount(group, weights, count) for weights in (None, below, above))
    value = np.divide(top, total, out=np.full(count, np.nan), where=total > 0)
    residual = above - np.nan_to_num(value)[group] * below
    squares = np.bincount(group, residual**2, count)
    known = (total > 0) & (size > 1)
    variance = np.divide(squares * size, (size - 1) * total**2, out=np.full(count, np.nan), where=known)
    width = norm.ppf((1 + LEVEL) / 2) * np.sqrt(variance)
    return Estimates(value, value - width, value + width)
