"""Means of slices with errors that allow for lines of one customer hanging together, and the control of false finds.

The error of a mean is the cluster-robust one (Liang and Zeger, Biometrika 73, 1986): lines are summed by customer
before they are squared. The q-value of a slice is the least rate of false discoveries at which it is one (Benjamini and
Hochberg, JRSS B 57, 1995).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control, norm

from data.arrays import Bools, Floats, Ints

NORMAL_95 = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Estimate:
    """A mean or a difference of means, with its standard error."""

    value: float
    error: float

    @property
    def low(self) -> float:
        """The lower end of the 95% interval."""
        return self.value - NORMAL_95 * self.error

    @property
    def high(self) -> float:
        """The upper end of the 95% interval."""
        return self.value + NORMAL_95 * self.error

    @property
    def two_sided(self) -> float:
        """P-value of no difference at all, either way; 1 where the error is 0."""
        return float(2 * norm.sf(abs(self.value) / self.error)) if self.error > 0 else 1.0

    @property
    def above(self) -> float:
        """P-value of a value of at most 0; 1 where the error is 0."""
        return float(norm.sf(self.value / self.error)) if self.error > 0 else 1.0


def mean(values: Floats, inside: Bools, clusters: Ints) -> Estimate:
    """The mean of ``values`` over the lines ``inside``; all of shape (n,), clusters numbered from 0."""
    value = float(values[inside].mean())
    return Estimate(value, _error(np.where(inside, values - value, 0.0) / inside.sum(), clusters))


def beyond_all(values: Floats, inside: Bools, clusters: Ints) -> Estimate:
    """The mean over the lines ``inside`` minus that over all lines, of which they are a part."""
    own, every = float(values[inside].mean()), float(values.mean())
    influence = np.where(inside, values - own, 0.0) / inside.sum() - (values - every) / len(values)
    return Estimate(own - every, _error(influence, clusters))


def q_values(p_values: Floats) -> Floats:
    """The q-value of each p-value, shape (n,)."""
    return np.asarray(false_discovery_control(p_values, method="bh")) if len(p_values) else np.zeros(0)


def _error(influence: Floats, clusters: Ints) -> float:
    return float(np.sqrt((np.bincount(clusters, influence) ** 2).sum()))
