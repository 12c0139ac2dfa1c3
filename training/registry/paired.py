"""Paired differences: by how much one model's loss differs from another's on the same lines, and how surely.

Lines of one customer are not independent of each other, so the standard error of a mean over lines is that of a ratio
of sums over customers (Cochran, Sampling Techniques, 1977, section 6.3): with the residual e_c = Σ (d_i - mean) over
the lines of each of C customers, it is √(C/(C-1) · Σ e_c²) / n. Folds differ by more than their customers, since whole
months differ; there the spread between the folds is what counts (Student's t).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from data.arrays import Floats, Ints
from training.evaluation.metrics import UndefinedMetricError


@dataclass(frozen=True)
class Difference:
    """A mean difference, its standard error, and the degrees of freedom of that (None: those of a normal)."""

    mean: float
    standard_error: float
    freedom: int | None = None

    def upper(self, level: float) -> float:
        """The upper bound that holds with the probability ``level``: one-sided."""
        quantile = stats.norm.ppf(level) if self.freedom is None else stats.t.ppf(level, self.freedom)
        return self.mean + float(quantile) * self.standard_error

    def interval(self, level: float) -> tuple[float, float]:
        """The two bounds between which it lies with the probability ``level``."""
        upper = self.upper((1 + level) / 2)
        return 2 * self.mean - upper, upper


def over_lines(differences: Floats, clusters: Ints) -> Difference:
    """Compare two models line by line.

    Parameters
    ----------
    differences
        The loss of one model minus that of the other, float64 of shape (n,).
    clusters
        The customer of each line, int64 of shape (n,): codes from 0 without a gap.

    Raises
    ------
    UndefinedMetricError
        There are fewer than two customers.
    """
    count = int(clusters.max()) + 1 if len(clusters) else 0
    if count < 2:
        raise UndefinedMetricError(f"too few customers for an interval of a difference: {count}")
    mean = float(differences.mean())
    residuals = np.bincount(clusters, differences - mean, count)
    error = np.sqrt(count / (count - 1) * float(residuals @ residuals)) / len(differences)
    return Difference(mean, float(error))


def over_folds(differences: Sequence[float]) -> Difference:
    """Compare two models fold by fold; each fold counts the same.

    Raises
    ------
    UndefinedMetricError
        There are fewer than two folds.
    """
    if len(differences) < 2:
        raise UndefinedMetricError(f"too few folds for an interval of a difference: {len(differences)}")
    values = np.asarray(differences, dtype=np.float64)
    return Difference(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), len(values) - 1)
